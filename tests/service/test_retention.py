"""Sessions that ended long enough ago are erased."""

from dataclasses import replace
from typing import Any

import azure.functions as func
import pytest
from msgspec import structs

from functions.lifecycle.session import Connection, Desired, Session
from functions.services.claims import keys_of
from functions.services.erasure import MS_PER_DAY, erase_old, forget_starts
from functions.services.ports import Claim, SessionPorts
from functions.settings import read_settings
from functions.triggers.timers import add_timers
from functions.wiring import Wiring
from tests.service.bed import (
    Crashed,
    Tables,
    crash_before,
    entry_of,
    new_session,
)
from tests.service.cloud import Cloud
from tests.service.test_wiring import close_viewers, settings_of
from tests.service.told import raw


async def old_session(ports: SessionPorts, days: float, **changed: Any) -> Session:
    """A session that ended so many days ago."""
    ended_at = ports.clock() - int(days * MS_PER_DAY)
    ended = {"ended_at": ended_at, "desired": Desired.STOPPED, "connection": Connection.GONE, "pending": ()}
    session = new_session(ended_at - 60_000, **ended | changed)
    await ports.store.list_newest(session)
    await ports.store.insert(session, entry_of(session))
    return session


async def is_erased(ports: SessionPorts, session: Session) -> bool:
    return (await raw(ports, session)).erased_at is not None


@pytest.fixture
async def nothing_old(ports: SessionPorts, cloud: Cloud) -> None:
    """No session of another test is old."""
    while await erase_old(ports, 1):
        pass


@pytest.mark.usefixtures("nothing_old")
async def test_sessions_that_ended_so_many_days_ago_are_erased_and_no_others(
    ports: SessionPorts, cloud: Cloud
) -> None:
    older, younger = await old_session(ports, 30.1), await old_session(ports, 29.9)
    running = await old_session(ports, 40, ended_at=None, desired=Desired.TRANSCRIBING)
    assert await erase_old(ports, 30) == 1
    assert [await is_erased(ports, one) for one in (older, younger, running)] == [True, False, False]
    assert await erase_old(ports, 30) == 0


