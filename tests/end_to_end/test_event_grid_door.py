"""Event Grid's door: its key, its handshakes, and bodies of every kind, odd ones too."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.calls import ADA, connections_of, disturb_callbacks, hang_up
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.event_grid import RECEIVER, cloud_event, deliver, event_grid_event
from tests.end_to_end.phones import HOTLINE
from tests.end_to_end.rows import comes_to_rest
from tests.end_to_end.sessions import Session, names, reaches, read, transcribed
from tests.end_to_end.test_bad_input import assert_problem

RINGS = {
    "to": {"rawId": f"4:{HOTLINE}"},
    "from": {"rawId": "4:+15557654321"},
    "serverCallId": "aHR0cHM6Ly9ub3doZXJl",
    "incomingCallContext": "context",
}
REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"hello",
    "half an array": b"[{",
    "no UTF-8": b'[{"id": "\xff"}]',
    "an empty array": b"[]",
    "numbers": b"[1, 2]",
    "a callback of ACS": b'{"type": "Microsoft.Communication.CallConnected"}',
    "an event of another schema": b'{"eventName": "IncomingCall", "payload": {}}',
    "an endless id": json.dumps([event_grid_event("IncomingCall", RINGS, id="i" * 600)]).encode(),
    "a deep nest": b"[" * 60_000,
    "more than a MiB": b"[" + b" " * 1_100_000 + b"]",
}
LEFT_OUT: dict[str, dict[str, Any]] = {
    "an unknown type": event_grid_event("RecordingFileStatusUpdated", {"recordingStorageInfo": {}}),
    "a type of another service": event_grid_event("X", {}, eventType="Microsoft.Storage.BlobCreated"),
    "a call without a callee": event_grid_event("IncomingCall", RINGS | {"to": None}),
    "a call without its context": event_grid_event("IncomingCall", RINGS | {"incomingCallContext": ""}),
    "a call that rang long ago": event_grid_event("IncomingCall", RINGS),
    "data that is a list": cloud_event("IncomingCall", [RINGS]),
    "no data": cloud_event("CallParticipantAdded", None),
    "somebody in no call": event_grid_event("CallParticipantAdded", {"serverCallId": "", "user": {}}),
    "the end of an unknown call": cloud_event("CallEnded", {"serverCallId": "aHR0cHM6Ly9ub3doZXJl"}),
    "an event without a time": event_grid_event("CallEnded", {"serverCallId": "x"}, eventTime="soon"),
}


async def newest(cloud: Cloud) -> str:
    """The newest session's id, to see that none was made; empty if there is none."""
    found = (await cloud.api("GET", "/api/sessions?limit=1")).body["sessions"]
    return str(found[0]["id"]) if found else ""


@pytest.mark.parametrize("what", REFUSED)
async def test_is_refused_so_that_it_does_not_come_again(cloud: Cloud, what: str) -> None:
    before = await newest(cloud)
    assert_problem(await deliver(cloud, REFUSED[what]), 400, "body", "Subscribe with")
    assert await newest(cloud) == before


@pytest.mark.parametrize("what", LEFT_OUT)
async def test_is_taken_and_changes_nothing(cloud: Cloud, what: str) -> None:
    before = await newest(cloud)
    answer = await deliver(cloud, [LEFT_OUT[what]])
    assert (answer.status, answer.text) == (200, "")
    assert await newest(cloud) == before


