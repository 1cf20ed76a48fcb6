"""What is due is carried out, and a reminder goes only when it has done its work."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as altered

from functions.errors import Unavailable
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.events import StopRequested
from functions.lifecycle.machine import decide
from functions.lifecycle.session import Desired, Session, State
from functions.services import sessions
from functions.services.ports import SessionPorts, Timer
from functions.services.session_list import Filters, list_newest
from functions.services.upkeep import (
    COMMITTED_WITHIN_MS,
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    carry_out,
    sweep,
)
from tests.service.bed import (
    Clock,
    Crashed,
    Tables,
    crash_after,
    crash_before,
    entry_of,
    group_call,
    new_group,
    new_session,
    timers_of,
    transcribed,
    unwell,
    watched,
)
from tests.service.cloud import Cloud
from tests.service.steps import HTTP_LOG, requests, session_of, until_state


async def overdue_session(ports: SessionPorts, **changed: Any) -> Session:
    """A session whose longest time is over, with its timer row."""
    now = ports.clock()
    session = new_session(must_end_at=now - 5, timer=now - 5, pending=(), **changed)
    await ports.timers.put(Timer(now - 5, session.id))
    await ports.store.insert(session, entry_of(session))
    return session


async def start_that_dies(ports: SessionPorts, cloud: Cloud) -> tuple[dict[str, Any], str]:
    """A call, and the id of its session, whose worker died before it joined the call."""
    group = new_group()
    call = await cloud.make_call(group)
    dying = replace(ports, calls=lambda: crash_before(cloud.calls, "connect"))
    with pytest.raises(Crashed):
        await sessions.start(dying, group_call(group))
    listed, _ = await list_newest(ports.store, Filters(group_call_id=group), 1, None)
    return call, listed[0].id


async def test_nothing_due_costs_one_query(
    ports: SessionPorts, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    await ports.timers.put(Timer(ports.clock() + 1_000_000, new_session().id))
    caplog.set_level(logging.INFO, HTTP_LOG)
    assert await sweep(ports) == 0
    assert requests(caplog) == ["GET VerbatimTimers"]


async def test_what_is_due_is_carried_out_and_its_row_removed(
    ports: SessionPorts, cloud: Cloud, tables: Tables
) -> None:
    session = await overdue_session(ports)
    assert await sweep(ports) == 1
    assert ports.counts.most_due == 1
    assert ports.counts.latest_ms >= 5
    assert (await session_of(ports, session.id)).desired is Desired.STOPPED
    assert await timers_of(tables, session.id) == []


async def test_a_row_outlives_a_worker_that_dies_before_it_is_carried_out(
    ports: SessionPorts, cloud: Cloud, tables: Tables
) -> None:
    session = await overdue_session(ports)
    with pytest.RaisesGroup(Crashed):
        await sweep(replace(ports, store=crash_before(ports.store, "save")))
    assert len(await timers_of(tables, session.id)) == 1
    assert await sweep(ports) == 1
    assert (await session_of(ports, session.id)).desired is Desired.STOPPED
    assert await timers_of(tables, session.id) == []


async def test_the_next_deadlines_row_comes_before_the_old_one_goes(
    ports: SessionPorts, cloud: Cloud, tables: Tables
) -> None:
    now = ports.clock()
    old = now - COMMITTED_WITHIN_MS - 5
    session = transcribed(deadline=now + 60_000, timer=old)
    await ports.timers.put(Timer(old, session.id))
    await ports.store.insert(session, entry_of(session))
    with pytest.raises(Crashed):
        await carry_out(replace(ports, timers=crash_before(ports.timers, "remove")), Timer(old, session.id))
    assert [timer.due for timer in await timers_of(tables, session.id)] == [old, now + 60_000]
    await sweep(ports)
    assert [timer.due for timer in await timers_of(tables, session.id)] == [now + 60_000]


async def test_a_row_that_only_waits_to_be_removed_is_not_told_as_late_work(
    ports: SessionPorts, clock: Clock
) -> None:
    now = ports.clock()
    session = new_session(timer=now - 5, pending=())
    await ports.store.insert(session, entry_of(session))
    await ports.timers.put(Timer(now - 5, session.id))
    clock.skip(COMMITTED_WITHIN_MS - 1000)
    assert await sweep(ports) == 0
    assert (ports.counts.most_due, ports.counts.latest_ms) == (0, 0)


async def test_a_row_whose_session_was_never_written_goes_after_two_minutes_and_not_before(
    ports: SessionPorts, cloud: Cloud, tables: Tables, clock: Clock
) -> None:
    clock.fixed = clock()
    ghost = Timer(clock() - 1, new_session().id)
    await ports.timers.put(ghost)
    clock.skip(COMMITTED_WITHIN_MS - 2)
    await sweep(ports)
    assert await timers_of(tables, ghost.session_id) == [ghost]
    clock.skip(1)
    await sweep(ports)
    assert await timers_of(tables, ghost.session_id) == []


async def test_a_row_whose_transaction_is_still_on_its_way_waits_for_it(
    ports: SessionPorts, cloud: Cloud, tables: Tables, clock: Clock
) -> None:
    due = clock() - 5
    session = transcribed(timer=due - 10_000)
    stored = await ports.store.insert(session, entry_of(session))
    await ports.timers.put(Timer(due, session.id))
    await sweep(ports)
    assert Timer(due, session.id) in await timers_of(tables, session.id)
    late = altered(session, timer=due, must_end_at=due, revision=2)
    await ports.store.save(stored, late, entry_of(late, "late"))
    await sweep(ports)
    assert (await session_of(ports, session.id)).desired is Desired.STOPPED
    assert Timer(due, session.id) not in await timers_of(tables, session.id)


async def test_a_timer_that_fails_pauses_longer_each_time_and_is_logged(
    ports: SessionPorts, cloud: Cloud, tables: Tables, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.fixed = clock()
    session = await overdue_session(ports)
    failing = replace(ports, store=unwell(ports.store, "load", Unavailable("down")))
    pauses = []
    for _ in range(10):
        assert await sweep(failing) == 1
        (timer,) = await timers_of(tables, session.id)
        pause = timer.not_before - clock()
        pauses.append(pause)
        clock.skip(pause - 1)
        assert await sweep(failing) == 0
        clock.skip(1)
    assert pauses[:3] == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_MS
    assert session.id in caplog.text
    assert await sweep(ports) == 1
    assert await timers_of(tables, session.id) == []


async def test_a_timer_that_fails_keeps_nobody_else_waiting(
    ports: SessionPorts, cloud: Cloud, tables: Tables
) -> None:
    broken, sound = await overdue_session(ports), await overdue_session(ports)
    row = await tables.sessions.sessions.get_entity(broken.id, "session")
    await tables.sessions.sessions.update_entity(row | {"doc": "not a session"})
    assert await sweep(ports) == 2
    assert (await session_of(ports, sound.id)).desired is Desired.STOPPED
    (paused,) = await timers_of(tables, broken.id)
    assert paused.failures == 1


async def test_two_sweepers_at_once_perform_a_command_once(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    call, session_id = await start_that_dies(ports, cloud)
    clock.skip(46_000)
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    await asyncio.gather(*(sweep(watching) for _ in range(3)))
    assert performed.count("connect") == 1
    await until_state(ports, session_id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1


async def test_a_sweeper_that_dies_after_saving_leaves_the_command_to_the_next_lease(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    call, session_id = await start_that_dies(ports, cloud)
    for _ in range(2):
        clock.skip(46_000)
        with pytest.RaisesGroup(Crashed):
            await sweep(replace(ports, store=crash_after(ports.store, "save")))
    clock.skip(46_000)
    await sweep(ports)
    await until_state(ports, session_id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1


async def test_a_session_past_its_longest_time_leaves_its_call(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    session, _ = await sessions.start(replace(ports, longest_ms=600_000), group_call(group))
    await until_state(ports, session.id, State.ACTIVE)
    clock.skip(300_000)
    await sweep(ports)
    assert (await session_of(ports, session.id)).state is State.ACTIVE
    clock.skip(300_001)
    await sweep(ports)
    await until_state(ports, session.id, State.STOPPED)
    assert [one["state"] for one in await cloud.connections(call["simId"])] == ["disconnected"]


async def test_a_row_is_kept_for_a_save_that_relies_on_it_and_is_still_under_way(
    ports: SessionPorts, cloud: Cloud, tables: Tables, clock: Clock
) -> None:
    """A stop is saved while the sweep looks at its row, and its worker dies: another sweep carries it on."""
    clock.fixed = clock()
    due = clock() + 10_000
    session = transcribed(timer=due)
    stored = await ports.store.insert(session, entry_of(session))
    await ports.timers.put(Timer(due, session.id))
    under_way = decide(session, StopRequested(), clock())
    assert due_at(under_way.session) is not None
    clock.skip(10_020)
    await sweep(ports)
    await ports.store.save(stored, under_way.session, entry_of(under_way.session, "late"))
    clock.skip(45_000)
    await sweep(ports)
    assert (await session_of(ports, session.id)).revision > under_way.session.revision
