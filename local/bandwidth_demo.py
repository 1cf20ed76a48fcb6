"""Calls of Bandwidth in the demos."""

from functools import partial
from typing import Any

from .api import Api
from .demo_provider import Provider
from .demo_waiting import until
from .sample_calls import new_phone, sample_said_by
from .sample_meeting import Described, Meeting, words_in
from .stack import running_stack
from .stack_plan import Plan

OUR_NUMBER = "+15550100000"
SECONDS_OF_RINGING = 2
"""At any speed of the call: a viewer joins meanwhile."""
LIVE = frozenset({"opening", "active"})


def address(plan: Plan) -> str:
    """Where the stand-in is steered."""
    assert plan.bandwidth is not None  # noqa: S101 - `running` asks for it
    return plan.bandwidth.url


async def open_meeting(functions: Api, calls: Api, speed: float) -> Meeting:
    """A call of two that we place; they begin to talk once it is transcribed."""
    callee = new_phone()
    sample = sample_said_by(callee, f"4:{OUR_NUMBER}")
    manners = {"speed": speed, "timings": {"connected": SECONDS_OF_RINGING * 1000}}
    script = {"startScript": sample["startScript"], "script": sample["script"]}
    await calls.post("/sim/answering", {"target": callee, **script, **manners})
    names = dict(zip(("inbound", "outbound"), named(sample), strict=True))
    call = {"bandwidth": {"to": callee.removeprefix("4:"), "from": OUR_NUMBER}}
    start = {"call": call, "locale": "en-US", "speakers": names, "tag": "sample"}
    session = await functions.post("/api/sessions", start)
    call_id = await call_of(functions, session["id"])
    heard_as = {callee: "inbound", f"4:{OUR_NUMBER}": "outbound"}
    return Meeting(call_id, session["id"], words_in(sample["script"]), names, heard_as)


def named(sample: dict[str, Any]) -> list[str]:
    """The names of the sample's people."""
    return [speaker["displayName"] for speaker in sample["speakers"]]


async def call_of(functions: Api, session_id: str) -> str:
    """The call of a session, as soon as it was placed."""
    found: list[str] = []

    async def look() -> bool:
        session = await functions.get(f"/api/sessions/{session_id}")
        found[:] = filter(None, [session.get("callConnectionId")])
        return bool(found)

    await until("Bandwidth has placed the call", look)
    return found[0]


def awaits_a_live_one(call: Described) -> bool:
    """Whether a transcription that is under way has heard what has not arrived; of one that broke nothing comes."""
    live = set(live_transcriptions(call))
    return any(not part["received"] and part["transcriptionId"] in live for part in call["spoken"])


def live_transcriptions(call: Described) -> list[str]:
    """The ids of those that are under way."""
    return [one["transcriptionId"] for one in call["transcriptions"] if one["state"] in LIVE]


def gaps_between(call: Described) -> int:
    """A broken transcription is never taken up again: between two that were heard there is a gap."""
    return len({part["transcriptionId"] for part in call["spoken"] if part["received"]}) - 1


BANDWIDTH = Provider(
    running=partial(running_stack, bandwidth=True),
    address=address,
    open_meeting=open_meeting,
    twice={"webhooks": {"repeat": 1.0}},
    drop={},
    awaits=awaits_a_live_one,
    staying=live_transcriptions,
    gaps=gaps_between,
)
