"""The sample conversation in calls of Bandwidth: placed, answered by a rule, or run by another application.

Each has two parties. Some are stopped and started again in the middle, change their locale or lose their socket; what
is said meanwhile is heard by nobody, and counted by nobody.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

from .api import Api, ApiError
from .demo_waiting import until
from .handed_on import is_handed_on
from .other_application import NUMBER, OtherApplication, running_application
from .sample_calls import LONGEST_SECONDS, Apis, Kind, Sample, new_phone, sample_said_by, start
from .sample_meeting import Meeting, words_in
from .stack_plan import Plan

OUR_NUMBER, HOTLINE, EXCHANGE = "+15550100000", "+15550100001", "+15550100002"
PAUSE = '<Pause duration="3600"/>'
ANSWER_RULES: list[dict[str, Any]] = [
    {"to": HOTLINE, "answerAlone": True, "locale": "en-US"},
    {"to": EXCHANGE, "continueWith": PAUSE, "locale": "en-US"},
]
CONFLICT = 409
GIVEN_BACK_ONCE, GIVEN_BACK_TWICE = 1, 2
"""At the least: after a start; after a start, and a start again. A transcription that just broke needs no stop."""


# --- people and words


def said_by(own: str, far: str) -> Sample:
    """The sample call of a call's two parties: who is called or calls, and the number at the other end."""
    return sample_said_by(own, f"4:{far}")


def meeting_of(sample: Sample, call_id: str, session_id: str) -> Meeting:
    """The call and its session. The transcript knows people by their tracks."""
    own, far = (speaker["rawId"] for speaker in sample["speakers"])
    return Meeting(
        call_id, session_id, words_in(sample["script"]), names_of(sample), {own: "inbound", far: "outbound"}
    )


def names_of(sample: Sample) -> dict[str, str]:
    """Who is heard on which track."""
    own, far = (speaker["displayName"] for speaker in sample["speakers"])
    return {"inbound": own, "outbound": far}


async def instruct(calls: Api, sample: Sample, **manners: Any) -> None:
    """Whoever is called picks up, and the script of both begins."""
    script = {name: sample[name] for name in ("script", "startScript")}
    await calls.post("/sim/answering", {"target": sample["speakers"][0]["rawId"], **script, **manners})


async def start_session(functions: Api, sample: Sample, call: dict[str, Any]) -> dict[str, Any]:
    """The session of a call; a repeat finds it again."""
    return await start(functions, {"bandwidth": call}, locale="en-US", speakers=names_of(sample))


# --- ways into a call


async def place(apis: Apis, more: dict[str, str], **manners: Any) -> Meeting:
    """A call that we place; `more` is what else is asked of it."""
    callee = new_phone()
    sample = said_by(callee, OUR_NUMBER)
    await instruct(apis.calls, sample, **manners)
    call = {"to": callee.removeprefix("4:"), "from": OUR_NUMBER, **more}
    session = await start_session(apis.functions, sample, call)
    return meeting_of(sample, await call_of(apis.functions, session["id"]), session["id"])


async def call_of(functions: Api, session_id: str) -> str:
    """The call of a session, as soon as it was placed."""
    found: list[str] = []

    async def look() -> bool:
        session = await functions.get(f"/api/sessions/{session_id}")
        found[:] = filter(None, [session.get("callConnectionId")])
        return bool(found)

    await until("Bandwidth has placed the call", look)
    return found[0]


async def open_placed(apis: Apis, speed: float, more: dict[str, str]) -> Meeting:
    """A call that we place."""
    return await place(apis, more, speed=speed)


async def open_answered(apis: Apis, speed: float, number: str) -> Meeting:
    """A call from a phone that a rule answers; the caller tries again until somebody does."""
    caller = new_phone()
    sample = said_by(caller, number)
    while (call := await ring(apis.calls, sample, number, speed)) is None:
        pass
    session = await session_of(apis.functions, call)
    return meeting_of(sample, call, session["id"])


async def ring(calls: Api, sample: Sample, number: str, speed: float) -> str | None:
    """The id of the call once it was answered; none if nobody did."""
    caller = sample["speakers"][0]["rawId"]
    script = {name: sample[name] for name in ("script", "startScript")}
    asked = {"from": caller, "to": number, "speed": speed, **script}
    call = await calls.post("/sim/incoming", asked)
    state = ""

    async def is_settled() -> bool:
        nonlocal state
        state = (await calls.get(f"/sim/calls/{call['simId']}"))["state"]
        return bool(state != "initiated")

    await until("an incoming call is answered or missed", is_settled)
    return call["simId"] if state == "answered" else None


async def session_of(functions: Api, call_id: str) -> dict[str, Any]:
    """The session that transcribes a call."""
    found: list[dict[str, Any]] = []

    async def look() -> bool:
        query = urlencode({"callConnectionId": call_id})
        found[:] = (await functions.get(f"/api/sessions?{query}"))["sessions"]
        return bool(found)

    await until("there is a session for an answered call", look, LONGEST_SECONDS)
    return found[0]


