"""A journal is read page by page, each entry once."""

import pytest
from msgspec.structs import replace

from functions.lifecycle.journal import PLACE
from functions.services.ports import SessionPorts, Stored
from functions.services.session_journal import read_journal
from tests.service.bed import Tables, entry_of, new_session

MOMENTS = (50, 20, 20, 40, 30, 20)


async def noted(tables: Tables) -> Stored:
    """A session with a journal of seven entries."""
    session = new_session(10)
    stored = await tables.sessions.insert(session, entry_of(session))
    for number, at in enumerate(MOMENTS):
        entry = entry_of(replace(session, revision=number // 2), f"event {number}", at)
        stored = await tables.sessions.note(stored, entry)
    return stored


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
async def test_pages_hold_every_entry_once_and_in_order(limit: int, tables: Tables) -> None:
    session_id = (await noted(tables)).session.id
    page = await read_journal(tables.sessions, session_id, "", limit)
    pages = [page]
    while page.next is not None:
        assert PLACE.fullmatch(page.next)
        page = await read_journal(tables.sessions, session_id, page.next, limit)
        pages.append(page)
    assert [entry for page in pages for entry in page.entries] == await tables.sessions.journal(session_id)
    assert all(len(page.entries) == limit for page in pages[:-1])
    assert pages[-1].entries


async def test_what_happens_between_two_pages_is_on_the_second(tables: Tables) -> None:
    stored = await noted(tables)
    first = await read_journal(tables.sessions, stored.session.id, "", 6)
    assert first.next is not None
    late = entry_of(stored.session, "late", at=60)
    await tables.sessions.note(stored, late)
    second = await read_journal(tables.sessions, stored.session.id, first.next, 6)
    assert second.entries[-1] == late
    assert second.next is None


async def test_a_session_without_a_journal_has_one_empty_page(ports: SessionPorts) -> None:
    page = await read_journal(ports.store, new_session().id, "", 5)
    assert (page.entries, page.next) == ([], None)
