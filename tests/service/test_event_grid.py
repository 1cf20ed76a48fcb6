"""Event Grid's deliveries in both schemas: handshakes, news of calls, and odd ones that cost nobody else."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputRefused, Unavailable
from functions.lifecycle.session import IncomingCall
from functions.lifecycle.times import rfc3339
from functions.services.claims import server_call_key
from functions.settings import read_settings
from functions.triggers.acs_events import LARGEST_BODY
from functions.triggers.answers import answering
from functions.triggers.call_news import (
    NamedPerson,
    read_ended_call,
    read_incoming_call,
    read_named_person,
)
from functions.triggers.event_grid import allow_origin, receive_event_grid, send_code_back
from functions.triggers.event_grid_schemas import News, read_moment, read_news
from functions.wiring import Wiring
from tests.local_cloud.call_automation_process import PEOPLE, QUICK
from tests.service.bed import CHANCE, Clock, unwell
from tests.service.cloud import Cloud
from tests.service.test_wiring import close_viewers, settings_of

TOPIC = "/subscriptions/0/resourcegroups/a/providers/microsoft.communication/communicationservices/b"
SERVER_CALL = "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkvY29udi9h/aT0xMA=="
USER, CALLER = "8:acs:6d889502_0000-ada", "4:+15559870000"
PHONE = "4:+15551230000"
ANSWERED = "8:acs:6d889502_0000-hotline"
AT = "2026-01-02T03:04:05.1234567Z"
AT_MS = 1_767_323_045_123
JUST_NOW_MS = Clock()()
JUST_NOW = rfc3339(JUST_NOW_MS)
ORIGIN = "WebHook-Request-Origin"


def identifier(raw_id: str) -> dict[str, Any]:
    return {"kind": "unknown", "rawId": raw_id}


def rings(**changed: Any) -> dict[str, Any]:
    return {
        "to": identifier(PHONE),
        "from": identifier(CALLER),
        "serverCallId": SERVER_CALL,
        "callerDisplayName": "",
        "incomingCallContext": "eyJ.context",
        "correlationId": "c0ffee",
        **changed,
    }


def added(**changed: Any) -> dict[str, Any]:
    return {
        "user": {"communicationIdentifier": identifier(USER), "role": "Attendee"},
        "displayName": "Ada",
        "participantId": "041e3b8a",
        "serverCallId": SERVER_CALL,
        "isTwoParty": False,
        **changed,
    }


ENDED = {"durationOfCall": 49.7, "serverCallId": SERVER_CALL, "isTwoParty": False}


def event_grid(name: str, data: Any, **changed: Any) -> dict[str, Any]:
    return {
        "id": "d5546be8",
        "topic": TOPIC,
        "subject": "call",
        "data": data,
        "eventType": f"Microsoft.Communication.{name}",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": JUST_NOW,
        **changed,
    }


def cloud_event(name: str, data: Any, **changed: Any) -> dict[str, Any]:
    return {
        "id": "d5546be8",
        "source": TOPIC,
        "subject": "call",
        "data": data,
        "type": f"Microsoft.Communication.{name}",
        "specversion": "1.0",
        "time": JUST_NOW,
        **changed,
    }


def read(body: Any) -> list[News]:
    return read_news(json.dumps(body).encode())


def one(name: str, data: Any) -> News:
    (news,) = read([event_grid(name, data)])
    return news


def request(body: Any = None, method: str = "POST", **headers: str) -> func.HttpRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest(method, "https://app.example/api/callbacks/event-grid", headers=named, body=raw)


# --- envelopes


@pytest.mark.parametrize(
    "body",
    [
        [event_grid("CallEnded", ENDED)],
        event_grid("CallEnded", ENDED),
        cloud_event("CallEnded", ENDED),
        [cloud_event("CallEnded", ENDED)],
    ],
)
def test_both_schemas_tell_the_same(body: Any) -> None:
    (news,) = read(body)
    assert (news.id, news.source, news.type) == ("d5546be8", TOPIC, "Microsoft.Communication.CallEnded")
    assert news.at == JUST_NOW_MS
    assert json.loads(bytes(news.data)) == ENDED


def test_a_batch_is_read_in_its_order() -> None:
    batch = [cloud_event("CallEnded", ENDED, id=f"{number}") for number in range(3)]
    assert [news.id for news in read(batch)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "odd",
    [
        5,
        None,
        [],
        {},
        {"id": "1", "data": {}},
        cloud_event("CallEnded", ENDED, id=None),
        cloud_event("CallEnded", ENDED, id="x" * 513),
        event_grid("CallEnded", ENDED, topic="x" * 513),
        event_grid("CallEnded", ENDED, eventType=7),
    ],
)
def test_an_event_of_no_schema_is_left_out_and_alone_it_is_refused(odd: Any) -> None:
    assert [news.id for news in read([odd, event_grid("CallEnded", ENDED)])] == ["d5546be8"]
    with pytest.raises(InputRefused) as refused:
        read([odd])
    assert refused.value.field == "body"
    assert "EventGridSchema" in refused.value.remedy


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"null", b"[]", b"[", b"{", b"[1,", b"\xff\xfe", b'["\xff"]', b"[" * 100_000, b"text"],
)
def test_a_body_without_any_event_is_refused(body: bytes) -> None:
    with pytest.raises(InputRefused):
        read_news(body)


def test_a_body_that_is_larger_than_event_grid_sends_is_refused() -> None:
    body = json.dumps([event_grid("CallEnded", ENDED)]).encode()
    assert len(read_news(body.ljust(LARGEST_BODY))) == 1
    with pytest.raises(InputRefused) as refused:
        read_news(body.ljust(LARGEST_BODY + 1))
    assert refused.value.field == "body"


@given(st.binary() | st.text().map(str.encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        news = read_news(body)
    except InputRefused:
        return
    assert news


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
DATA_FIELDS = ["to", "from", "serverCallId", "incomingCallContext", "user", "displayName", "rawId"]


@given(JUNK | st.dictionaries(st.sampled_from(DATA_FIELDS), JUNK), st.text())
def test_any_data_is_read_or_refused(data: Any, moment: str) -> None:
    (news,) = read([event_grid("IncomingCall", data, eventTime=moment)])
    for reader in (read_incoming_call, read_named_person, read_ended_call):
        with suppress(InputRefused):
            reader(news)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (AT, AT_MS),
        ("2026-01-02T04:04:05.123+01:00", AT_MS),
        ("2026-01-02T03:04:05", AT_MS - 123),
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
    ],
)
def test_moments_have_seven_decimals_or_fewer(text: str, moment: int | None) -> None:
    assert read_moment(text) == moment


def test_a_cloud_event_need_not_say_when_it_was() -> None:
    event = cloud_event("CallEnded", ENDED)
    del event["time"]
    assert [news.at for news in read([event, cloud_event("CallEnded", ENDED, time=None)])] == [None, None]


# --- news


def test_a_call_that_rings_names_who_calls_whom() -> None:
    assert read_incoming_call(one("IncomingCall", rings())) == IncomingCall(
        caller=CALLER, called=PHONE, server_call_id=SERVER_CALL, context="eyJ.context"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"to": None},
        {"to": {"kind": "phoneNumber"}},
        {"from": identifier("")},
        {"from": identifier("x" * 257)},
        {"serverCallId": ""},
        {"serverCallId": "x" * 4097},
        {"incomingCallContext": None},
        {"incomingCallContext": "x" * 16_385},
    ],
)
def test_a_call_that_rings_without_what_answers_it_is_odd(changed: dict[str, Any]) -> None:
    with pytest.raises(InputRefused) as refused:
        read_incoming_call(one("IncomingCall", rings(**changed)))
    assert "x" not in str(refused.value).split()


@pytest.mark.parametrize("user", [{"communicationIdentifier": identifier(USER)}, identifier(USER)])
def test_whoever_comes_in_has_a_name(user: dict[str, Any]) -> None:
    news = one("CallParticipantAdded", added(user=user, displayName=" Ada\n\x00 Lovelace 𝄞"))
    assert read_named_person(news) == NamedPerson(SERVER_CALL, USER, "Ada Lovelace 𝄞")


def test_a_long_name_is_cut() -> None:
    person = read_named_person(one("CallParticipantAdded", added(displayName="x" * 10_000)))
    assert person is not None
    assert len(person.name) == 256


@pytest.mark.parametrize(
    "changed",
    [{"displayName": None}, {"displayName": ""}, {"displayName": " \x00\n"}, {"user": identifier("28:bot")}],
)
def test_bots_and_those_without_a_name_are_nobody(changed: dict[str, Any]) -> None:
    assert read_named_person(one("CallParticipantAdded", added(**changed))) is None


@pytest.mark.parametrize(
    "changed", [{"user": None}, {"user": {}}, {"serverCallId": None}, {"displayName": 5}]
)
def test_somebody_in_no_known_form_is_odd(changed: dict[str, Any]) -> None:
    with pytest.raises(InputRefused):
        read_named_person(one("CallParticipantAdded", added(**changed)))


def test_a_call_that_is_over_is_named() -> None:
    assert read_ended_call(one("CallEnded", ENDED)) == SERVER_CALL


# --- handshakes


def test_event_grids_origin_is_allowed_as_it_was_sent() -> None:
    answer = allow_origin(request(method="OPTIONS", **{ORIGIN: "EventGrid.azure.net"}))
    assert answer.status_code == 200
    assert answer.headers["WebHook-Allowed-Origin"] == "EventGrid.azure.net"
    assert answer.headers["WebHook-Allowed-Rate"] == "*"


@pytest.mark.parametrize("origin", [None, "", "*", "eventgrid.azure.net.evil.example", "evil.example"])
def test_nobody_elses_origin_is_allowed(origin: str | None) -> None:
    headers = {} if origin is None else {ORIGIN: origin}
    with pytest.raises(InputRefused) as refused:
        allow_origin(request(method="OPTIONS", **headers))
    assert refused.value.field == ORIGIN
    assert "eventgrid.azure.net" in refused.value.remedy


def test_the_validation_code_is_sent_back() -> None:
    event = event_grid("", {"validationCode": "512D38B6"})
    event["eventType"] = "Microsoft.EventGrid.SubscriptionValidationEvent"
    answer = send_code_back(request([event], aeg_event_type="SubscriptionValidation"))
    assert answer.status_code == 200
    assert json.loads(answer.get_body()) == {"validationResponse": "512D38B6"}


@pytest.mark.parametrize("data", [None, {}, {"validationCode": 5}])
def test_a_validation_without_its_code_is_refused(data: Any) -> None:
    with pytest.raises(InputRefused) as refused:
        send_code_back(request([event_grid("", data)]))
    assert refused.value.field == "data.validationCode"


# --- the door


@pytest.fixture
async def wiring(azurite: str, whole_cloud: Cloud) -> AsyncIterator[Wiring]:
    """The app on a real storage account and the stand-ins, with a rule for one user."""
    rules = [{"to": ANSWERED, "answerAlone": True, "locale": "de-DE"}]
    settings = settings_of(azurite, whole_cloud) | {"ANSWER_RULES": json.dumps(rules)}
    running = Wiring(read_settings(settings))
    try:
        yield running
    finally:
        await running.tables.close()
        await close_viewers(running)
        await running.calls.client.close()  # type: ignore[attr-defined]  # see above
        await running.calls.client_of_one_try.close()  # type: ignore[attr-defined]  # see above


async def deliver(wiring: Wiring, body: Any, **headers: str) -> func.HttpResponse:
    return await answering(lambda: receive_event_grid, wiring)(request(body, **headers))


def new_call() -> str:
    return f"{SERVER_CALL}{CHANCE.randbytes(8).hex()}"


async def names_of(wiring: Wiring, server_call_id: str) -> dict[str, str]:
    return await wiring.sessions.names.of_call(server_call_key(server_call_id), wiring.now())


async def test_a_handshake_is_answered_at_the_door(wiring: Wiring) -> None:
    validation = [event_grid("", {"validationCode": "512D38B6"})]
    answer = await deliver(wiring, validation, aeg_event_type="SubscriptionValidation")
    assert json.loads(answer.get_body()) == {"validationResponse": "512D38B6"}
    ask = answering(lambda: receive_event_grid, wiring)
    assert (await ask(request(method="OPTIONS", **{ORIGIN: "eventgrid.azure.net"}))).status_code == 200
    assert (await ask(request(method="OPTIONS"))).status_code == 400


async def test_names_that_are_told_before_any_session_are_kept(wiring: Wiring) -> None:
    call = new_call()
    event = event_grid("CallParticipantAdded", added(serverCallId=call))
    assert (await deliver(wiring, [event])).status_code == 200
    assert await names_of(wiring, call) == {USER: "Ada"}


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "1"},
        event_grid("CallParticipantAdded", {"user": "secret words"}),
        event_grid("IncomingCall", None),
        event_grid("CallEnded", {"serverCallId": 5}),
        event_grid("CallStarted", None),
        event_grid("CallParticipantRemoved", {}),
        event_grid("SMSReceived", {"message": "secret words"}),
        cloud_event("RecordingFileStatusUpdated", None),
    ],
)
async def test_an_odd_event_costs_nobody_else_and_its_content_is_not_logged(
    wiring: Wiring, odd: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    call = new_call()
    named = event_grid("CallParticipantAdded", added(serverCallId=call))
    assert (await deliver(wiring, [odd, named])).status_code == 200
    assert await names_of(wiring, call) == {USER: "Ada"}
    assert "secret words" not in caplog.text


async def test_what_is_no_event_is_answered_400_which_event_grid_does_not_repeat(wiring: Wiring) -> None:
    answer = await deliver(wiring, {"hello": "world"})
    assert answer.status_code == 400
    assert json.loads(answer.get_body())["remedy"]


async def test_event_grid_comes_again_when_storage_is_away_and_the_others_are_taken_in(
    wiring: Wiring,
) -> None:
    ports = wiring.sessions
    claims = unwell(ports.claims, "read", Unavailable("Table Storage: down."))
    wiring.sessions = replace(ports, claims=claims)
    first, second = new_call(), new_call()
    batch = [event_grid("CallParticipantAdded", added(serverCallId=call)) for call in (first, second)]
    answer = await deliver(wiring, batch)
    assert answer.status_code == 503
    assert await names_of(wiring, second) == {USER: "Ada"}
    wiring.sessions = ports
    assert (await deliver(wiring, batch)).status_code == 200


async def test_a_call_that_no_rule_names_is_left_ringing(wiring: Wiring) -> None:
    call = new_call()
    assert (await deliver(wiring, [event_grid("IncomingCall", rings(serverCallId=call))])).status_code == 200
    assert await wiring.sessions.claims.read(server_call_key(call)) is None


async def test_a_call_rings_at_most_two_minutes(wiring: Wiring) -> None:
    call = new_call()
    late = rfc3339(wiring.now() - 121_000)
    event = event_grid("IncomingCall", rings(serverCallId=call, to=identifier(ANSWERED)), eventTime=late)
    assert (await deliver(wiring, [event])).status_code == 200
    assert await wiring.sessions.claims.read(server_call_key(call)) is None


async def test_a_call_that_a_rule_names_is_answered_once_however_often_it_is_told(
    wiring: Wiring, whole_cloud: Cloud
) -> None:
    settings = {"from": CALLER, "to": ANSWERED, "speakers": PEOPLE, "timings": QUICK}
    call = dict(await whole_cloud.sim("POST", "incoming", settings))
    told = {"serverCallId": call["serverCallId"], "incomingCallContext": call["incomingCallContext"]}
    event = cloud_event("IncomingCall", rings(to=identifier(ANSWERED), **told), time=rfc3339(wiring.now()))
    assert [(await deliver(wiring, event)).status_code for _ in range(2)] == [200, 200]
    claim = await wiring.sessions.claims.read(server_call_key(call["serverCallId"]))
    assert claim is not None
    session = await wiring.find(claim.claim.session_id)
    assert session.request.locale == "de-DE"
    connections = await whole_cloud.connections(call["simId"])
    assert [one["callConnectionId"] for one in connections] == [session.call_connection_id]
