"""A session that has ended goes on, while its call lives and is still its own."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from functions.errors import Conflict, NotFound
from functions.lifecycle.session import CallLocator, LocatorKind, Session, StartRequest, State
from functions.services import erasure, sessions
from functions.services.claims import NOBODYS, server_call_key
from functions.services.ports import Claim, SessionPorts
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import Clock, Crashed, crash_after, crash_before, just_before
from tests.service.cloud import Cloud, take_in
from tests.service.phones import answered, placed, sim_of
from tests.service.steps import session_of, started, stopped, sweep_until, until_state
from tests.waiting import until


async def states_of(cloud: Cloud, sim_id: str) -> list[str]:
    return [str(one["state"]) for one in await cloud.connections(sim_id)]


async def test_a_session_of_a_call_that_others_have_joins_it_again(ports: SessionPorts, cloud: Cloud) -> None:
    first, sim_id = await started(ports, cloud)
    await stopped(ports, first.id)
    again, moved = await sessions.restart(ports, first.id)
    assert moved
    active = await until_state(ports, first.id, State.ACTIVE)
    assert (active.ended_at, active.cause, active.attempt) == (None, None, 2)
    assert again.created_at == first.created_at
    assert await states_of(cloud, sim_id) == ["disconnected", "connected"]
    found, moved = await sessions.start(ports, first.request)
    assert (found.id, moved) == (first.id, False)
    await stopped(ports, first.id)
    assert await states_of(cloud, sim_id) == ["disconnected", "disconnected"]


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_a_session_that_is_still_in_its_call_goes_on_there(
    way: str, ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud) if way == "placed" else (await answered(ports, cloud))[0]
    sim_id = await sim_of(cloud, session)
    await stopped(ports, session.id)
    _, moved = await sessions.restart(ports, session.id)
    assert moved
    active = await until_state(ports, session.id, State.ACTIVE)
    assert active.call_connection_id == session.call_connection_id
    assert await states_of(cloud, sim_id) == ["connected"]


async def test_a_session_that_goes_on_anyhow_has_nothing_to_do(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    assert await sessions.restart(ports, session.id) == (await session_of(ports, session.id), False)


async def test_a_session_that_is_stopping_goes_on(ports: SessionPorts, cloud: Cloud) -> None:
    session, sim_id = await started(ports, cloud)
    cloud.callbacks.deaf = True
    await sessions.stop(ports, session.id)
    _, moved = await sessions.restart(ports, session.id)
    assert moved
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionStopped"))
    cloud.callbacks.deaf = False
    (over,) = cloud.callbacks.named(session.id, "TranscriptionStopped")
    await take_in(ports, session.id, over)
    await until_state(ports, session.id, State.ACTIVE)
    assert await states_of(cloud, sim_id) == ["connected"]


async def give_call(ports: SessionPorts, session: Session, other: Session) -> None:
    """Another session has the call from now on."""
    key = server_call_key(str(session.server_call_id))
    held = await ports.claims.read(key)
    assert held is not None
    await ports.claims.replace(key, held, Claim(other.id, NOBODYS, ports.clock()))


# --- what cannot go on


@pytest.mark.parametrize("way", ["joined", "placed", "answered"])
async def test_a_session_whose_call_is_over_cannot_go_on(way: str, ports: SessionPorts, cloud: Cloud) -> None:
    if way == "joined":
        session, sim_id = await started(ports, cloud)
    elif way == "placed":
        session = await placed(ports, cloud)
        sim_id = await sim_of(cloud, session)
    else:
        session, rings = await answered(ports, cloud)
        sim_id = rings.sim_id
    await cloud.sim("POST", f"calls/{sim_id}/hangup", {})
    await until_state(ports, session.id, State.STOPPED)
    with pytest.raises(Conflict, match="Its call is over"):
        await sessions.restart(ports, session.id)


async def test_an_erased_session_cannot_go_on(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    await stopped(ports, session.id)
    await erasure.erase(ports, session.id)
    with pytest.raises(NotFound):
        await sessions.restart(ports, session.id)


async def test_a_session_past_its_longest_time_cannot_go_on(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, _ = await started(ports, cloud)
    await stopped(ports, session.id)
    clock.skip(session.must_end_at - session.created_at)
    with pytest.raises(Conflict, match="longest time"):
        await sessions.restart(ports, session.id)


async def test_a_session_whose_call_another_has_now_cannot_go_on(ports: SessionPorts, cloud: Cloud) -> None:
    first, sim_id = await started(ports, cloud)
    await stopped(ports, first.id)
    second, _ = await sessions.start(ports, first.request)
    await until_state(ports, second.id, State.ACTIVE)
    with pytest.raises(Conflict, match=second.id):
        await sessions.restart(ports, first.id)
    assert (await session_of(ports, first.id)).state is State.STOPPED
    assert await states_of(cloud, sim_id) == ["disconnected", "connected"]


# --- several at once, and workers that die


async def test_two_who_let_a_session_go_on_at_once_send_one_bot(ports: SessionPorts, cloud: Cloud) -> None:
    session, sim_id = await started(ports, cloud)
    await stopped(ports, session.id)
    await asyncio.gather(*(sessions.restart(ports, session.id) for _ in range(3)))
    await until_state(ports, session.id, State.ACTIVE)
    assert await states_of(cloud, sim_id) == ["disconnected", "connected"]


async def test_a_start_of_the_call_in_the_midst_of_a_restart_ends_in_one_bot(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    first, sim_id = await started(ports, cloud)
    await stopped(ports, first.id)

    async def start() -> None:
        await sessions.start(ports, first.request)

    interrupted = replace(ports, store=just_before(ports.store, "save", start))
    with suppress(Conflict):  # if it learns of the other at once
        await sessions.restart(interrupted, first.id)

    async def one_is_left() -> bool:
        return sorted(await states_of(cloud, sim_id)) == ["connected", "disconnected", "disconnected"]

    await until_async(one_is_left)
    found, moved = await sessions.start(ports, first.request)
    await until_state(ports, found.id, State.ACTIVE)
    assert not moved
    await stopped(ports, found.id)
    assert set(await states_of(cloud, sim_id)) == {"disconnected"}


async def test_a_worker_that_dies_in_a_restart_leaves_the_call_to_the_next_start(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    first, sim_id = await started(ports, cloud)
    await stopped(ports, first.id)
    with pytest.raises(Crashed):
        await sessions.restart(replace(ports, store=crash_before(ports.store, "save")), first.id)
    second, moved = await sessions.start(ports, first.request)
    assert moved
    assert second.id != first.id
    await until_state(ports, second.id, State.ACTIVE)
    assert await states_of(cloud, sim_id) == ["disconnected", "connected"]


async def test_a_restart_whose_worker_died_is_carried_on_by_the_sweep(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, sim_id = await started(ports, cloud)
    await stopped(ports, session.id)
    with pytest.raises(Crashed):
        await sessions.restart(replace(ports, store=crash_after(ports.store, "save")), session.id)
    clock.skip(46_000)
    await sweep_until(ports, session.id, State.ACTIVE)
    assert await states_of(cloud, sim_id) == ["disconnected", "connected"]


async def test_a_restart_takes_the_call_from_no_session_that_is_still_joining_it(
    ports: SessionPorts, cloud: Cloud
) -> None:
    first, sim_id = await started(ports, cloud)
    await stopped(ports, first.id)
    second, _ = await sessions.start(ports, first.request)
    with pytest.raises(Conflict):
        await sessions.restart(ports, first.id)
    await until_state(ports, second.id, State.ACTIVE)
    assert (await states_of(cloud, sim_id)).count("connected") == 1


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_a_start_of_a_call_in_which_its_session_still_is_lets_that_one_go_on(
    way: str, ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud) if way == "placed" else (await answered(ports, cloud))[0]
    await stopped(ports, session.id)
    locator = CallLocator(LocatorKind.SERVER_CALL, str(session.server_call_id))
    found, moved = await sessions.start(ports, StartRequest(call=locator, locale="en-US"))
    assert (found.id, moved) == (session.id, True)
    await until_state(ports, session.id, State.ACTIVE)
    assert await states_of(cloud, await sim_of(cloud, session)) == ["connected"]


async def test_a_session_on_its_way_out_whose_call_another_took_cannot_go_on(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, _ = await started(ports, cloud)
    other, _ = await started(ports, cloud)
    cloud.callbacks.deaf = True
    await sessions.stop(ports, session.id)
    await give_call(ports, session, other)
    with pytest.raises(Conflict, match=other.id):
        await sessions.restart(ports, session.id)


@pytest.mark.parametrize("way", ["restart", "start"])
async def test_a_session_whose_call_another_takes_in_that_very_moment_stops_again(
    way: str, ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud)
    sim_id = await sim_of(cloud, session)
    other, _ = await started(ports, cloud)
    await stopped(ports, session.id)
    late = replace(ports, store=just_before(ports.store, "save", lambda: give_call(ports, session, other)))
    locator = CallLocator(LocatorKind.SERVER_CALL, str(session.server_call_id))
    wishes = {
        "restart": lambda: sessions.restart(late, session.id),
        "start": lambda: sessions.start(late, StartRequest(call=locator, locale="en-US")),
    }
    with pytest.raises(Conflict, match=other.id):
        await wishes[way]()
    await until_state(ports, session.id, State.STOPPED)
    (ours,) = await cloud.connections(sim_id)
    assert (ours["state"], ours["transcribing"]) == ("connected", False)
