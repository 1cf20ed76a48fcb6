"""Calls that ring are answered once, however often and however late we are told of them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from functions.lifecycle.session import (
    CallLocator,
    Cause,
    Connection,
    LocatorKind,
    StartAt,
    StartRequest,
    State,
)
from functions.services import incoming, sessions
from functions.services.claims import SESSION_COMES_WITHIN_MS, server_call_key
from functions.services.ports import Claim, SessionPorts
from functions.services.upkeep import sweep
from tests.service.bed import Clock, Crashed, crash_after, crash_before, new_session, watched
from tests.service.cloud import IMPATIENT_SECONDS, Cloud, take_in
from tests.service.phones import (
    answered,
    in_call,
    instruct,
    new_phone,
    new_user,
    ringing,
    until_in_call,
)
from tests.service.steps import (
    session_of,
    stopped,
    sweep_until,
    sweep_until_nothing_is_left_to_do,
    until_state,
)
from tests.waiting import until

type Dying = Callable[[SessionPorts, Cloud], SessionPorts]

CRASHES: dict[str, Dying] = {
    "claimed": lambda ports, _: replace(ports, claims=crash_after(ports.claims, "take")),
    "listed": lambda ports, _: replace(ports, store=crash_after(ports.store, "list_newest")),
    "timer written": lambda ports, _: replace(ports, timers=crash_after(ports.timers, "put")),
    "about to insert": lambda ports, _: replace(ports, store=crash_before(ports.store, "insert")),
    "inserted": lambda ports, _: replace(ports, store=crash_after(ports.store, "insert")),
    "about to answer": lambda ports, cloud: replace(
        ports, calls=lambda: crash_before(cloud.calls, "connect")
    ),
    "answered": lambda ports, cloud: replace(ports, calls=lambda: crash_after(cloud.calls, "connect")),
}
DAY_MS = 86_400_000


async def test_a_call_that_rings_is_answered_and_transcribed(ports: SessionPorts, cloud: Cloud) -> None:
    session, rings = await answered(ports, cloud)
    assert session.server_call_id == rings.call.server_call_id
    assert rings.call.caller in await in_call(cloud, rings.sim_id)
    (connection,) = await cloud.connections(rings.sim_id)
    assert (connection["kind"], connection["transcribing"]) == ("answer", True)


async def test_ten_deliveries_are_one_answer(ports: SessionPorts, cloud: Cloud) -> None:
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    rings = await ringing(cloud)
    told = [await incoming.answer(watching, rings.request) for _ in range(10)]
    assert len({session.id for session in told if session}) == 1
    assert all(told)
    assert performed.count("connect") == 1


async def test_ten_deliveries_at_once_are_one_answer(ports: SessionPorts, cloud: Cloud) -> None:
    rings = await ringing(cloud)
    told = await asyncio.gather(*(incoming.answer(ports, rings.request) for _ in range(10)))
    assert len({session.id for session in told if session}) == 1
    assert all(told)
    assert len(await cloud.connections(rings.sim_id)) == 1
    assert (await until_state(ports, str(told[0] and told[0].id), State.ACTIVE)).attempt == 1


async def test_a_delivery_after_an_answer_of_which_nobody_heard_answers_at_once(
    ports: SessionPorts, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its caller rings for half a minute only, which is shorter than a lease."""
    rings = await ringing(cloud)
    await cloud.sim("POST", "faults", {"operation": "answer", "do": "timeout-before", "times": 1})
    with monkeypatch.context() as quicker:
        quicker.setattr("functions.adapters.call_automation.TOTAL_SECONDS", IMPATIENT_SECONDS)
        first = await incoming.answer(ports, rings.request)
    assert await cloud.connections(rings.sim_id) == []
    again = await incoming.answer(ports, rings.request)
    assert first is not None
    assert again is not None
    assert again.id == first.id
    await until_state(ports, first.id, State.ACTIVE)
    assert len(await cloud.connections(rings.sim_id)) == 1


