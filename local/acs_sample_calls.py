"""The sample conversation in calls of ACS.

A call that others have is joined, one that rings is answered by a rule, one is placed; some are transcribed from
their set-up on, the others once they are connected.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from .api import Api
from .demo_waiting import until
from .sample_calls import LONGEST_SECONDS, Apis, Kind, Sample, meeting_of, new_phone, sample_said_by, start
from .sample_meeting import Meeting

HOTLINE, SWITCHBOARD = "+15550100001", "+15550100002"
OUR_NUMBER = "+15550100000"
COLLEAGUE = f"8:acs:{uuid4()}_{uuid4()}"
ANSWER_RULES: list[dict[str, Any]] = [
    {"to": HOTLINE, "answerAlone": True, "locale": "en-GB"},
    {"to": SWITCHBOARD, "connectTo": COLLEAGUE, "locale": "en-GB", "startAt": "setup"},
]


def new_user() -> str:
    """Somebody's raw id."""
    return f"8:acs:{uuid4()}_{uuid4()}"


def lines_of(sample: Sample, person: str) -> list[dict[str, Any]]:
    """What one of them says."""
    return [line for line in sample["script"] if line["speaker"] == person]


# --- calls that others have


def joined(name: str, locator: str, start_at: str) -> Kind:
    """A call that goes on already, named by its group, its room or its server call id."""

    async def enter(apis: Apis, speed: float) -> Meeting:
        sample = sample_said_by(new_user(), new_user(), new_user())
        named = {} if locator == "serverCallId" else {locator: str(uuid4())}
        call = await apis.calls.post("/sim/calls", sample | named | {"speed": speed})
        session = await start(apis.functions, {locator: call[locator]}, locale="en-GB", startAt=start_at)
        return meeting_of(sample, call["simId"], session["id"])

    return Kind(name, enter)


# --- calls that ring


def answered(name: str, number: str, *colleagues: str) -> Kind:
    """A call from a phone that a rule answers; the caller tries again until somebody does."""

    async def enter(apis: Apis, speed: float) -> Meeting:
        caller, company = new_phone(), new_user()
        sample = sample_said_by(caller, *(colleagues or (new_user(),)), company)
        for colleague in colleagues:
            await instruct(apis.calls, sample, colleague, speed)
        while (call := await ring(apis.calls, sample, caller, number, colleagues, speed)) is None:
            pass
        session = await session_of_call(apis.functions, call["serverCallId"])
        return meeting_of(sample, call["simId"], session["id"])

    return Kind(name, enter)


async def ring(  # noqa: PLR0913, PLR0917 - a call has that many parts
    calls: Api, sample: Sample, caller: str, number: str, colleagues: tuple[str, ...], speed: float
) -> dict[str, Any] | None:
    """The call once it was answered; none if nobody did and the caller hung up."""
    asked = {
        "from": caller,
        "to": number,
        "displayName": sample["speakers"][0]["displayName"],
        "speakers": [one for one in sample["speakers"] if one["rawId"] not in colleagues],
        "script": [line for line in sample["script"] if line["speaker"] not in colleagues],
        "startScript": sample["startScript"],
        "speed": speed,
    }
    call: dict[str, Any] = await calls.post("/sim/incoming", asked)

    async def is_settled() -> bool:
        return await state_of_incoming(calls, call) != "ringing"

    await until("an incoming call is answered or missed", is_settled, LONGEST_SECONDS)
    return call if await state_of_incoming(calls, call) == "answered" else None


async def state_of_incoming(calls: Api, call: dict[str, Any]) -> str:
    """Whether it rings, was answered or was missed."""
    state: str = (await calls.get(f"/sim/calls/{call['simId']}"))["incoming"]["state"]
    return state


async def session_of_call(functions: Api, server_call_id: str) -> dict[str, Any]:
    """The session that transcribes a call, as soon as it knows that it does."""
    found: list[dict[str, Any]] = []

    async def look() -> bool:
        query = urlencode({"serverCallId": server_call_id})
        found[:] = (await functions.get(f"/api/sessions?{query}"))["sessions"]
        return bool(found)

    await until("the session of an answered call knows its call", look, LONGEST_SECONDS)
    return found[0]


# --- calls that are placed


def placed(name: str, start_at: str, *make_people: Callable[[], str]) -> Kind:
    """A call that we place; each one whom it rings says their lines once they have picked up."""

    async def enter(apis: Apis, speed: float) -> Meeting:
        people = [make() for make in make_people]
        sample = sample_said_by(*people)
        for person in people:
            await instruct(apis.calls, sample, person, speed)
        call = {"to": people, "from": OUR_NUMBER}
        session = await start(apis.functions, call, locale="en-GB", startAt=start_at)
        return meeting_of(sample, await call_of(apis, session), session["id"])

    return Kind(name, enter)


async def instruct(calls: Api, sample: Sample, person: str, speed: float) -> None:
    """Whoever is rung picks up and says their lines of the sample."""
    given = {
        "target": person,
        "script": lines_of(sample, person),
        "startScript": sample["startScript"],
        "speed": speed,
    }
    await calls.post("/sim/answering", given)


async def call_of(apis: Apis, session: dict[str, Any]) -> str:
    """The simulated call that a session has placed."""
    found: list[str] = []

    async def look() -> bool:
        now = await apis.functions.get(f"/api/sessions/{session['id']}")
        made = (await apis.calls.get("/sim/calls"))["calls"]
        found[:] = [call["simId"] for call in made if call["serverCallId"] == now.get("serverCallId")]
        return bool(found)

    await until("somebody picks up a call that was placed", look, LONGEST_SECONDS)
    return found[0]


KINDS = (
    joined("a group call", "groupCallId", "connected"),
    joined("a group call, from its set-up on", "groupCallId", "setup"),
    joined("a room", "roomId", "connected"),
    joined("a room, from our entry on", "roomId", "setup"),
    joined("a call by its server call id", "serverCallId", "connected"),
    joined("a call by its server call id, from our entry on", "serverCallId", "setup"),
    answered("a call to the hotline, answered by a rule", HOTLINE),
    answered("a call to the switchboard, answered and connected to a colleague", SWITCHBOARD, COLLEAGUE),
    placed("a call to a phone and two users", "connected", new_phone, new_user, new_user),
    placed("a call to a phone, from its set-up on", "setup", new_phone),
)
