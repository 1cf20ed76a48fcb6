"""What fails says in words what happened and what to do; what may pass is tried again, and says so meanwhile."""

from typing import NamedTuple

import pytest

from tests.end_to_end.calls import Call, connections_of, inject, make_call, make_room, speak
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.passing_time import let_time_pass
from tests.end_to_end.phones import (
    EXCHANGE,
    HOTLINE,
    OURS,
    new_phone,
    placed,
    ring,
    session_of,
)
from tests.end_to_end.sessions import Session, names, reaches, read, start, stores, transcribed

MOST_FAILURES = 5


class Failure(NamedTuple):
    """Numbers of ACS, and a piece of what a person reads."""

    code: int
    sub_code: int
    told: str

    def __str__(self) -> str:
        return f"{self.code}-{self.sub_code}"


START_FAILS_FOR_GOOD = (
    Failure(400, 8581, "public wss endpoint"),
    Failure(400, 8565, "supports the locale"),
    Failure(400, 8605, "without speechModelEndpointId"),
    Failure(405, 8520, "region and the kind of call"),
    Failure(401, 8565, "Cognitive Services User"),
    Failure(403, 8565, "network rules"),
    Failure(400, 8567, "managed identity"),
    Failure(418, 1234, "Check the deployment's settings"),
)
START_MAY_COME_ABOUT = (
    Failure(400, 8501, "people are in the call"),
    Failure(429, 8565, "Too many transcriptions"),
    Failure(500, 8578, "Web PubSub"),
    Failure(500, 8580, "shut down"),
    Failure(500, 8579, "canceled"),
    Failure(500, 9999, "correlationId"),
    Failure(503, 1234, "ACS failed"),
)
JOIN_FAILS_FOR_GOOD = (
    Failure(403, 5828, "participants of the room"),
    Failure(403, 5829, "when the room is valid"),
    Failure(404, 4500, "somebody is in the call"),
    Failure(403, 7504, "right to use Call Automation"),
    Failure(401, 10009, "current key"),
)
JOIN_MAY_COME_ABOUT = (Failure(500, 10045, "ACS failed"), Failure(400, 8585, "not up"))
NOBODY_CAME = (
    Failure(486, 560486, "later"),
    Failure(603, 560603, "declined"),
    Failure(404, 560404, "number"),
    Failure(480, 10076, "calling app"),
    Failure(403, 510403, "belongs to this ACS resource"),
    Failure(487, 10004, "expect the call"),
)


def assert_told(session: Session, failure: Failure, *, retryable: bool) -> None:
    """Asserts that the session says in words what happened and what to do."""
    error = session["error"]
    assert (error["code"], error["subCode"], error["retryable"]) == (failure[0], failure[1], retryable)
    assert len(error["message"].split()) >= 3
    assert failure.told in error["remedy"]


async def has_left(cloud: Cloud, call: Call) -> None:
    """Waits until no bot of ours is in the call."""

    async def look() -> bool:
        return all(one["state"] == "disconnected" for one in await connections_of(cloud, call))

    await eventually(look)


async def tells(cloud: Cloud, session: Session, failure: Failure) -> Session:
    """The session that goes on, while it shows that trouble."""

    async def look() -> Session:
        found = await read(cloud, session)
        return found if found.get("error", {}).get("subCode") == failure.sub_code else {}

    return await eventually(look)


async def fails(cloud: Cloud, session: Session, times: int, name: str = "transcription-failed") -> None:
    """Waits until ACS has told of so many failures."""

    async def look() -> bool:
        return (await names(cloud, session)).count(name) >= times

    await eventually(look)


# --- the transcription


@pytest.mark.parametrize("failure", START_FAILS_FOR_GOOD, ids=str)
async def test_a_start_that_cannot_come_about_fails_at_once(cloud: Cloud, failure: Failure) -> None:
    await inject(cloud, "start", "code", code=failure.code, subCode=failure.sub_code)
    call = await make_call(cloud)
    failed = await reaches(cloud, await start(cloud, call.by_group), "failed")
    assert_told(failed, failure, retryable=False)
    assert (await names(cloud, failed)).count("transcription-failed") == 1
    await has_left(cloud, call)


@pytest.mark.parametrize("failure", START_MAY_COME_ABOUT, ids=str)
async def test_a_start_that_may_come_about_is_tried_again_and_the_trouble_is_told_meanwhile(
    cloud: Cloud, failure: Failure
) -> None:
    await inject(cloud, "start", "code", code=failure.code, subCode=failure.sub_code, times=2)
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    await fails(
        cloud, session, 2
    )  # the first rest is short, and spent at once; the second lasts until a sweep
    troubled = await tells(cloud, session, failure)
    assert (troubled["state"], troubled["desired"]) == ("starting", "transcribing")
    assert_told(troubled, failure, retryable=True)
    await let_time_pass(cloud, session)
    active = await reaches(cloud, session, "active")
    assert "error" not in active
    await speak(cloud, call, "Here we are.")
    assert await stores(cloud, session, 1) == ["Here we are."]


async def test_what_never_comes_about_fails_after_some_tries(cloud: Cloud) -> None:
    failure = Failure(500, 9999, "correlationId")
    await inject(cloud, "start", "code", code=500, subCode=9999, times=MOST_FAILURES + 1)
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    for failures in range(1, MOST_FAILURES + 1):
        await fails(cloud, session, failures)
        await let_time_pass(cloud, session)
    failed = await reaches(cloud, session, "failed")
    assert_told(failed, failure, retryable=True)
    assert (await names(cloud, session)).count("transcription-failed") == MOST_FAILURES + 1
    await has_left(cloud, call)