@pytest.mark.parametrize("later", [60_000, SESSION_COMES_WITHIN_MS, DAY_MS])
async def test_a_delivery_after_the_sessions_end_answers_nothing(
    later: int, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, rings = await answered(ports, cloud)
    await cloud.sim("POST", f"calls/{rings.sim_id}/hangup", {})
    ended = await until_state(ports, session.id, State.STOPPED)
    clock.skip(later)
    told = await incoming.answer(ports, rings.request)
    assert told is not None
    assert (told.id, told.ended_at) == (session.id, ended.ended_at)
    assert len(await cloud.connections(rings.sim_id)) == 1


@pytest.mark.parametrize("point", CRASHES)
async def test_a_delivery_after_a_crash_ends_in_one_session_and_one_answer(
    point: str, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    rings = await ringing(cloud)
    with pytest.raises(Crashed):
        await incoming.answer(CRASHES[point](ports, cloud), rings.request)
    claimed = await ports.claims.read(server_call_key(rings.call.server_call_id))
    assert claimed is not None
    session = await incoming.answer(ports, rings.request)
    assert session is not None
    assert session.id == claimed.claim.session_id
    clock.skip(46_000)
    await sweep_until(ports, session.id, State.ACTIVE)
    assert len(await cloud.connections(rings.sim_id)) == 1


async def test_a_call_whose_answer_was_never_made_is_left_alone_once_nobody_rings_any_more(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    rings = await ringing(cloud)
    with pytest.raises(Crashed):
        await incoming.answer(CRASHES["claimed"](ports, cloud), rings.request)
    clock.skip(SESSION_COMES_WITHIN_MS)
    assert await incoming.answer(ports, rings.request) is None
    assert await cloud.connections(rings.sim_id) == []


async def test_a_call_that_rings_no_more_ends_its_session_with_a_remedy(
    ports: SessionPorts, cloud: Cloud
) -> None:
    rings = await ringing(cloud)
    await cloud.sim("POST", f"calls/{rings.sim_id}/hangup", {})
    session = await incoming.answer(ports, rings.request)
    assert session is not None
    assert session.state is State.FAILED
    assert session.error is not None
    assert session.error.remedy


async def test_an_answer_that_acs_takes_back_is_not_tried_again(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    await cloud.sim("POST", "faults", {"operation": "answer", "do": "code", "code": 500, "subCode": 9999})
    rings = await ringing(cloud)
    session = await incoming.answer(watching, rings.request)
    assert session is not None
    await until_state(ports, session.id, State.FAILED)
    clock.skip(300_000)
    await sweep(watching)
    assert performed.count("connect") == 1


async def test_who_starts_an_answered_call_by_its_id_gets_its_session(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, rings = await answered(ports, cloud)
    locator = CallLocator(LocatorKind.SERVER_CALL, rings.call.server_call_id)
    found, moved = await sessions.start(ports, StartRequest(call=locator, locale="en-US"))
    assert (found.id, moved) == (session.id, False)


async def test_a_call_that_is_transcribed_already_is_not_answered_again(
    ports: SessionPorts, cloud: Cloud
) -> None:
    rings = await ringing(cloud)
    holder = new_session()
    await ports.claims.take(
        server_call_key(rings.call.server_call_id), Claim(holder.id, holder.request, ports.clock())
    )
    await sessions.create(ports, Claim(holder.id, holder.request, ports.clock()))
    told = await incoming.answer(ports, rings.request)
    assert told is not None
    assert told.id == holder.id
    assert await cloud.connections(rings.sim_id) == []


async def test_a_stop_leaves_the_people_of_an_answered_call_talking(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, rings = await answered(ports, cloud)
    ended = await stopped(ports, session.id)
    assert (ended.connection, ended.cause) == (Connection.CONNECTED, Cause.CLOSED)
    (connection,) = await cloud.connections(rings.sim_id)
    assert (connection["state"], connection["transcribing"]) == ("connected", False)


async def test_a_transcription_from_set_up_on_is_active_without_a_start(
    ports: SessionPorts, cloud: Cloud
) -> None:
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    cloud.callbacks.ports = watching
    rings = await ringing(cloud)
    session = await incoming.answer(watching, structs.replace(rings.request, start_at=StartAt.SETUP))
    assert session is not None
    await until_state(ports, session.id, State.ACTIVE)
    assert performed == ["connect"]


# --- the one whom the caller is connected to


async def test_the_caller_is_connected_to_whom_the_rule_says(ports: SessionPorts, cloud: Cloud) -> None:
    agent = new_user()
    await instruct(cloud, agent)
    session, rings = await answered(ports, cloud, connect_to=agent)
    await until_in_call(cloud, rings.sim_id, agent)
    assert (await session_of(ports, session.id)).state is State.ACTIVE


async def test_a_phone_is_rung_with_the_number_that_the_caller_called(
    ports: SessionPorts, cloud: Cloud
) -> None:
    agent = new_phone()
    await instruct(cloud, agent)
    _, rings = await answered(ports, cloud, connect_to=agent)
    await until_in_call(cloud, rings.sim_id, agent)


async def test_a_caller_for_whom_nobody_comes_is_not_left_waiting(
    ports: SessionPorts, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.adapters.call_automation.RING_SECONDS", 1)
    agent = new_user()
    await instruct(cloud, agent, picksUp=False)
    rings = await ringing(cloud, connect_to=agent)
    session = await incoming.answer(ports, rings.request)
    assert session is not None
    failed = await until_state(ports, session.id, State.FAILED)
    assert failed.error is not None
    assert failed.error.remedy
    assert [one["state"] for one in await cloud.connections(rings.sim_id)] == ["disconnected"]


async def test_an_invitation_that_acs_refuses_hangs_up_and_says_why(
    ports: SessionPorts, cloud: Cloud
) -> None:
    fault = {"operation": "add-participant", "do": "status", "status": 403, "times": 1}
    await cloud.sim("POST", "faults", fault)
    rings = await ringing(cloud, connect_to=new_user())
    session = await incoming.answer(ports, rings.request)
    assert session is not None
    failed = await until_state(ports, session.id, State.FAILED)
    assert failed.error is not None
    assert failed.error.code == 403
    assert [one["state"] for one in await cloud.connections(rings.sim_id)] == ["disconnected"]


@pytest.mark.parametrize("crash", [crash_before, crash_after])
async def test_a_worker_that_dies_over_the_invitation_rings_once(
    crash: Callable[..., Any], ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    agent = new_user()
    await instruct(cloud, agent)
    rings = await ringing(cloud, connect_to=agent)
    cloud.callbacks.deaf = True
    session = await incoming.answer(ports, rings.request)
    assert session is not None
    await until(lambda: cloud.callbacks.named(session.id, "CallConnected"))
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    dying = replace(ports, calls=lambda: crash(cloud.calls, "invite"))
    with pytest.raises(Crashed):
        await take_in(dying, session.id, connected)
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionStarted"))
    cloud.callbacks.deaf = False
    clock.skip(46_000)
    await sweep(ports)
    await until_in_call(cloud, rings.sim_id, agent)
    after = await sweep_until_nothing_is_left_to_do(ports, session.id)
    assert after.state is State.ACTIVE
    assert (await in_call(cloud, rings.sim_id)).count(agent) == 1


async def test_an_invitation_of_which_nobody_heard_rings_once(
    ports: SessionPorts, cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = new_user()
    await instruct(cloud, agent)
    fault = {"operation": "add-participant", "do": "timeout-after", "times": 1}
    await cloud.sim("POST", "faults", fault)
    monkeypatch.setattr("functions.adapters.call_automation.TOTAL_SECONDS", IMPATIENT_SECONDS)
    session, rings = await answered(ports, cloud, connect_to=agent)
    await until_in_call(cloud, rings.sim_id, agent)
    clock.skip(46_000)
    after = await sweep_until_nothing_is_left_to_do(ports, session.id)
    assert after.state is State.ACTIVE
    assert (await in_call(cloud, rings.sim_id)).count(agent) == 1
