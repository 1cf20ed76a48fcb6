"""However often and from wherever a call is started, one session has it and one bot is in it."""

import asyncio

import pytest

from tests.end_to_end.calls import connections_of, hang_up, held_back, make_call, speak
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import (
    names,
    noted,
    over,
    reaches,
    read,
    start,
    stop,
    stopped,
    stores,
    transcribed,
)


async def live_connections(cloud: Cloud, call: object) -> int:
    connections = await connections_of(cloud, call)  # type: ignore[arg-type]  # given by eventually's look
    return sum(one["state"] in {"connecting", "connected"} for one in connections)


@pytest.mark.parametrize("locator", ["by_group", "by_server"])
async def test_two_starts_at_the_same_moment_on_two_hosts_are_one_session_and_one_connection(
    cloud: Cloud, locator: str
) -> None:
    for _ in range(5):
        call = await make_call(cloud)
        body = {"call": getattr(call, locator)}
        answers = await asyncio.gather(
            *(cloud.api("POST", "/api/sessions", body, host=host) for host in (0, 1, 0, 1))
        )
        assert sorted(answer.status for answer in answers) == [200, 200, 200, 202]
        assert len({answer.body["id"] for answer in answers}) == 1
        await reaches(cloud, answers[0].body, "active")
        assert len(await connections_of(cloud, call)) == 1


async def test_a_start_of_a_call_that_is_transcribed_gets_its_session(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    answer = await cloud.api("POST", "/api/sessions", {"call": call.by_group})
    assert (answer.status, answer.body["id"], answer.body["state"]) == (200, session["id"], "active")


async def test_a_start_by_server_call_id_finds_the_session_that_was_started_by_group(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    assert session["serverCallId"] == call.server_call_id
    answer = await cloud.api("POST", "/api/sessions", {"call": call.by_server})
    assert (answer.status, answer.body["id"]) == (200, session["id"])


async def test_of_two_sessions_that_turn_out_to_be_one_call_the_second_leaves(cloud: Cloud) -> None:
    call = await make_call(cloud)
    async with held_back(cloud, "CallConnected"):
        both = [await start(cloud, call.by_group), await start(cloud, call.by_server)]

    async def settled() -> list[dict[str, object]]:
        found = [await read(cloud, session) for session in both]
        return found if {one["state"] for one in found} == {"active", "stopped"} else []

    found = {one["state"]: one for one in await eventually(settled)}
    left, stayed = found["stopped"], found["active"]
    assert (left["cause"], left["replacedBy"]) == ("closed", stayed["id"])
    assert "error" not in left
    states = sorted(one["state"] for one in await connections_of(cloud, call))
    assert states == ["connected", "disconnected"]
    for locator in (call.by_group, call.by_server):
        again = await cloud.api("POST", "/api/sessions", {"call": locator})
        assert (again.status, again.body["id"]) == (200, stayed["id"])


async def test_a_start_while_it_stops_is_wanted_again_and_words_come_again(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    async with held_back(cloud, "TranscriptionStopped"):
        await stop(cloud, session)
        again = await cloud.api("POST", "/api/sessions", {"call": call.by_group})
    assert (again.status, again.body["id"], again.body["desired"]) == (202, session["id"], "transcribing")
    await noted(cloud, session, "transcription-stopped")
    await reaches(cloud, session, "active")
    await speak(cloud, call, "We go on after all.")
    assert await stores(cloud, session, 1) == ["We go on after all."]
    assert len(await connections_of(cloud, call)) == 1


async def test_a_start_while_it_leaves_joins_again(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    async with held_back(cloud, "CallDisconnected"):
        await stop(cloud, session)
        await noted(cloud, session, "transcription-stopped")
        again = await cloud.api("POST", "/api/sessions", {"call": call.by_group})
    assert (again.status, again.body["id"]) == (202, session["id"])
    active = await reaches(cloud, session, "active")
    assert active["attempt"] == 2
    await speak(cloud, call, "Here again.")
    assert await stores(cloud, session, 1) == ["Here again."]
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected", "connected"]


async def test_a_start_after_the_end_is_a_new_session(cloud: Cloud) -> None:
    call, first = await transcribed(cloud)
    await stopped(cloud, first)
    ended = await over(cloud, first)
    second = await reaches(cloud, await start(cloud, call.by_group), "active")
    assert second["id"] != first["id"]
    assert await read(cloud, first) == ended
    assert await live_connections(cloud, call) == 1


async def test_a_start_by_group_after_the_call_has_ended_is_a_new_session(cloud: Cloud) -> None:
    call, first = await transcribed(cloud)
    await hang_up(cloud, call)
    await reaches(cloud, first, "stopped")
    second = await start(cloud, call.by_group)
    assert second["id"] != first["id"]
    await stop(cloud, second)


async def test_no_ticket_or_secret_is_shown(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    kept = (await stored(cloud, session)).session
    shown = str(session) + str(await cloud.api("GET", f"/api/sessions/{session['id']}/events"))
    assert kept.ticket not in shown
    assert kept.secret not in shown
    assert (await names(cloud, session))[0] == "start-requested"
