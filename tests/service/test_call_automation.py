"""ACS through its real SDK: what is asked, what comes back, what is an error and what an outage."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from msgspec import structs
from yarl import URL

from functions.adapters import acs_errors
from functions.adapters.acs_requests import callback_url
from functions.adapters.call_automation import AcsCalls
from functions.errors import CallRefused, Unavailable
from functions.lifecycle.commands import Pending
from functions.lifecycle.session import CallLocator, Connection, LocatorKind, Session, StartAt
from functions.services.ports import ANSWER_WITHIN_MS
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import group_call, new_group, new_session
from tests.service.cloud import IMPATIENT_SECONDS, Cloud, call_settings

ANSWER_LOST = {"operation": "connect", "do": "timeout-after"}


@asynccontextmanager
async def calls_at(url: str, cloud: Cloud, **changed: Any) -> AsyncIterator[AcsCalls]:
    settings = call_settings(url, cloud.callbacks.url, cloud.web_pubsub.url)
    calls = AcsCalls(replace(settings, **changed))
    async with calls.client, calls.client_of_one_try:
        yield calls


def session_in(group: str) -> tuple[Session, Pending]:
    session = new_session(request=group_call(group), attempt=3)
    return session, session.pending[0]


@pytest.fixture
async def deaf(cloud: Cloud) -> Cloud:
    """The cloud with sessions that hear nothing: these tests have no stored sessions."""
    cloud.callbacks.deaf = True
    return cloud


async def joined(cloud: Cloud) -> tuple[Session, str, str]:
    """A session in its call: the session, its connection's id, the call's."""
    group = new_group()
    call = await cloud.make_call(group)
    session, pending = session_in(group)
    answered = await cloud.calls.connect(session, pending)
    connection_id = answered.call_connection_id

    async def connected() -> bool:
        return bool((await cloud.connections(call["simId"]))[0]["state"] == "connected")

    await until_async(connected)
    return session, connection_id, call["simId"]


async def test_connect_joins_the_call_and_says_how(deaf: Cloud) -> None:
    group = new_group()
    call = await deaf.make_call(group)
    session, pending = session_in(group)
    answered = await deaf.calls.connect(session, pending)
    (connection,) = await deaf.connections(call["simId"])
    assert answered.call_connection_id == connection["callConnectionId"]
    assert (answered.command, answered.attempt) == (pending.id, 3)
    assert connection["operationContext"] == "3"
    assert connection["locale"] == "en-US"
    assert connection["transcribing"] is False


async def test_connect_by_server_call_id_joins_that_call(deaf: Cloud) -> None:
    call = await deaf.make_call(new_group())
    request = structs.replace(group_call(), call=CallLocator(LocatorKind.SERVER_CALL, call["serverCallId"]))
    session = new_session(request=request)
    await deaf.calls.connect(session, session.pending[0])
    assert len(await deaf.connections(call["simId"])) == 1


async def test_connect_by_room_id_joins_the_call_in_that_room(deaf: Cloud) -> None:
    room = new_group()
    call = await deaf.sim("POST", "calls", {"roomId": room})
    request = structs.replace(group_call(), call=CallLocator(LocatorKind.ROOM, room))
    session = new_session(request=request)
    await deaf.calls.connect(session, session.pending[0])
    assert len(await deaf.connections(call["simId"])) == 1


async def test_a_session_that_starts_at_set_up_is_transcribed_without_a_start(deaf: Cloud) -> None:
    group = new_group()
    call = await deaf.make_call(group)
    request = structs.replace(
        group_call(group), locale="de-DE", start_at=StartAt.SETUP, speech_model_endpoint_id="a model"
    )
    session = new_session(request=request, locale="de-DE")
    await deaf.calls.connect(session, session.pending[0])

    async def transcribes() -> bool:
        return bool((await deaf.connections(call["simId"]))[0]["transcribing"])

    await until_async(transcribes)
    (connection,) = await deaf.connections(call["simId"])
    assert (connection["locale"], connection["speechModelEndpointId"]) == ("de-DE", "a model")


@pytest.mark.parametrize(("trained_for", "model"), [("fr-FR", "a model"), ("en-US", None)])
async def test_a_start_asks_for_the_locale_of_now_and_for_the_model_if_it_was_trained_for_that(
    deaf: Cloud, trained_for: str, model: str | None
) -> None:
    session, connection_id, sim_id = await joined(deaf)
    request = structs.replace(session.request, locale=trained_for, speech_model_endpoint_id="a model")
    changed = structs.replace(session, request=request, locale="de-DE", asked_locale="fr-FR")
    await deaf.calls.start_transcription(changed, connection_id)

    async def transcribes() -> bool:
        return bool((await deaf.calls.ask("7-0", connection_id)).transcribing)

    await until_async(transcribes)
    assert (await deaf.calls.ask("7-0", connection_id)).locale == "fr-FR"
    (connection,) = await deaf.connections(sim_id)
    assert connection["speechModelEndpointId"] == model


async def test_the_same_pending_command_joins_once_however_often_it_is_sent(deaf: Cloud) -> None:
    group = new_group()
    call = await deaf.make_call(group)
    session, pending = session_in(group)
    first = await deaf.calls.connect(session, pending)
    again = await deaf.calls.connect(session, structs.replace(pending, performed=2, leased_until=5))
    assert again == first
    other = await deaf.calls.connect(session, structs.replace(pending, id="1-0"))
    assert other.call_connection_id != first.call_connection_id
    assert len(await deaf.connections(call["simId"])) == 2


async def test_acs_says_what_a_connection_is_doing(deaf: Cloud) -> None:
    session, connection_id, _ = await joined(deaf)
    asked = await deaf.calls.ask("7-0", connection_id)
    assert (asked.command, asked.connection, asked.transcribing) == ("7-0", Connection.CONNECTED, False)
    await deaf.calls.start_transcription(session, connection_id)

    async def transcribes() -> bool:
        return bool((await deaf.calls.ask("7-0", connection_id)).transcribing)

    await until_async(transcribes)
    await deaf.calls.stop_transcription(session, connection_id)
    await deaf.calls.leave(connection_id)

    async def is_gone() -> bool:
        return (await deaf.calls.ask("7-0", connection_id)).connection == Connection.GONE

    await until_async(is_gone)
    assert (await deaf.calls.ask("7-0", "no such connection")).connection == Connection.GONE


async def test_a_refusal_bears_acs_numbers(deaf: Cloud) -> None:
    session, connection_id, sim_id = await joined(deaf)
    await deaf.sim("POST", f"calls/{sim_id}/hangup", {})

    async def is_gone() -> bool:
        return bool((await deaf.connections(sim_id))[0]["state"] == "disconnected")

    await until_async(is_gone)
    for refused in (
        deaf.calls.leave(connection_id),
        deaf.calls.start_transcription(session, connection_id),
        deaf.calls.stop_transcription(session, connection_id),
    ):
        with pytest.raises(CallRefused) as refusal:
            await refused
        assert (refusal.value.code, refusal.value.sub_code) == (404, 8522)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_transcription_command_that_acs_did_not_take_is_asked_again_at_once(
    status: int, deaf: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acs_errors, "PAUSES_SECONDS", (0.01,) * len(acs_errors.PAUSES_SECONDS))
    session, connection_id, _ = await joined(deaf)
    await deaf.sim("POST", "faults", {"operation": "start", "do": "status", "status": status, "times": 2})
    await deaf.calls.start_transcription(session, connection_id)


@pytest.mark.parametrize("status", [408, 500])
async def test_a_passing_error_that_may_have_done_something_is_an_outage_after_one_try(
    status: int, deaf: Cloud
) -> None:
    session, connection_id, _ = await joined(deaf)
    await deaf.sim("POST", "faults", {"operation": "start", "do": "status", "status": status, "times": 1})
    with pytest.raises(Unavailable):
        await deaf.calls.start_transcription(session, connection_id)
    await deaf.calls.start_transcription(session, connection_id)  # the fault met the one try


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_a_repeat_will_not_change_is_a_refusal(status: int, deaf: Cloud) -> None:
    session, connection_id, _ = await joined(deaf)
    await deaf.sim("POST", "faults", {"operation": "stop", "do": "status", "status": status, "times": 1})
    with pytest.raises(CallRefused) as refusal:
        await deaf.calls.stop_transcription(session, connection_id)
    assert refusal.value.code == status


async def test_a_wrong_key_is_a_refusal(deaf: Cloud) -> None:
    async with calls_at(deaf.acs_url, deaf, credential=AzureKeyCredential("d3Jvbmc=")) as calls:
        with pytest.raises(CallRefused) as refusal:
            await calls.connect(*session_in(new_group()))
        assert refusal.value.code == 401


async def test_an_answer_that_never_comes_is_an_outage_in_time_and_the_repeat_finds_the_connection(
    deaf: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = new_group()
    call = await deaf.make_call(group)
    session, pending = session_in(group)
    await deaf.sim("POST", "faults", ANSWER_LOST | {"times": 1})
    begun = time.monotonic()
    with monkeypatch.context() as quicker:
        quicker.setattr("functions.adapters.call_automation.TOTAL_SECONDS", IMPATIENT_SECONDS)
        with pytest.raises(Unavailable):
            await deaf.calls.connect(session, pending)
    assert time.monotonic() - begun < ANSWER_WITHIN_MS / 1000
    (connection,) = await deaf.connections(call["simId"])
    again = await deaf.calls.connect(session, pending)
    assert again.call_connection_id == connection["callConnectionId"]
    assert len(await deaf.connections(call["simId"])) == 1


async def test_an_acs_that_is_not_there_is_an_outage(deaf: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.adapters.call_automation.TOTAL_SECONDS", 1)
    async with calls_at("http://127.0.0.1:9", deaf) as calls:
        with pytest.raises(Unavailable):
            await calls.leave("connection")
        with pytest.raises(Unavailable):
            await calls.connect(*session_in(new_group()))


def test_the_ticket_is_in_the_query_of_the_callback_address_only() -> None:
    session = new_session(ticket="a secret")
    url = URL(callback_url("https://verbatim.example", session))
    assert url.path == f"/api/callbacks/calls/{session.id}"
    assert dict(url.query) == {"ticket": "a secret"}