@pytest.mark.usefixtures("nothing_old")
async def test_what_one_run_leaves_the_next_takes(
    ports: SessionPorts, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.services.erasure.MOST_AT_ONCE", 2)
    old = [await old_session(ports, 31 + number) for number in range(5)]
    assert [await erase_old(ports, 30) for _ in range(4)] == [2, 2, 1, 0]
    assert all([await is_erased(ports, one) for one in old])


@pytest.mark.usefixtures("nothing_old")
async def test_a_run_that_dies_is_taken_up_by_the_next(ports: SessionPorts, cloud: Cloud) -> None:
    old = [await old_session(ports, 31 + number) for number in range(3)]
    with pytest.raises(Crashed):
        await erase_old(replace(ports, store=crash_before(ports.store, "save", 3)), 30)
    await erase_old(ports, 30)
    assert all([await is_erased(ports, one) for one in old])


@pytest.mark.usefixtures("nothing_old")
async def test_a_row_of_the_list_whose_session_was_never_made_stops_no_run(
    ports: SessionPorts, cloud: Cloud
) -> None:
    ghost = new_session(ports.clock() - 31 * MS_PER_DAY)
    await ports.store.list_newest(ghost)
    old = await old_session(ports, 32)
    assert await erase_old(ports, 30) == 1
    assert await is_erased(ports, old)


@pytest.mark.usefixtures("nothing_old")
async def test_a_session_that_cannot_be_read_keeps_no_other_from_being_erased(
    ports: SessionPorts, tables: Tables, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    broken, old = await old_session(ports, 31), await old_session(ports, 32)
    row = await tables.sessions.sessions.get_entity(broken.id, "session")
    await tables.sessions.sessions.update_entity(row | {"doc": "not a session"})
    try:
        await erase_old(ports, 30)
        assert await is_erased(ports, old)
        assert broken.id in caplog.text
    finally:
        await tables.sessions.erase_traces(broken)


@pytest.mark.usefixtures("nothing_old")
async def test_what_a_start_left_whose_session_was_never_made_is_forgotten(
    ports: SessionPorts, cloud: Cloud
) -> None:
    ghost, key = await unborn(ports, 31)
    await erase_old(ports, 30)
    await assert_forgotten(ports, ghost, key)


# --- what starts left that died before they made their session, where nothing has a retention


async def unborn(ports: SessionPorts, days: float) -> tuple[Session, str]:
    """What a start left whose session was never made, so many days ago: its claim's key too."""
    ghost = new_session(ports.clock() - int(days * MS_PER_DAY))
    (key,) = keys_of(ghost)
    named = structs.replace(ghost.request, speakers={"8:acs:ada": "Ada"})
    await ports.claims.take(key, Claim(ghost.id, named, ghost.created_at))
    await ports.store.list_newest(ghost, [key])
    return ghost, key


async def is_listed(ports: SessionPorts, session: Session) -> bool:
    return session.id in [row.session_id async for row in ports.store.created_before(ports.clock())]


async def assert_forgotten(ports: SessionPorts, ghost: Session, key: str) -> None:
    assert await ports.claims.read(key) is None
    assert not await is_listed(ports, ghost)


async def test_a_start_that_never_made_its_session_is_forgotten_after_a_day(
    ports: SessionPorts, cloud: Cloud
) -> None:
    await forget_starts(ports)  # those of other tests
    younger, younger_key = await unborn(ports, 0.9)
    for days in (1.1, 1.9):
        ghost, key = await unborn(ports, days)
        assert await forget_starts(ports) == 1
        await assert_forgotten(ports, ghost, key)
    assert await ports.claims.read(younger_key) is not None
    assert await is_listed(ports, younger)


async def test_a_session_that_was_made_keeps_its_claim_though_its_start_was_long_ago(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, key = await unborn(ports, 1.5)
    await ports.store.insert(session, entry_of(session))
    await forget_starts(ports)
    assert await ports.claims.read(key) is not None
    assert await is_listed(ports, session)


async def test_a_claim_that_another_session_has_taken_over_stays(ports: SessionPorts, cloud: Cloud) -> None:
    ghost, key = await unborn(ports, 1.5)
    found = await ports.claims.read(key)
    assert found is not None
    taken = await ports.claims.replace(key, found, Claim(new_session().id, ghost.request, ports.clock()))
    await forget_starts(ports)
    assert await ports.claims.read(key) == taken
    assert not await is_listed(ports, ghost)


async def test_a_session_that_cannot_be_read_is_none_that_was_never_made(
    ports: SessionPorts, tables: Tables, cloud: Cloud
) -> None:
    broken, broken_key = await unborn(ports, 1.2)
    await tables.sessions.sessions.create_entity(
        {"PartitionKey": broken.id, "RowKey": "session", "doc": "not a session"}
    )
    ghost, key = await unborn(ports, 1.3)
    try:
        await forget_starts(ports)
        await assert_forgotten(ports, ghost, key)
        assert await ports.claims.read(broken_key) is not None
        assert await is_listed(ports, broken)
    finally:
        await tables.sessions.erase_traces(broken)


async def test_the_timer_forgets_such_starts_also_where_sessions_are_kept_for_ever(
    ports: SessionPorts, azurite: str, cloud: Cloud
) -> None:
    ghost, key = await unborn(ports, 1.5)
    wiring = Wiring(read_settings(settings_of(azurite, cloud)))
    assert wiring.settings.retention_days == 0
    try:
        await run_timer(wiring, "erase_old_sessions")
    finally:
        await wiring.tables.close()
        await close_viewers(wiring)
    await assert_forgotten(ports, ghost, key)


async def run_timer(wiring: Wiring, name: str) -> None:
    """What the host runs when the timer of that name is due."""
    app = func.FunctionApp()
    timers = func.Blueprint()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    add_timers(timers, wiring)
    app.register_functions(timers)
    (timer,) = [one for one in app.get_functions() if one.get_function_name() == name]
    await timer.get_user_function()(None)
