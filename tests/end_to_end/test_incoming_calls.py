"""Calls that ring: a rule answers them, once, however Event Grid tells of them; without a rule nobody does."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.calls import ADA, BEN, NEVER, Call, connections_of, hang_up, line, look_at, speak
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.event_grid import (
    cloud_event,
    deliver,
    delivered,
    disturb_events,
    event_grid_event,
    published,
)
from tests.end_to_end.phones import (
    COLLEAGUE,
    ENGINEER,
    EXCHANGE,
    HOTLINE,
    RECEPTION,
    SWITCHBOARD,
    answered,
    comes_in,
    instruct,
    new_phone,
    new_user,
    people_in,
    ring,
    session_of,
    sessions_of,
    state_of_incoming,
)
from tests.end_to_end.sessions import names, reaches, read, stores, transcript

SAID = "The heating has failed again."
SCRIPT = [{"at": 0, "text": SAID, "duration": 1500}]

type Event = Callable[..., dict[str, Any]]


async def test_a_call_to_a_number_with_a_rule_is_answered_and_transcribed(cloud: Cloud) -> None:
    caller = new_phone()
    call = await ring(cloud, HOTLINE, SCRIPT, **{"from": caller})
    session = await reaches(cloud, await session_of(cloud, call), "active")
    assert session["call"] == {"from": f"4:{caller}", "to": [f"4:{HOTLINE}"], "incoming": True}
    assert (session["locale"], session["tag"], session["startAt"]) == ("en-GB", "hotline", "connected")
    assert await stores(cloud, session, 1) == [SAID]
    await hang_up(cloud, call)
    assert (await reaches(cloud, session, "stopped"))["cause"] == "closed"


async def test_a_call_to_a_user_with_a_rule_is_answered_by_its_manner(cloud: Cloud) -> None:
    call = await ring(cloud, RECEPTION, SCRIPT, **{"from": new_user()})
    session = await reaches(cloud, await session_of(cloud, call), "active")
    assert (session["locale"], session["interimResults"]) == ("de-DE", False)
    assert await stores(cloud, session, 1) == [SAID]


async def test_the_caller_is_connected_to_the_colleague_of_the_rule(cloud: Cloud) -> None:
    await instruct(cloud, COLLEAGUE, [{"at": 0, "text": "How can I help?", "duration": 1000}])
    call, session = await answered(cloud, SWITCHBOARD)
    await comes_in(cloud, call, COLLEAGUE)
    assert await stores(cloud, session, 1) == ["How can I help?"]
    assert session["startAt"] == "setup"
    (connection,) = await connections_of(cloud, call)
    assert (connection["kind"], connection["state"]) == ("answer", "connected")


async def test_the_caller_is_connected_to_a_phone(cloud: Cloud) -> None:
    await instruct(cloud, ENGINEER)
    call, _ = await answered(cloud, EXCHANGE)
    await comes_in(cloud, call, f"4:{ENGINEER}")


async def test_a_caller_for_whom_nobody_picks_up_is_let_go_and_the_session_says_why(cloud: Cloud) -> None:
    await instruct(cloud, ENGINEER, picksUp=False)
    call = await ring(cloud, EXCHANGE, speed=10)
    failed = await reaches(cloud, await session_of(cloud, call), "failed")
    assert (failed["error"]["code"], failed["error"]["subCode"]) == (487, 10004)
    assert failed["error"]["remedy"]
    await until_over(cloud, call)


async def until_over(cloud: Cloud, call: Call) -> None:
    """Waits until the call has ended, and looks whether a bot of ours was left behind."""

    async def is_over() -> bool:
        return (await look_at(cloud, call))["endedAt"] is not None

    await eventually(is_over)
    assert {one["state"] for one in await connections_of(cloud, call)} == {"disconnected"}


async def test_a_call_to_a_number_without_a_rule_goes_on_ringing(cloud: Cloud) -> None:
    call = await ring(cloud, new_phone(), speed=1)
    assert await delivered(cloud, call.server_call_id, "IncomingCall") == [200]
    assert await state_of_incoming(cloud, call) == "ringing"
    assert await sessions_of(cloud, call) == []
    assert await connections_of(cloud, call) == []


async def test_an_incoming_call_of_which_event_grid_tells_twice_is_answered_once(steady: Cloud) -> None:
    await disturb_events(steady, repeat=1.0)
    call, session = await answered(steady)
    await delivered(steady, call.server_call_id, "IncomingCall", times=2)
    assert len(await connections_of(steady, call)) == 1
    assert [one["id"] for one in await sessions_of(steady, call)] == [session["id"]]
    assert (await names(steady, session)).count("start-requested") == 1


@pytest.mark.parametrize("form", [event_grid_event, cloud_event])
async def test_both_schemas_of_event_grid_are_understood(cloud: Cloud, form: Event) -> None:
    call = await ring(cloud, new_phone(), speed=1)
    await delivered(cloud, call.server_call_id, "IncomingCall")  # which is not answered: there is no rule
    (data,) = [
        one["event"]["data"]
        for one in await published(cloud, "acs")
        if one["event"]["data"].get("serverCallId") == call.server_call_id
    ]
    ours = data | {"to": {"kind": "phoneNumber", "rawId": f"4:{HOTLINE}", "phoneNumber": {"value": HOTLINE}}}
    told = form("IncomingCall", ours)
    told.pop("eventTime", None)
    event = told | ({"time": None} if "specversion" in told else {})
    body = [event] if form is event_grid_event else event
    assert (await deliver(cloud, body)).status == 200
    session = await reaches(cloud, await session_of(cloud, call), "active")
    for _ in range(2):
        assert (await deliver(cloud, body)).status == 200
    assert (await read(cloud, session))["state"] == "active"
    assert len(await connections_of(cloud, call)) == 1


async def test_news_that_comes_when_nobody_rings_any_more_answers_nothing(cloud: Cloud) -> None:
    call, session = await answered(cloud)
    await hang_up(cloud, call)
    await reaches(cloud, session, "stopped")
    (told,) = [
        one["event"]
        for one in await published(cloud, "acs")
        if one["event"]["eventType"].endswith("IncomingCall")
        and one["event"]["data"]["serverCallId"] == call.server_call_id
    ]
    assert (await deliver(cloud, [told])).status == 200
    old = told | {"data": told["data"] | {"serverCallId": "another"}, "eventTime": "2025-01-01T00:00:00Z"}
    assert (await deliver(cloud, [old])).status == 200
    assert [one["id"] for one in await sessions_of(cloud, call)] == [session["id"]]
    assert len(await connections_of(cloud, call)) == 1


async def test_a_caller_who_hangs_up_at_once_leaves_no_session_behind_that_goes_on(cloud: Cloud) -> None:
    call = await ring(cloud, HOTLINE, timings={"connected": NEVER})
    session = await session_of(cloud, call)
    await hang_up(cloud, call)
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert {one["state"] for one in await connections_of(cloud, call)} <= {"disconnected"}


async def test_company_of_the_caller_is_heard_too(cloud: Cloud) -> None:
    company = [{"rawId": ADA, "displayName": "Ada"}, {"rawId": BEN, "displayName": "Ben"}]
    call, session = await answered(cloud, speakers=company, script=[line(0, "And me.", BEN)])
    assert {ADA, BEN} <= await people_in(cloud, call)
    assert await stores(cloud, session, 1) == ["And me."]
    await speak(cloud, call, "Me too.", ADA)
    await stores(cloud, session, 2)
    speakers = [one["speaker"]["id"] for one in (await transcript(cloud, session))["segments"]]
    assert speakers == [BEN, ADA]


async def test_the_name_that_a_caller_shows_is_in_the_session(cloud: Cloud) -> None:
    caller = new_phone()
    _, session = await answered(cloud, **{"from": caller, "displayName": "Grace"})
    assert session["speakers"] == {f"4:{caller}": "Grace"}


async def test_a_context_that_could_answer_the_call_is_never_shown(cloud: Cloud) -> None:
    call, session = await answered(cloud)
    (told,) = [
        one["event"]["data"]["incomingCallContext"]
        for one in await published(cloud, "acs")
        if one["event"]["eventType"].endswith("IncomingCall")
        and one["event"]["data"]["serverCallId"] == call.server_call_id
    ]
    shown = str(session) + (await cloud.api("GET", f"/api/sessions/{session['id']}/events")).text
    assert told not in shown
