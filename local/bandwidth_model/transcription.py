"""Transcriptions of a call: started and stopped by BXML, their socket, and what is said of them."""

from functools import partial
from typing import Any

from local.bandwidth_model import faults, frames, hearing, webhooks
from local.bandwidth_model.effects import OpenSocket
from local.bandwidth_model.moments import duration, iso
from local.bandwidth_model.state import Call, Transcription, World
from local.bandwidth_model.verbs import StartTranscription
from local.conversation import sockets, speech
from local.conversation.inputs import SocketLost, SocketOpened, SocketRefused

MOST_TRACKS = 4
STARTED_AFTER = (200, 900)
"""Time in ms from the verb to its socket [I]."""
AVAILABLE_AFTER = (1500, 3000)
"""Time in ms from the end to Available [I]."""
READABLE_AFTER = 3000
"""Time in ms from Available until the text is there: some seconds, as a user's code waits for it."""


def start(world: World, call: Call, verb: StartTranscription) -> None:
    """Begin to transcribe; what comes of it is told by webhooks."""
    made = _make(world, call, verb)
    original = next((other for other in call.transcriptions if other.name == made.name), None)
    if original is not None:
        # Whether a name is free again after its end is not said; here it is not, which is safe either way [I].
        message = f"A real-time transcription with the name {made.name} already exists"
        _reject(world, made, "duplicate", message, originalTranscription=_details(original))
        return
    in_use = sum(len(other.verb.tracks) for other in call.transcriptions if other.live)
    if in_use + len(verb.tracks) > MOST_TRACKS:
        _reject(world, made, "track-limit", "No more than 4 tracks of a call can be transcribed at once")
        return
    cause = faults.cause_of(world, "start-transcription")
    if cause is not None:
        _reject(world, made, cause, "This failure was asked for")
        return
    call.transcriptions.append(made)
    _begin_later(world, made)


def _make(world: World, call: Call, verb: StartTranscription) -> Transcription:
    own_id = world.mint("t")
    hook = None if verb.hook is None else webhooks.absolute(call, verb.hook)
    return Transcription(own_id, world.mint("s"), verb.name or own_id, verb, call, hook, world.now)


def _begin_later(world: World, made: Transcription) -> None:
    delay = made.call.takes(world.random.uniform(*STARTED_AFTER), made.call.manners.timings.started)
    then = _activate if made.verb.destination is None else _open_socket
    world.later(delay, partial(then, world, made))


def _open_socket(world: World, made: Transcription) -> None:
    if made.phase != "opening" or made.verb.destination is None:
        return
    world.emit(OpenSocket(sockets.name(world, made.socket, made), made.verb.destination))


def socket_opened(world: World, opened: SocketOpened) -> None:
    """A socket is open: `start` first, then words."""
    made = sockets.opened(world, opened)
    if made is None:
        return
    made.socket.open = True
    sockets.send(world, made.socket, frames.start(world, made))
    _activate(world, made)


def _activate(world: World, made: Transcription) -> None:
    if made.phase != "opening":
        return
    made.phase = "active"
    made.began_at = world.now
    _tell_of_stream(world, made, "Started", realTimeTranscription=_details(made))
    speech.listen(world, made.call, hearing.listener_of(world, made))
    cause = faults.cause_of(world, "transcribe")
    if cause is not None:
        finish(world, made, cause, "This failure was asked for")


def socket_refused(world: World, refused: SocketRefused) -> None:
    """A socket could not be opened: there is no second try."""
    made = world.sockets.get(refused.socket_id)
    if made is None:
        return
    sockets.forget(world, made.socket)
    made.call.transcriptions.remove(made)
    _reject(world, made, "connection-error", "The destination could not be connected")


def socket_lost(world: World, lost: SocketLost) -> None:
    """An open socket is gone: the transcription ends by that, no reconnect is documented."""
    made = world.sockets.get(lost.socket_id)
    if made is None:
        return
    sockets.forget(world, made.socket)
    finish(world, made, "connection-error", "The connection to the destination was lost")


def drop_socket(world: World, made: Transcription) -> None:
    """Break the socket."""
    sockets.cut(world, made.socket)
    finish(world, made, "connection-error", "The connection to the destination was lost")


def stop(world: World, call: Call, name: str | None) -> None:
    """End the transcription of that name, or all; a name that is not known has no effect [D]."""
    for made in call.transcriptions:
        if made.live and name in (None, made.name):
            finish(world, made, "closed", None)


def finish(world: World, made: Transcription, cause: str, message: str | None) -> None:
    """End a transcription. One whose socket was still opening ends unheard of [I]."""
    was_active = made.phase == "active"
    if cause == "closed":
        speech.finish(world, made.call, made.id)
    speech.give_up(made.call, made.id)
    made.phase, made.ended_at, made.cause = "stopped", world.now, cause
    sockets.send(world, made.socket, frames.stop(world, made))
    sockets.close(world, made.socket)
    if not was_active:
        return
    nanoseconds = world.random.randrange(1_000_000)
    lasted = {"duration": duration(world.now - made.began_at, nanoseconds)}
    stopped = {_spelling(world): _details(made) | lasted, "errorMessage": message}
    _tell_of_stream(world, made, "Stopped", cause=cause, **stopped)
    drawn = made.call.scaled(world.random.uniform(*AVAILABLE_AFTER))
    world.later(drawn, partial(_available, world, made))


def _available(world: World, made: Transcription) -> None:
    made.readable_at = world.now + made.call.scaled(READABLE_AFTER)
    url = f"{world.call_url(made.call)}/transcriptions/{made.id}"
    found = _details(made) | {"status": "available", "url": url, "completedTime": iso(world.now)}
    webhooks.tell(world, made.call, made.hook, "realTimeTranscriptionAvailable", realTimeTranscription=found)


def _reject(world: World, made: Transcription, cause: str, message: str, **details: Any) -> None:
    made.phase, made.ended_at, made.cause = "rejected", world.now, cause
    made.call.rejected.append(made)
    told = {_spelling(world): _details(made), **details}
    _tell_of_stream(world, made, "Rejected", cause=cause, errorMessage=message, **told)


def _tell_of_stream(world: World, made: Transcription, what: str, **details: Any) -> None:
    """Started, Rejected and Stopped come only where there is a destination [D]."""
    if made.verb.destination is not None:
        webhooks.tell(world, made.call, made.hook, f"realTimeTranscription{what}", **details)


def _spelling(world: World) -> str:
    wanted = world.webhook_faults.spelling
    return world.random.choice(("realTimeTranscription", "transcription")) if wanted == "either" else wanted


def _details(made: Transcription) -> dict[str, Any]:
    details: dict[str, Any] = {
        "id": made.id,
        "name": made.name,
        "startTime": iso(made.began_at),
        "tracks": list(made.verb.tracks),
    }
    if made.verb.destination is not None:
        details |= {"destination": made.verb.destination, "stabilized": str(made.verb.stabilized).lower()}
    return details
