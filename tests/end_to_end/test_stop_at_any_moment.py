"""Seed 000: a start, then a stop before ACS is ready for it, must never end in 412/8583."""

import asyncio
from typing import Any

import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

from tests.end_to_end.calls import NEVER, Call, connections_of, hang_up, held_back, look_at, make_call, speak
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import (
    Session,
    journal,
    names,
    noted,
    over,
    reaches,
    read,
    start,
    stop,
    stopped,
    stores,
    texts,
    transcribed,
)

NOT_ACTIVE = 8583


def sub_codes(told: Any) -> list[int]:
    """Every sub code in it, however deep; ids may hold the same digits by chance."""
    if isinstance(told, list):
        return [code for one in told for code in sub_codes(one)]
    if not isinstance(told, dict):
        return []
    own = [int(told["subCode"])] if "subCode" in told else []
    return own + sub_codes(list(told.values()))


async def left_without_a_word(cloud: Cloud, call: Call, session: Session) -> None:
    """Asserts that the session is at its end and that ACS's own state agrees."""
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert "error" not in ended
    assert NOT_ACTIVE not in sub_codes(await journal(cloud, session))
    happened = await look_at(cloud, call)
    assert [one["state"] for one in happened["connections"]] == ["disconnected"]
    assert not any(one["transcribing"] for one in happened["connections"])
    assert not any(part["received"] for part in happened["spoken"])
    assert NOT_ACTIVE not in sub_codes(happened["callbacks"])
    assert await texts(cloud, session) == []


async def test_a_stop_before_the_call_has_connected_leaves_as_soon_as_it_has(cloud: Cloud) -> None:
    call = await make_call(cloud)
    async with held_back(cloud, "CallConnected"):
        session = await start(cloud, call.by_group)
        assert session["state"] == "connecting"
        stopping = await stop(cloud, session)
        assert stopping["state"] == "stopping"
    await left_without_a_word(cloud, call, session)
    assert "call-connected" in await names(cloud, session)


async def test_a_stop_between_the_202_and_transcription_started_leaves_at_once(cloud: Cloud) -> None:
    call = await make_call(cloud, started=NEVER)
    session = await start(cloud, call.by_group)
    await noted(cloud, session, "command-accepted")
    assert (await read(cloud, session))["state"] == "starting"
    await stop(cloud, session)
    await left_without_a_word(cloud, call, session)
    assert "transcription-started" not in await names(cloud, session)


async def test_the_same_stop_sent_straight_to_acs_is_refused_with_412_and_8583(cloud: Cloud) -> None:
    plan = cloud.stack.plan
    call = await make_call(cloud, started=NEVER)
    session = await start(cloud, call.by_group)
    await noted(cloud, session, "command-accepted")
    (connection,) = await connections_of(cloud, call)
    async with CallAutomationClient(plan.call_automation_url, AzureKeyCredential(plan.acs_key)) as acs:
        with pytest.raises(HttpResponseError) as refused:
            await acs.get_call_connection(connection["callConnectionId"]).stop_transcription()
    assert refused.value.status_code == 412
    assert refused.value.error is not None
    assert refused.value.error.code == str(NOT_ACTIVE)
    await stop(cloud, session)
    await left_without_a_word(cloud, call, session)


async def test_nothing_said_after_the_stop_is_transcribed(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "This was said before the stop.")
    await stores(cloud, session, 1)
    await stopped(cloud, session)
    await speak(cloud, call, "And this was said after it.")
    assert await texts(cloud, session) == ["This was said before the stop."]
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]


async def test_words_under_way_at_the_stop_still_come(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "Half of this sentence will have been said when the stop comes along " * 20)
    await noted(cloud, session, "stream-began")
    await stopped(cloud, session)
    (text,) = await stores(cloud, session, 1)
    assert text.startswith("Half of this sentence")


async def test_a_second_stop_while_it_stops_has_nothing_to_do(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    async with held_back(cloud, "TranscriptionStopped"):
        await stop(cloud, session)
        second = await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    assert (second.status, second.body["state"]) == (200, "stopping")
    await reaches(cloud, session, "stopped")
    assert (await names(cloud, session)).count("stop-requested") == 1


async def test_two_stops_at_the_same_moment_on_two_hosts_are_one(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    path = f"/api/sessions/{session['id']}/stop"
    answers = await asyncio.gather(*(cloud.api("POST", path, host=host) for host in (0, 1)))
    assert {answer.status for answer in answers} <= {200, 202}
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]


async def test_a_stop_after_the_call_has_ended_has_nothing_to_do(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await hang_up(cloud, call)
    ended = await over(cloud, session)
    answer = await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    assert (answer.status, answer.body) == (200, ended)
