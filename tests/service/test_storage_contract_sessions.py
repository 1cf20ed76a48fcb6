"""What the services may expect of SessionStore, from Table Storage and from the simulation's store alike."""

import asyncio
from collections.abc import Iterable
from random import Random

import pytest
from msgspec.structs import replace

from functions.errors import RowChanged, RowExists
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session
from functions.services.ports import Listed, SessionStore, Stored
from tests.service.bed import Tables, all_of, entry_of, new_session
from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import Rows, SimulatedSessions


def simulated() -> SessionStore:
    calm = Mishaps(Random(1), calm=True)
    return SimulatedSessions(Rows(calm), Rows(calm))


@pytest.fixture(params=["tables", "simulation"])
def store(request: pytest.FixtureRequest, tables: Tables) -> SessionStore:
    return tables.sessions if request.param == "tables" else simulated()


async def inserted(store: SessionStore, session: Session | None = None) -> Stored:
    given = session or new_session()
    return await store.insert(given, entry_of(given))


async def keys(store: SessionStore, session: Session) -> set[str]:
    return {entry.key for entry in await store.journal(session.id)}


# --- a session and its journal


async def test_a_session_is_there_once_it_was_inserted_and_not_before(store: SessionStore) -> None:
    session = new_session(names={"8:acs:ada": "Ada"})
    assert await store.load(session.id) is None
    assert await store.journal(session.id) == []
    stored = await inserted(store, session)
    assert stored.session == session
    assert await store.load(session.id) == stored
    assert await store.journal(session.id) == [entry_of(session)]


async def test_what_a_save_gives_back_is_what_a_load_finds_and_the_next_save_needs(
    store: SessionStore,
) -> None:
    stored = await inserted(store)
    for revision in (2, 3, 4):
        changed = replace(stored.session, revision=revision)
        stored = await store.save(stored, changed, entry_of(changed, f"event {revision}"))
        assert stored.session == changed
        assert await store.load(changed.id) == stored
    assert len(await store.journal(stored.session.id)) == 4


async def test_a_second_insert_changes_nothing_and_keeps_no_entry(store: SessionStore) -> None:
    stored = await inserted(store)
    other = replace(stored.session, revision=9)
    with pytest.raises(RowExists):
        await store.insert(other, entry_of(other, "second"))
    assert await store.load(other.id) == stored
    assert await keys(store, other) == {entry_of(other).key}


async def test_a_save_upon_an_older_state_changes_nothing_and_keeps_no_entry(store: SessionStore) -> None:
    before = await inserted(store)
    after = await store.save(before, before.session, entry_of(before.session, "the same again"))
    late = replace(before.session, revision=7)
    with pytest.raises(RowChanged):
        await store.save(before, late, entry_of(late, "late"))
    assert await store.load(late.id) == after
    assert entry_of(late, "late").key not in await keys(store, late)


async def test_a_save_whose_entry_is_there_changes_nothing(store: SessionStore) -> None:
    stored = await inserted(store)
    changed = replace(stored.session, revision=2)
    with pytest.raises(RowExists):
        await store.save(stored, changed, entry_of(changed))
    assert await store.load(changed.id) == stored
    await store.save(stored, changed, entry_of(changed, "another"))


async def test_a_save_upon_an_older_state_is_a_conflict_also_if_its_entry_is_there(
    store: SessionStore,
) -> None:
    before = await inserted(store)
    await store.save(before, before.session, entry_of(before.session, "second"))
    with pytest.raises(RowChanged):
        await store.save(before, before.session, entry_of(before.session))


async def test_a_save_of_a_session_that_is_not_there_is_a_conflict(store: SessionStore) -> None:
    stored, missing = await inserted(store), new_session()
    with pytest.raises(RowChanged):
        await store.save(stored, missing, entry_of(missing))
    assert await store.load(missing.id) is None
    assert await store.journal(missing.id) == []