async def test_odd_events_do_not_keep_out_the_good_one_beside_them(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    named = {
        "serverCallId": call.server_call_id,
        "user": {"communicationIdentifier": {"rawId": ADA}},
        "displayName": "Ada",
    }
    body = [1, {"id": 5}, *LEFT_OUT.values(), event_grid_event("CallParticipantAdded", named)]
    assert (await deliver(cloud, body)).status == 200
    assert (await read(cloud, session))["speakers"] == {ADA: "Ada"}


async def test_a_full_megabyte_of_events_is_taken_in(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    people = [f"8:acs:{uuid4()}_{uuid4()}" for _ in range(40)]
    events = [
        event_grid_event(
            "CallParticipantAdded",
            {
                "serverCallId": call.server_call_id,
                "user": {"communicationIdentifier": {"rawId": person}},
                "displayName": f"Person {number}",
            },
        )
        for number, person in enumerate(people)
    ]
    padding = 1_048_000 - len(json.dumps(events))
    events[0]["data"]["more"] = "m" * padding
    assert (await deliver(cloud, events)).status == 200
    assert (await read(cloud, session))["speakers"] == {
        person: f"Person {number}" for number, person in enumerate(people)
    }


async def test_the_end_of_a_call_ends_its_session_though_all_callbacks_are_lost(steady: Cloud) -> None:
    call, session = await transcribed(steady)
    await disturb_callbacks(steady, drop=1.0)
    await hang_up(steady, call)
    assert (await reaches(steady, session, "stopped"))["cause"] == "closed"
    assert "call-ended" in await names(steady, session)
    assert "call-disconnected" not in await names(steady, session)


async def test_news_of_an_end_that_acs_knows_nothing_of_ends_nothing(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    event = cloud_event("CallEnded", {"serverCallId": call.server_call_id})
    for _ in range(2):
        assert (await deliver(cloud, event)).status == 200
    await comes_to_rest(cloud, session)
    assert (await names(cloud, session)).count("call-ended") == 1
    assert (await read(cloud, session))["state"] == "active"
    assert [one["state"] for one in await connections_of(cloud, call)] == ["connected"]


async def test_the_end_of_another_call_ends_nothing(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    other, _ = await transcribed(cloud)
    assert (
        await deliver(cloud, cloud_event("CallEnded", {"serverCallId": other.server_call_id}))
    ).status == 200
    assert await read(cloud, session) == session


# --- handshakes and the key


async def test_the_code_of_a_subscription_is_sent_back(cloud: Cloud) -> None:
    code = str(uuid4())
    event = event_grid_event("X", {"validationCode": code, "validationUrl": "https://example.com"})
    event["eventType"] = "Microsoft.EventGrid.SubscriptionValidationEvent"
    answer = await deliver(cloud, [event], {"aeg-event-type": "SubscriptionValidation"})
    assert (answer.status, answer.body) == (200, {"validationResponse": code})


async def test_a_validation_without_a_code_is_named(cloud: Cloud) -> None:
    answer = await deliver(cloud, [event_grid_event("X", {})], {"aeg-event-type": "SubscriptionValidation"})
    assert_problem(answer, 400, "data.validationCode")


@pytest.mark.parametrize(("origin", "status"), [("eventgrid.azure.net", 200), ("example.com", 400)])
async def test_only_event_grid_may_send(cloud: Cloud, origin: str, status: int) -> None:
    plan = cloud.stack.plan
    url = f"{plan.functions_url}{RECEIVER}?code={plan.event_receiver_key}"
    answer = await cloud.ask("OPTIONS", url, headers={"WebHook-Request-Origin": origin})
    assert answer.status == status
    assert answer.headers.get("WebHook-Allowed-Origin") == (origin if status == 200 else None)


async def test_without_its_key_nothing_comes_in(cloud: Cloud) -> None:
    plan = cloud.stack.plan
    _, session = await transcribed(cloud)
    url = f"{plan.functions_url}{RECEIVER}"
    keys = (None, "", "wrong", plan.event_handler_key, plan.acs_key, plan.event_topic_key)
    for key in keys:
        for method in ("POST", "OPTIONS"):
            where = url if key is None else f"{url}?code={key}"
            assert (await cloud.ask(method, where, [cloud_event("CallEnded", {})])).status == 401
    assert await unchanged(cloud, session)


async def unchanged(cloud: Cloud, session: Session) -> bool:
    """Whether the session is as it was."""
    return await read(cloud, session) == session
