"""A session that has ended goes on while its call lives; else the answer says why it cannot."""

import asyncio

import pytest

from tests.end_to_end.calls import ADA, Call, connections_of, hang_up, held_back, make_call, speak
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.passing_time import at_its_longest, change_row
from tests.end_to_end.phones import answered, new_phone, placed
from tests.end_to_end.sessions import (
    Session,
    names,
    reaches,
    read,
    start,
    stop,
    stopped,
    stores,
    transcribed,
    transcript,
)


async def go_on(cloud: Cloud, session: Session, host: int | None = None) -> Answer:
    """The answer to the wish that a session goes on."""
    return await cloud.api("POST", f"/api/sessions/{session['id']}/start", host=host)


async def states_in(cloud: Cloud, call: Call) -> list[str]:
    """The states of our connections to a call, oldest first."""
    return [one["state"] for one in await connections_of(cloud, call)]


async def test_after_a_stop_it_joins_again_and_the_transcript_goes_on_behind_a_gap(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "Before the break.")
    await stores(cloud, session, 1)
    await stopped(cloud, session)
    again = await go_on(cloud, session)
    assert (again.status, again.body["id"], again.body["desired"]) == (202, session["id"], "transcribing")
    active = await reaches(cloud, session, "active")
    assert active["attempt"] == 2
    assert not {"endedAt", "cause", "error", "duration"} & active.keys()
    await speak(cloud, call, "After the break.")
    assert await stores(cloud, session, 2) == ["Before the break.", "After the break."]
    shown = [line.get("text", "a gap") for line in (await transcript(cloud, session))["segments"]]
    assert shown == ["Before the break.", "a gap", "After the break."]
    assert await states_in(cloud, call) == ["disconnected", "connected"]


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_in_a_call_that_it_placed_or_answered_it_goes_on_where_it_still_is(
    cloud: Cloud, way: str
) -> None:
    phone = new_phone()
    call, session = (
        await placed(cloud, phone) if way == "placed" else await answered(cloud, **{"from": phone})
    )
    await stopped(cloud, session)
    assert (await go_on(cloud, session)).status == 202
    active = await reaches(cloud, session, "active")
    assert active["callConnectionId"] == session["callConnectionId"]
    await speak(cloud, call, "We go on.", f"4:{phone}")
    assert await stores(cloud, session, 1) == ["We go on."]
    assert await states_in(cloud, call) == ["connected"]


async def test_a_session_that_goes_on_anyhow_has_nothing_to_do(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    answer = await go_on(cloud, session)
    assert (answer.status, answer.body) == (200, session)


async def test_while_it_stops_it_is_wanted_again(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    async with held_back(cloud, "TranscriptionStopped"):
        await stop(cloud, session)
        assert (await go_on(cloud, session)).status == 202
    await reaches(cloud, session, "active")
    assert await states_in(cloud, call) == ["connected"]


async def test_two_restarts_at_the_same_moment_on_two_hosts_are_one_bot(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await stopped(cloud, session)
    answers = await asyncio.gather(*(go_on(cloud, session, host) for host in (0, 1)))
    assert {answer.status for answer in answers} <= {200, 202}
    await reaches(cloud, session, "active")
    assert await states_in(cloud, call) == ["disconnected", "connected"]


async def test_after_a_restart_a_start_of_the_call_finds_the_session(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await stopped(cloud, session)
    await go_on(cloud, session)
    await reaches(cloud, session, "active")
    for locator in (call.by_group, call.by_server):
        found = await cloud.api("POST", "/api/sessions", {"call": locator})
        assert (found.status, found.body["id"]) == (200, session["id"])


# --- what cannot go on


async def refused(cloud: Cloud, session: Session, reason: str) -> None:
    """Asserts that the session cannot go on, and that the answer says why and what to do."""
    before = await read(cloud, session), await names(cloud, session)
    answer = await go_on(cloud, session)
    assert answer.status == 409, answer.text
    assert reason in answer.body["detail"]
    assert "POST /api/sessions" in answer.body["remedy"]
    after = await read(cloud, session)
    assert (after["state"], after["endedAt"]) == (before[0]["state"], before[0]["endedAt"])


@pytest.mark.parametrize("way", ["joined", "placed", "answered"])
async def test_a_session_whose_call_is_over(cloud: Cloud, way: str) -> None:
    ways = {"joined": transcribed, "placed": placed, "answered": answered}
    call, session = await ways[way](cloud)
    await hang_up(cloud, call)
    await reaches(cloud, session, "stopped")
    await refused(cloud, session, "Its call is over.")


async def test_a_session_whose_call_another_transcribes_by_now(cloud: Cloud) -> None:
    call, first = await transcribed(cloud)
    await stopped(cloud, first)
    second = await reaches(cloud, await start(cloud, call.by_group), "active")
    await refused(cloud, first, second["id"])
    assert await states_in(cloud, call) == ["disconnected", "connected"]


async def test_a_session_that_has_lasted_as_long_as_it_may(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    await stopped(cloud, session)
    await change_row(cloud, session, at_its_longest)
    await refused(cloud, session, "longest time")


async def test_a_session_that_is_erased_is_not_there(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    await stopped(cloud, session)
    await cloud.api("DELETE", f"/api/sessions/{session['id']}")
    assert (await go_on(cloud, session)).status == 404


async def test_who_speaks_after_it_is_not_mixed_up_with_who_spoke_before(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "Same words.")
    await stores(cloud, session, 1)
    await stopped(cloud, session)
    await go_on(cloud, session)
    await reaches(cloud, session, "active")
    await speak(cloud, call, "Same words.")
    assert await stores(cloud, session, 2) == ["Same words."] * 2
    segments = [one for one in (await transcript(cloud, session))["segments"] if "text" in one]
    assert {one["speaker"]["id"] for one in segments} == {ADA}
    assert len({one["segmentId"] for one in segments}) == len({one["stream"] for one in segments}) == 2