async def test_of_many_savers_at_once_one_wins_and_only_its_entry_is_kept(store: SessionStore) -> None:
    stored = await inserted(store)
    outcomes = await asyncio.gather(
        *(store.save(stored, stored.session, entry_of(stored.session, f"{one}")) for one in range(5)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["RowChanged"] * 4, "Stored"]
    assert len(await store.journal(stored.session.id)) == 2


async def test_a_note_is_kept_once_and_leaves_the_session_as_it_is(store: SessionStore) -> None:
    stored = await inserted(store, new_session(names={"8:acs:ada": "Ada"}))
    session, noted = stored.session, entry_of(stored.session, "noted")
    after = await store.note(stored, noted)
    with pytest.raises(RowExists):
        await store.note(after, noted)
    assert after.session == session
    assert await store.load(session.id) == after
    assert await keys(store, session) == {entry_of(session).key, noted.key}
    await store.save(after, session, entry_of(session, "after the note"))


async def test_a_note_upon_an_older_state_is_a_conflict_and_is_not_kept(store: SessionStore) -> None:
    before = await inserted(store)
    after = await store.save(before, before.session, entry_of(before.session, "faster"))
    for late in (entry_of(before.session, "late"), entry_of(before.session)):  # one is there already
        with pytest.raises(RowChanged):
            await store.note(before, late)
    assert await store.load(before.session.id) == after
    assert len(await store.journal(before.session.id)) == 2


async def test_a_save_upon_a_state_from_before_a_note_is_a_conflict(store: SessionStore) -> None:
    before = await inserted(store)
    await store.note(before, entry_of(before.session, "noted"))
    with pytest.raises(RowChanged):
        await store.save(before, before.session, entry_of(before.session, "late"))


async def test_a_note_upon_a_session_that_is_not_there_is_a_conflict(store: SessionStore) -> None:
    stored, missing = await inserted(store), new_session()
    with pytest.raises(RowChanged):
        await store.note(Stored(missing, stored.etag), entry_of(missing))
    assert await store.load(missing.id) is None
    assert await store.journal(missing.id) == []


async def noted(store: SessionStore, session: Session, entries: Iterable[Entry]) -> list[Entry]:
    """The journal of a session that was made and then had these entries noted, without that of its making."""
    stored = await inserted(store, session)
    for entry in entries:
        stored = await store.note(stored, entry)
    made = entry_of(session)
    return [entry for entry in await store.journal(session.id) if entry != made]


async def test_a_journal_is_told_by_time_and_within_a_moment_by_revision(store: SessionStore) -> None:
    session = new_session()
    moments = [(30, 1), (10, 3), (10, 1), (20, 9), (10, 2), (20, 8)]
    entries = [entry_of(replace(session, revision=n), f"{at}/{n}", at) for at, n in moments]
    told = await noted(store, session, entries)
    assert [(entry.at, entry.revision) for entry in told] == sorted(moments)


async def test_a_journal_goes_on_behind_the_place_of_any_entry(store: SessionStore) -> None:
    session = new_session()
    moments = (10, 30, 20, 20, 40)  # two of them the same, with the same revision
    await noted(store, session, [entry_of(session, f"{one}", at) for one, at in enumerate(moments)])
    whole = await store.journal(session.id)
    for place, entry in enumerate(whole):
        behind = whole[place + 1 :]
        assert await store.journal(session.id, entry.place) == behind
        for most in (1, 2, 5):
            assert await store.journal(session.id, entry.place, most) == behind[:most]
    assert await store.journal(session.id, most=2) == whole[:2]


async def test_a_place_is_one_of_its_journal_also_once_its_entry_is_gone(store: SessionStore) -> None:
    session = new_session(20)
    old, gone, new = (entry_of(session, f"event {at}", at) for at in (10, 30, 40))
    await noted(store, session, [old, new])
    assert await store.journal(session.id, gone.place) == [new]


async def test_a_journal_holds_no_other_sessions_entries(store: SessionStore) -> None:
    mine, other = new_session(), new_session()
    await inserted(store, other)
    assert await store.journal(mine.id) == []
    await inserted(store, mine)
    assert await store.journal(mine.id) == [entry_of(mine)]


# --- the index


async def listed(store: SessionStore, made: list[Session], after: str | None = None) -> list[tuple[str, str]]:
    """The rows of these sessions: those of other tests may be among them."""
    known = {session.id for session in made}
    rows = await all_of(store.newest(after))
    return [(row.key, row.session_id) for row in rows if row.session_id in known]


async def test_the_index_is_newest_first_and_a_repeat_adds_no_row(store: SessionStore) -> None:
    moment = 1_700_000_000_000
    made = [new_session(moment + age) for age in (5, 1, 900, 3)]
    for session in [*made, made[1], made[0]]:
        await store.list_newest(session)
    newest = sorted(made, key=lambda session: -session.created_at)
    assert [session_id for _, session_id in await listed(store, made)] == [session.id for session in newest]


async def test_sessions_of_the_same_moment_are_all_listed(store: SessionStore) -> None:
    made = [new_session(1_700_000_000_500) for _ in range(3)]
    for session in made:
        await store.list_newest(session)
    assert [session_id for _, session_id in await listed(store, made)] == sorted(
        session.id for session in made
    )


async def test_the_index_goes_on_behind_any_key_also_when_newer_rows_have_come(store: SessionStore) -> None:
    made = [new_session(1_700_000_001_000 + age) for age in range(4)]
    for session in made:
        await store.list_newest(session)
    rows = await listed(store, made)
    made.append(new_session(1_700_000_002_000))
    await store.list_newest(made[-1])
    for place, (key, _) in enumerate(rows):
        assert await listed(store, made, key) == rows[place + 1 :]


async def test_created_before_a_moment_are_the_older_ones_newest_first(store: SessionStore) -> None:
    moment = 1_700_000_003_000
    made = {age: new_session(moment + age) for age in (-2, 1, -3_600_000, 0, -1)}
    for session in made.values():
        await store.list_newest(session)
    known = {session.id: age for age, session in made.items()}
    older = [known.get(row.session_id) for row in await all_of(store.created_before(moment))]
    assert [age for age in older if age is not None] == [-1, -2, -3_600_000]


async def test_keys_of_older_sessions_are_those_of_the_whole_index(store: SessionStore) -> None:
    session = new_session(1_700_000_004_000)
    await store.list_newest(session)
    (row,) = [
        row for row in await all_of(store.created_before(1_700_000_004_001)) if row.session_id == session.id
    ]
    assert await listed(store, [session]) == [(row.key, session.id)]


async def row_of(store: SessionStore, session: Session) -> Listed:
    (row,) = [row for row in await all_of(store.newest(None)) if row.session_id == session.id]
    return row


async def test_a_row_of_the_index_holds_the_claims_that_were_given_last(store: SessionStore) -> None:
    session = new_session(1_700_000_005_000)
    for claims in ((), ("one",), ("one", "another"), ("one",), ()):
        await store.list_newest(session, claims)
        assert (await row_of(store, session)).claims == claims


async def test_a_row_that_was_unlisted_is_gone_and_no_other(store: SessionStore) -> None:
    mine, other = new_session(1_700_000_006_000), new_session(1_700_000_006_000)
    for session in (mine, other):
        await store.list_newest(session, ["claim"])
    row = await row_of(store, mine)
    await store.unlist(row)
    await store.unlist(row)
    assert [session_id for _, session_id in await listed(store, [mine, other])] == [other.id]
    await store.list_newest(mine, ["claim"])
    assert await row_of(store, mine) == row


# --- erasing


async def test_erased_traces_are_gone_and_the_session_and_all_others_stay(store: SessionStore) -> None:
    mine, other = await inserted(store), await inserted(store)
    for session in (mine.session, other.session):
        await store.list_newest(session)
    for number in range(12):
        mine = await store.note(mine, entry_of(mine.session, f"event {number}"))
    await store.erase_traces(mine.session)
    await store.erase_traces(mine.session)
    assert await store.journal(mine.session.id) == []
    assert await store.load(mine.session.id) == mine
    assert len(await store.journal(other.session.id)) == 1
    found = await listed(store, [mine.session, other.session])
    assert [session_id for _, session_id in found] == [other.session.id]


async def test_a_session_without_traces_can_be_erased(store: SessionStore) -> None:
    session = new_session()
    await store.erase_traces(session)
    assert await store.load(session.id) is None


async def test_what_happens_after_an_erasure_is_kept_until_the_next(store: SessionStore) -> None:
    stored = await inserted(store)
    await store.erase_traces(stored.session)
    saved = await store.save(stored, stored.session, entry_of(stored.session))
    assert await keys(store, saved.session) == {entry_of(saved.session).key}
    await store.erase_traces(saved.session)
    assert await store.journal(saved.session.id) == []
