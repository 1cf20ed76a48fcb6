"""Sessions that ended long enough ago are erased."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from functions.lifecycle.session import Connection, Desired, Session
from functions.services.claims import keys_of
from functions.services.erasure import MS_PER_DAY, erase_old
from functions.services.ports import Claim, SessionPorts
from tests.service.bed import (
    Crashed,
    Tables,
    crash_before,
    entry_of,
    new_session,
)
from tests.service.cloud import Cloud
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
    ghost = new_session(ports.clock() - 31 * MS_PER_DAY)
    (key,) = keys_of(ghost)
    named = structs.replace(ghost.request, speakers={"8:acs:ada": "Ada"})
    await ports.claims.take(key, Claim(ghost.id, named, ghost.created_at))
    await ports.store.list_newest(ghost, [key])
    await erase_old(ports, 30)
    assert await ports.claims.read(key) is None
    assert ghost.id not in [row.session_id async for row in ports.store.created_before(ports.clock())]
