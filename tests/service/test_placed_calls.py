"""Calls that we place."""

from dataclasses import replace

import pytest

from functions.lifecycle.pending import FIRST_PAUSE_MS
from functions.lifecycle.session import (
    CallLocator,
    Cause,
    Connection,
    LocatorKind,
    PlacedCall,
    StartAt,
    StartRequest,
    State,
)
from functions.services import sessions
from functions.services.ports import SessionPorts
from functions.services.session_list import Filters, list_newest
from functions.services.upkeep import sweep
from tests.service.bed import Clock, Crashed, crash_after, new_group, watched
from tests.service.cloud import IMPATIENT_SECONDS, Cloud
from tests.service.phones import call_to, in_call, instruct, new_phone, new_user, placed, sim_of
from tests.service.steps import stopped, sweep_until, until_state


async def calls_of(cloud: Cloud) -> int:
    return len((await cloud.sim("GET", "calls"))["calls"])


async def test_a_call_that_we_place_is_transcribed_and_a_stop_leaves_people_talking(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud)
    sim_id = await sim_of(cloud, session)
    ended = await stopped(ports, session.id)
    assert (ended.cause, ended.error, ended.connection) == (Cause.CLOSED, None, Connection.CONNECTED)
    (connection,) = await cloud.connections(sim_id)
    assert (connection["state"], connection["transcribing"]) == ("connected", False)
    assert len(await in_call(cloud, sim_id)) == 2


async def test_a_call_to_several_people_is_one_call(ports: SessionPorts, cloud: Cloud) -> None:
    targets = (new_phone(), new_user())
    for target in targets:
        await instruct(cloud, target)
    session, _ = await sessions.start(ports, call_to(*targets))
    active = await until_state(ports, session.id, State.ACTIVE)
    assert set(targets) <= set(await in_call(cloud, await sim_of(cloud, active)))


async def test_a_stop_while_it_rings_hangs_up(ports: SessionPorts, cloud: Cloud) -> None:
    target = new_phone()
    await instruct(cloud, target, picksUp=False, timings={"disconnected": 20})
    session, _ = await sessions.start(ports, call_to(target))
    assert session.state is State.CONNECTING
    ended = await stopped(ports, session.id)
    assert (ended.connection, ended.error) == (Connection.GONE, None)
    assert (await cloud.calls.ask("", str(ended.call_connection_id))).connection == Connection.GONE


async def test_a_call_that_nobody_takes_fails_with_a_remedy_and_rings_nobody_twice(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    target, before = new_phone(), await calls_of(cloud)
    await instruct(cloud, target, picksUp=False, speed=1_000)
    session, _ = await sessions.start(ports, call_to(target))
    failed = await until_state(ports, session.id, State.FAILED)
    assert failed.error is not None
    assert (failed.error.code, failed.error.sub_code) == (487, 10004)
    assert failed.error.remedy
    clock.skip(300_000)
    await sweep(ports)
    assert await calls_of(cloud) == before + 1


async def test_a_call_that_acs_refuses_to_place_fails_at_once(ports: SessionPorts, cloud: Cloud) -> None:
    unnumbered = StartRequest(call=PlacedCall((new_phone(),)), locale="en-US")
    session, _ = await sessions.start(ports, unnumbered)
    assert session.state is State.FAILED
    assert session.error is not None
    assert session.error.code == 400


async def test_a_request_of_which_nobody_heard_is_repeated_and_rings_once(
    ports: SessionPorts, cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, before = new_phone(), await calls_of(cloud)
    await instruct(cloud, target)
    await cloud.sim("POST", "faults", {"operation": "create", "do": "timeout-after", "times": 1})
    with monkeypatch.context() as quicker:
        quicker.setattr("functions.adapters.call_automation.TOTAL_SECONDS", IMPATIENT_SECONDS)
        session, _ = await sessions.start(ports, call_to(target))
    clock.skip(FIRST_PAUSE_MS + 1)
    active = await sweep_until(ports, session.id, State.ACTIVE)
    assert await calls_of(cloud) == before + 1
    assert len(await cloud.connections(await sim_of(cloud, active))) == 1


async def test_a_worker_that_dies_when_it_rings_leaves_one_call(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    target, before, tag = new_phone(), await calls_of(cloud), new_group()
    await instruct(cloud, target)
    dying = replace(ports, calls=lambda: crash_after(cloud.calls, "connect"))
    with pytest.raises(Crashed):
        await sessions.start(dying, call_to(target, tag=tag))
    ((found,), _) = await list_newest(ports.store, Filters(tag=tag), 1, None)
    clock.skip(46_000)
    await sweep_until(ports, found.id, State.ACTIVE)
    assert await calls_of(cloud) == before + 1


async def test_who_starts_a_placed_call_by_its_id_gets_its_session(ports: SessionPorts, cloud: Cloud) -> None:
    session = await placed(ports, cloud)
    locator = CallLocator(LocatorKind.SERVER_CALL, str(session.server_call_id))
    found, moved = await sessions.start(ports, StartRequest(call=locator, locale="en-US"))
    assert (found.id, moved) == (session.id, False)


async def test_a_call_whose_people_hang_up_ends_as_calls_do(ports: SessionPorts, cloud: Cloud) -> None:
    target = new_phone()
    await instruct(cloud, target)
    session, _ = await sessions.start(ports, call_to(target))
    active = await until_state(ports, session.id, State.ACTIVE)
    await cloud.sim("POST", f"calls/{await sim_of(cloud, active)}/leave", {"rawId": target})
    ended = await until_state(ports, session.id, State.STOPPED)
    assert (ended.cause, ended.error) == (Cause.CLOSED, None)


async def test_a_transcription_from_set_up_on_is_active_without_a_start(
    ports: SessionPorts, cloud: Cloud
) -> None:
    performed: list[str] = []
    cloud.callbacks.ports = replace(ports, calls=lambda: watched(cloud.calls, performed))
    await placed(cloud.callbacks.ports, cloud, start_at=StartAt.SETUP)
    assert performed == ["connect"]
