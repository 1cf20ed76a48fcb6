"""What the services may expect of Timers, from Table Storage and from the simulation's store alike."""

from random import Random

import pytest
from msgspec.structs import replace

from functions.services.ports import Timer, Timers
from tests.service.bed import Tables, all_of, new_session
from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import Rows, SimulatedTimers

NOON = 1_600_000_000_000


def simulated() -> Timers:
    return SimulatedTimers(Rows(Mishaps(Random(1), calm=True)))


@pytest.fixture(params=["tables", "simulation"])
def timers(request: pytest.FixtureRequest, tables: Tables) -> Timers:
    return tables.timers if request.param == "tables" else simulated()


async def due(timers: Timers, now: int, *sessions: str) -> list[Timer]:
    """The due rows of these sessions: those of other tests may be among them."""
    return [timer for timer in await all_of(timers.due(now)) if timer.session_id in sessions]


async def test_what_is_due_by_now_is_found_to_the_millisecond(timers: Timers) -> None:
    session = new_session().id
    for moment in (NOON, NOON - 1, NOON + 1, 0, NOON - 86_400_000):
        await timers.put(Timer(moment, session))
    moments = [timer.due for timer in await due(timers, NOON, session)]
    assert moments == [0, NOON - 86_400_000, NOON - 1, NOON]
    assert [timer.due for timer in await due(timers, NOON + 1, session)] == [*moments, NOON + 1]
    assert await due(timers, 0, session) == [Timer(0, session)]


async def test_the_earliest_comes_first_whoever_wrote_first(timers: Timers) -> None:
    sessions = [new_session().id for _ in range(3)]
    rows = [Timer(NOON - age, session) for age in (3, 10, 7) for session in reversed(sessions)]
    for timer in rows:
        await timers.put(timer)
    found = await due(timers, NOON, *sessions)
    assert found == sorted(rows, key=lambda timer: (timer.due, timer.session_id))


async def test_a_session_has_one_row_for_a_moment_and_the_last_one_counts(timers: Timers) -> None:
    timer = Timer(NOON, new_session().id)
    for failures in (0, 0, 3, 1):
        written = replace(timer, failures=failures, not_before=NOON + failures)
        await timers.put(written)
        assert await due(timers, NOON, timer.session_id) == [written]
    await timers.put(timer)
    assert await due(timers, NOON, timer.session_id) == [timer]


async def test_a_timer_that_rests_is_found_all_the_same(timers: Timers) -> None:
    timer = Timer(NOON, new_session().id, failures=2, not_before=NOON + 1_000_000)
    await timers.put(timer)
    assert await due(timers, NOON, timer.session_id) == [timer]


async def test_a_removed_timer_is_gone_and_no_other(timers: Timers) -> None:
    mine, other = new_session().id, new_session().id
    for session in (mine, other):
        for moment in (NOON, NOON - 1):
            await timers.put(Timer(moment, session))
    await timers.remove(Timer(NOON, mine, failures=5, not_before=9))
    await timers.remove(Timer(NOON, mine))
    assert await due(timers, NOON, mine, other) == sorted(
        [Timer(NOON - 1, mine), Timer(NOON - 1, other), Timer(NOON, other)],
        key=lambda timer: (timer.due, timer.session_id),
    )


async def test_timers_may_be_removed_while_they_are_read(timers: Timers) -> None:
    session = new_session().id
    rows = [Timer(NOON + age, session) for age in range(5)]
    for timer in rows:
        await timers.put(timer)
    read = []
    async for timer in timers.due(NOON + 5):
        if timer.session_id == session:
            read.append(timer)
            await timers.remove(timer)
    assert read == rows
    assert await due(timers, NOON + 5, session) == []
