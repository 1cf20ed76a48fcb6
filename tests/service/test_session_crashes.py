"""A worker may die anywhere: the next start or the sweep makes it good, with one bot in the call."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from functions.lifecycle.commands import Leave, Pending
from functions.lifecycle.events import TimePassed
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Desired, Session, State
from functions.services import sessions
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.services.session_list import Filters, list_newest
from functions.services.upkeep import sweep
from tests.service.bed import (
    Clock,
    Crashed,
    Tables,
    WatchedPort,
    crash_after,
    crash_before,
    entry_of,
    group_call,
    new_group,
    new_session,
    timers_of,
    watched,
)
from tests.service.cloud import HERE, Cloud, take_in
from tests.service.steps import connecting, session_of, sweep_until, until_state
from tests.waiting import until

type Dying = Callable[[SessionPorts, Cloud], SessionPorts]

BEFORE_THE_SESSION: dict[str, Dying] = {
    "claimed": lambda ports, _: replace(ports, claims=crash_after(ports.claims, "take")),
    "listed": lambda ports, _: replace(ports, store=crash_after(ports.store, "list_newest")),
    "timer written": lambda ports, _: replace(ports, timers=crash_after(ports.timers, "put")),
    "about to insert": lambda ports, _: replace(ports, store=crash_before(ports.store, "insert")),
}
WITH_A_SESSION: dict[str, Dying] = {
    "inserted": lambda ports, _: replace(ports, store=crash_after(ports.store, "insert")),
    "viewers told": lambda ports, _: replace(ports, viewers={HERE: crash_after(ports.viewers[HERE], "send")}),
    "about to connect": lambda ports, cloud: replace(
        ports, calls=lambda: crash_before(cloud.calls, "connect")
    ),
    "connected": lambda ports, cloud: replace(ports, calls=lambda: crash_after(cloud.calls, "connect")),
    "about to save the answer": lambda ports, _: replace(ports, store=crash_before(ports.store, "save")),
    "answer saved": lambda ports, _: replace(ports, store=crash_after(ports.store, "save")),
}


async def leaves_after_stop(ports: SessionPorts, cloud: Cloud, session: Session, sim_id: str) -> None:
    await sessions.stop(ports, session.id)
    await until_state(ports, session.id, State.STOPPED)
    states = [connection["state"] for connection in await cloud.connections(sim_id)]
    assert states == ["disconnected"]


@pytest.mark.parametrize("point", BEFORE_THE_SESSION | WITH_A_SESSION)
async def test_a_start_after_a_crash_ends_in_one_session_and_one_bot(
    point: str, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    dying = (BEFORE_THE_SESSION | WITH_A_SESSION)[point](ports, cloud)
    with pytest.raises(Crashed):
        await sessions.start(dying, group_call(group))
    session, _ = await sessions.start(ports, group_call(group))
    clock.skip(46_000)
    active = await sweep_until(ports, session.id, State.ACTIVE)
    again, moved = await sessions.start(ports, group_call(group))
    assert (again.id, moved) == (active.id, False)
    listed, _ = await list_newest(ports.store, Filters(group_call_id=group), 1, None)
    assert [one.id for one in listed] == [session.id]
    assert len(await cloud.connections(call["simId"])) == 1
    await leaves_after_stop(ports, cloud, active, call["simId"])


@pytest.mark.parametrize("point", WITH_A_SESSION)
async def test_the_sweep_alone_finishes_a_start_that_crashed(
    point: str, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    with pytest.raises(Crashed):
        await sessions.start(WITH_A_SESSION[point](ports, cloud), group_call(group))
    listed, _ = await list_newest(ports.store, Filters(group_call_id=group), 1, None)
    clock.skip(46_000)
    active = await sweep_until(ports, listed[0].id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1
    await leaves_after_stop(ports, cloud, active, call["simId"])


async def test_a_connect_of_which_nobody_heard_is_sent_again_as_the_same_request(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    cloud.callbacks.deaf = True
    with pytest.raises(Crashed):
        await sessions.start(WITH_A_SESSION["connected"](ports, cloud), group_call(group))
    listed, _ = await list_newest(ports.store, Filters(group_call_id=group), 1, None)
    await until(lambda: cloud.callbacks.named(listed[0].id, "CallConnected"))
    cloud.callbacks.deaf = False
    clock.skip(46_000)
    await sweep(ports)
    connecting_again = await session_of(ports, listed[0].id)
    (connection,) = await cloud.connections(call["simId"])
    assert connecting_again.call_connection_id == connection["callConnectionId"]
    clock.skip(61_000)  # CallConnected never comes again: ACS is asked
    await sweep_until(ports, listed[0].id, State.ACTIVE)
    await leaves_after_stop(ports, cloud, connecting_again, call["simId"])


async def test_a_crash_before_the_session_leaves_nothing_that_lasts(
    ports: SessionPorts, cloud: Cloud, clock: Clock, tables: Tables
) -> None:
    dying = BEFORE_THE_SESSION["about to insert"](ports, cloud)
    with pytest.raises(Crashed):
        await sessions.start(dying, group_call())
    clock.skip(200_000)
    await sweep(ports)
    assert [timer async for timer in tables.timers.due(clock())] == []


async def test_a_start_command_whose_performer_died_is_performed_after_its_lease_and_not_before(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session = await connecting(ports, cloud, new_group())
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    dying = replace(ports, calls=lambda: crash_before(cloud.calls, "start_transcription"))
    with pytest.raises(Crashed):
        await take_in(dying, session.id, connected)
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    clock.skip(20_000)
    await sweep(watching)
    assert performed == []
    cloud.callbacks.ports = watching
    cloud.callbacks.deaf = False
    clock.skip(26_000)
    await sweep(watching)
    await until_state(ports, session.id, State.ACTIVE)
    assert performed.count("start_transcription") == 1


async def test_a_worker_that_dies_between_leaving_and_saying_so_leaves_the_session_to_the_sweep(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    session, _ = await sessions.start(ports, group_call(group))
    await until_state(ports, session.id, State.ACTIVE)
    cloud.callbacks.deaf = True
    dying = replace(ports, calls=lambda: crash_after(cloud.calls, "leave"))
    await sessions.stop(ports, session.id)
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionStopped"))
    (stopped,) = cloud.callbacks.named(session.id, "TranscriptionStopped")
    with pytest.raises(Crashed):
        await take_in(dying, session.id, stopped)
    await until(lambda: cloud.callbacks.named(session.id, "CallDisconnected"))
    assert (await session_of(ports, session.id)).state is State.STOPPING
    clock.skip(46_000)
    ended = await sweep_until(ports, session.id, State.STOPPED)
    assert ended.pending == ()
    assert [one["state"] for one in await cloud.connections(call["simId"])] == ["disconnected"]


async def test_a_bot_whose_session_heard_nothing_at_all_is_found_out_and_taken_away(
    ports: SessionPorts, cloud: Cloud, clock: Clock, tables: Tables
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    cloud.callbacks.deaf = True
    session, _ = await sessions.start(ports, group_call(group))
    await sessions.stop(ports, session.id)
    for _ in range(12):
        clock.skip(61_000)
        await sweep(ports)
    assert (await session_of(ports, session.id)).state is State.STOPPED
    assert [one["state"] for one in await cloud.connections(call["simId"])] == ["disconnected"]
    clock.skip(180_000)
    await sweep(ports)
    assert await timers_of(tables, session.id) == []


async def test_a_command_whose_lease_would_not_outlast_it_is_left_to_the_next_performer(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    now = clock()
    leaves = tuple(
        Pending(f"1-{number}", Leave(f"stray {number}"), first_sent_at=now, leased_until=now)
        for number in range(2)
    )
    session = new_session(pending=leaves, ended_at=now, desired=Desired.STOPPED)
    await ports.store.insert(session, entry_of(session))
    performed: list[str] = []

    def slow(_: str) -> None:
        clock.skip(16_000)

    time_passes = Occurrence("time", "1", TimePassed())
    slowly = replace(ports, calls=lambda: WatchedPort(cloud.calls, performed, slow))
    await apply(slowly, session.id, time_passes)
    assert [pending.id for pending in (await session_of(ports, session.id)).pending] == ["1-1"]
    clock.skip(30_000)
    await sweep(ports)
    assert (await session_of(ports, session.id)).pending == ()