async def open_other(apis: Apis, speed: float, other: OtherApplication, continue_with: str) -> Meeting:
    """A call that another application runs, and goes on to run."""
    callee = new_phone()
    sample = said_by(callee, NUMBER)
    await instruct(apis.calls, sample, speed=speed)
    call_id = await other.call(callee)
    call = {"callId": call_id, "continueWith": continue_with}
    session = await start_session(apis.functions, sample, call)
    return meeting_of(sample, call_id, session["id"])


# --- what happens in the middle


async def stop_and_start(apis: Apis, meeting: Meeting) -> None:
    """Somebody stops the session, and starts it again."""
    session = f"/api/sessions/{meeting.session_id}"
    await apis.functions.post(f"{session}/stop")
    await until_session(apis.functions, session, {"state": "stopped"})
    await apis.functions.post(f"{session}/start")
    await until_session(apis.functions, session, {"state": "active"})


async def change_locale(apis: Apis, meeting: Meeting) -> None:
    """Somebody changes the locale, and words come again."""
    session = f"/api/sessions/{meeting.session_id}"
    await apis.functions.ask("PATCH", session, {"locale": "fr-FR"})
    await until_session(apis.functions, session, {"state": "active", "locale": "fr-FR"})


async def until_session(functions: Api, session: str, wanted: dict[str, str]) -> None:
    """Wait until a session is like that."""

    async def look() -> bool:
        found = await functions.get(session)
        return bool(wanted.items() <= found.items())

    await until(f"the session has {wanted}", look, LONGEST_SECONDS)


async def cut_the_socket(apis: Apis, meeting: Meeting) -> None:
    """The transcript socket breaks, as soon as there is one that has nothing on its way."""

    async def is_cut() -> bool:
        if not await is_handed_on(apis.web_pubsub, meeting.session_id):
            return False
        try:
            await apis.calls.post(f"/sim/calls/{meeting.sim_id}/drop-socket")
        except ApiError as error:
            if error.status != CONFLICT:
                raise
            return False
        return True

    await until("a socket is cut", is_cut, LONGEST_SECONDS)


async def until_given_back(apis: Apis, meeting: Meeting, other: OtherApplication, times: int) -> None:
    """Wait until a call's application has it again, for so many times."""
    del apis

    async def has_it() -> bool:
        return other.redirected[meeting.sim_id] >= times

    await until("a call is back in its application's hands", has_it, LONGEST_SECONDS)


async def stop_start_and_give_back(apis: Apis, meeting: Meeting, other: OtherApplication) -> None:
    """Somebody stops the session, and starts it again; the call's application has it back each time."""
    await stop_and_start(apis, meeting)
    await until_given_back(apis, meeting, other, GIVEN_BACK_TWICE)


# --- all of them


@asynccontextmanager
async def running_kinds(plan: Plan) -> AsyncIterator[tuple[Kind, ...]]:
    """The calls, for as long as the other application runs that has some of them."""
    assert plan.bandwidth is not None  # noqa: S101 - its calls are served
    async with running_application(plan.bandwidth) as other:
        yield (*our_kinds(), *other_kinds(other))


def our_kinds() -> tuple[Kind, ...]:
    """Calls that are ours alone."""
    alone, going_on = partial(open_placed, more={}), partial(open_placed, more={"continueWith": PAUSE})
    hotline, exchange = partial(open_answered, number=HOTLINE), partial(open_answered, number=EXCHANGE)
    return (
        Kind("a call that we place", alone),
        Kind("a call that we place, with a continuation", going_on),
        Kind("a call that we place, stopped and started again", alone, stop_and_start),
        Kind("a call that we place, in another locale from its middle on", alone, change_locale),
        Kind("a call that we place, whose socket is cut", alone, cut_the_socket),
        Kind("a call to the hotline, answered by a rule", hotline),
        Kind(
            "a call to the exchange, answered with a continuation, whose socket is cut",
            exchange,
            cut_the_socket,
        ),
    )


def other_kinds(other: OtherApplication) -> tuple[Kind, ...]:
    """Calls that another application runs."""
    redirect = f'<Redirect redirectUrl="{other.url}"/>'
    given_back = partial(open_other, other=other, continue_with=redirect)
    waiting = partial(open_other, other=other, continue_with=PAUSE)
    is_back = partial(until_given_back, other=other, times=GIVEN_BACK_ONCE)
    is_back_each_time = partial(stop_start_and_give_back, other=other)
    return (
        Kind("a call of another application, given back to it", given_back, is_back),
        Kind("a call of another application, stopped and started again", given_back, is_back_each_time),
        Kind("a call of another application that waits, in another locale", waiting, change_locale),
    )
