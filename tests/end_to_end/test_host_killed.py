"""A function host dies with work in its hands: another carries it on, once."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.end_to_end.calls import connections_of, faults_to_come, held_back, inject, line, make_call
from tests.end_to_end.cloud import Answer, Cloud, eventually, running_cloud
from tests.end_to_end.passing_time import let_time_pass
from tests.end_to_end.sessions import Session, names, reaches, read, start, stop, stores

SCRIPT = [line(number * 1500, f"Sentence number {number}.", duration=1400) for number in range(20)]


@pytest.fixture(scope="module")
async def mortal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    """A cloud of two hosts, the first of which is killed and comes back."""
    async with running_cloud(tmp_path_factory.mktemp("mortal"), hosts=2) as running:
        yield running


async def session_of(cloud: Cloud, group: str) -> Session:
    """The session of a group call whose start never got an answer."""

    async def look() -> list[Session]:
        answer = await cloud.api("GET", f"/api/sessions?groupCallId={group}", host=1)
        found: list[Session] = answer.body["sessions"]
        return found

    (session,) = await eventually(look)
    return session


async def killed_in_connect(cloud: Cloud, body: object) -> None:
    """The first host starts a session, and is killed while it waits for ACS's answer to connect."""
    asked: asyncio.Task[Answer] = asyncio.create_task(cloud.api("POST", "/api/sessions", body, host=0))

    async def was_sent() -> bool:
        answer = await cloud.api("GET", "/api/sessions?limit=1", host=1)
        newest: list[Session] = answer.body["sessions"]
        return bool(newest) and newest[0]["call"] == body["call"]  # type: ignore[index]  # a start's body

    async def has_reached_acs() -> bool:
        return await faults_to_come(cloud) == []

    await eventually(was_sent)
    await eventually(has_reached_acs)
    assert not asked.done()
    await cloud.stack.hosts[0].kill()
    with pytest.raises(aiohttp.ClientError):
        await asked
    await cloud.stack.hosts[0].start()


@pytest.mark.parametrize("lost", ["timeout-before", "timeout-after"], ids=["the request", "the answer"])
async def test_a_connect_without_an_answer_is_carried_on_as_the_same_request(
    mortal: Cloud, lost: str
) -> None:
    call = await make_call(mortal)
    await inject(mortal, "connect", lost)
    async with held_back(mortal, "CallConnected"):
        await killed_in_connect(mortal, {"call": call.by_group})
        session = await session_of(mortal, call.group)
        assert session["state"] == "connecting"
        assert len(await connections_of(mortal, call)) == (lost == "timeout-after")
        await let_time_pass(mortal, session, host=1)
        assert "connect-answered" in await names(mortal, session)
    await reaches(mortal, session, "active")
    (connection,) = await connections_of(mortal, call)
    assert (await read(mortal, session))["callConnectionId"] == connection["callConnectionId"]


async def test_a_start_that_finds_a_session_left_half_way_gets_that_session(mortal: Cloud) -> None:
    call = await make_call(mortal)
    await inject(mortal, "connect", "timeout-before")
    await killed_in_connect(mortal, {"call": call.by_group})
    session = await session_of(mortal, call.group)
    again = await mortal.api("POST", "/api/sessions", {"call": call.by_group})
    assert (again.status, again.body["id"]) == (200, session["id"])
    await let_time_pass(mortal, session)
    await reaches(mortal, session, "active")


async def test_a_stop_that_was_asked_for_before_the_crash_is_carried_out_after_it(mortal: Cloud) -> None:
    call = await make_call(mortal)
    await inject(mortal, "connect", "timeout-after")
    async with held_back(mortal, "CallConnected"):
        await killed_in_connect(mortal, {"call": call.by_group})
        session = await session_of(mortal, call.group)
        await stop(mortal, session)
    await let_time_pass(mortal, session)
    ended = await reaches(mortal, session, "stopped")
    assert ended["cause"] == "closed"
    assert [one["state"] for one in await connections_of(mortal, call)] == ["disconnected"]


async def test_no_word_is_lost_when_a_host_dies_in_the_middle(mortal: Cloud) -> None:
    call = await make_call(mortal, SCRIPT)
    session = await start(mortal, call.by_group)
    await stores(mortal, session, 5)
    await mortal.stack.hosts[0].kill()
    await mortal.stack.hosts[0].start()
    assert await stores(mortal, session, len(SCRIPT)) == [one["text"] for one in SCRIPT]