async def test_a_stop_while_it_rests_ends_it_without_an_error(cloud: Cloud) -> None:
    await inject(cloud, "start", "code", code=500, subCode=9999, times=2)
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    await fails(cloud, session, 2)  # the second rest lasts until a sweep
    await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    ended = await reaches(cloud, session, "stopped")
    assert "error" not in ended
    assert "transcription-started" not in await names(cloud, session)
    await has_left(cloud, call)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_start_that_acs_does_not_take_now_is_asked_for_again_without_a_word(
    cloud: Cloud, status: int
) -> None:
    await inject(cloud, "start", "status", status=status, times=2)
    call = await make_call(cloud)
    active = await reaches(cloud, await start(cloud, call.by_group), "active")
    assert "error" not in active


async def test_a_locale_that_acs_will_not_have_leaves_the_old_one_and_says_why(cloud: Cloud) -> None:
    _, session = await placed(cloud)
    await inject(cloud, "update", "code", code=400, subCode=8565)
    await cloud.api("PATCH", f"/api/sessions/{session['id']}", {"locale": "de-DE"})
    failure = Failure(400, 8565, "supports the locale")
    troubled = await tells(cloud, session, failure)
    assert_told(troubled, failure, retryable=False)
    assert (troubled["state"], troubled["locale"]) == ("active", "en-US")


# --- the way into a call


@pytest.mark.parametrize("failure", JOIN_FAILS_FOR_GOOD, ids=str)
async def test_a_call_that_cannot_be_joined_fails_at_once(cloud: Cloud, failure: Failure) -> None:
    await inject(cloud, "connect", "code", code=failure.code, subCode=failure.sub_code)
    call = await make_room(cloud)
    failed = await reaches(cloud, await start(cloud, call.by_room), "failed")
    assert_told(failed, failure, retryable=False)
    assert len(await connections_of(cloud, call)) == 1


@pytest.mark.parametrize("failure", JOIN_MAY_COME_ABOUT, ids=str)
async def test_a_call_that_may_be_joined_yet_is_tried_again(cloud: Cloud, failure: Failure) -> None:
    await inject(cloud, "connect", "code", code=failure.code, subCode=failure.sub_code, times=2)
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    await fails(cloud, session, 2, "connect-failed")
    troubled = await tells(cloud, session, failure)
    assert troubled["state"] == "connecting"
    assert_told(troubled, failure, retryable=True)
    await let_time_pass(cloud, session)
    active = await reaches(cloud, session, "active")
    assert active["attempt"] == 3
    assert "error" not in active
    states = [one["state"] for one in await connections_of(cloud, call)]
    assert states == ["disconnected", "disconnected", "connected"]


@pytest.mark.parametrize("failure", NOBODY_CAME, ids=str)
async def test_a_call_that_nobody_takes_is_not_placed_again(cloud: Cloud, failure: Failure) -> None:
    await inject(cloud, "create", "code", code=failure.code, subCode=failure.sub_code)
    session = await start(cloud, {"to": [new_phone()], "from": OURS})
    failed = await reaches(cloud, session, "failed")
    error = failed["error"]
    assert (error["code"], error["subCode"]) == (failure.code, failure.sub_code)
    assert failure.told in error["remedy"]
    assert (await names(cloud, session)).count("connect-failed") == 1


async def test_a_caller_whom_the_answer_did_not_reach_is_told_of(cloud: Cloud) -> None:
    await inject(cloud, "answer", "code", code=500, subCode=8586)
    call = await ring(cloud, HOTLINE)
    failed = await reaches(cloud, await session_of(cloud, call), "failed")
    assert "ask the caller" in failed["error"]["remedy"]
    await has_left(cloud, call)


async def test_a_colleague_who_cannot_be_reached_is_told_of_and_the_caller_is_let_go(cloud: Cloud) -> None:
    await inject(cloud, "add-participant", "code", code=480, subCode=10076)
    call = await ring(cloud, EXCHANGE)
    failed = await reaches(cloud, await session_of(cloud, call), "failed")
    assert "calling app" in failed["error"]["remedy"]
    await has_left(cloud, call)


# --- what breaks while it runs


async def test_a_socket_that_breaks_for_good_is_replaced_by_a_new_start(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    url = f"{cloud.stack.plan.call_automation_url}/sim/calls/{call.sim_id}/drop-socket"
    await cloud.ask("POST", url, {"reopen": None})
    await reaches(cloud, session, "interrupted")
    for _ in range(3):
        await let_time_pass(cloud, session)
    assert (await read(cloud, session))["state"] in {"interrupted", "starting", "active"}


async def test_what_failed_is_in_the_journal_with_its_numbers(cloud: Cloud) -> None:
    await inject(cloud, "start", "code", code=429, subCode=8565)
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    entries = (await cloud.api("GET", f"/api/sessions/{session['id']}/events")).body["events"]
    (failed,) = [entry for entry in entries if entry["event"] == "transcription-failed"]
    assert (failed["detail"]["outcome"]["code"], failed["detail"]["outcome"]["subCode"]) == (429, 8565)
