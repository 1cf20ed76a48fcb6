"""How calls end, and how people leave them."""

from functools import partial
from typing import Any

from local.bandwidth_model import transcription, webhooks
from local.bandwidth_model.moments import iso
from local.bandwidth_model.state import Call, World

DISCONNECTED_AFTER = 200
"""Time in ms from the end of a call to its webhook [I]."""


def end_call(world: World, call: Call, cause: str, message: str | None = None) -> None:
    """End a call: its transcriptions close, and `disconnect` follows."""
    if call.ended_at is not None:
        return
    transcription.stop(world, call, None)
    call.state, call.ended_at, call.cause, call.error_message = "disconnected", world.now, cause, message
    call.turn += 1
    call.script, call.running = [], None
    leave_bridge(world, call)
    delay = call.takes(DISCONNECTED_AFTER, call.manners.timings.disconnected)
    details: dict[str, Any] = {"endTime": iso(world.now), "cause": cause, "errorMessage": message}
    world.later(delay, partial(webhooks.tell, world, call, call.disconnect, "disconnect", **details))


def fail(world: World, call: Call, message: str) -> None:
    """End a call that gets no script."""
    end_call(world, call, "callback-error", message)


def leave_bridge(world: World, call: Call) -> None:
    """Take a call out of its bridge, if it is in one; the other call goes on as it was told to."""
    bridged, call.bridged = call.bridged, None
    call.joined.clear()
    other = world.calls.get(bridged.other) if bridged and bridged.other else None
    if other is not None and other.bridged is not None:
        then, other.bridged = other.bridged.then, None
        then()


def far_side_leaves(call: Call) -> None:
    """Whom the call was transferred to is gone: the call goes on as it was told to."""
    bridged, call.bridged = call.bridged, None
    call.joined.clear()
    if bridged is not None:
        bridged.then()
