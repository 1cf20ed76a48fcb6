"""Sessions, journals, index, claims and timers in a real table service."""

import pytest
from msgspec.structs import replace

from functions.errors import RowChanged, RowExists
from functions.lifecycle.session import CallLocator, Cause, LocatorKind, SessionError, StartRequest
from functions.services.claims import call_key
from functions.services.ports import Claim, Timer
from tests.service.bed import Tables, all_of, entry_of, group_call, new_session, timers_of

LONG = "𝄞 слово كلمة" * 3_000
SERVER_CALL = "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC8/conv=="


async def test_a_session_comes_back_as_it_was_saved(tables: Tables) -> None:
    request = StartRequest(
        call=CallLocator(LocatorKind.SERVER_CALL, SERVER_CALL),
        locale="ar-EG",
        speakers={f"8:acs:{number}": "Ада 𝄞" for number in range(500)},
        tag=LONG,
    )
    error = SessionError(500, 9999, LONG, "remedy", retryable=True)
    session = new_session(request=request, error=error, cause=Cause.ERROR, server_call_id=SERVER_CALL)
    await tables.sessions.insert(session, entry_of(session))
    stored = await tables.sessions.load(session.id)
    assert stored is not None
    assert stored.session == session


async def test_a_session_that_shrinks_leaves_no_old_pieces(tables: Tables) -> None:
    session = new_session()
    long = replace(session, request=replace(session.request, tag=LONG))
    first = await tables.sessions.insert(long, entry_of(long))
    await tables.sessions.save(first, session, entry_of(session, "second"))
    stored = await tables.sessions.load(session.id)
    assert stored is not None
    assert stored.session == session


async def test_only_the_first_of_two_savers_wins_and_the_losers_entry_is_not_kept(tables: Tables) -> None:
    session = new_session()
    stored = await tables.sessions.insert(session, entry_of(session))
    mine = replace(session, revision=2)
    after = await tables.sessions.save(stored, mine, entry_of(mine, "mine"))
    with pytest.raises(RowChanged):
        await tables.sessions.save(stored, replace(session, revision=3), entry_of(session, "theirs"))
    assert [entry.key for entry in await tables.sessions.journal(session.id)] == [
        entry_of(session).key,
        entry_of(session, "mine").key,
    ]
    with pytest.raises(RowExists):
        await tables.sessions.save(after, replace(mine, revision=3), entry_of(mine, "mine"))
    again = await tables.sessions.load(session.id)
    assert again is not None
    assert again.session.revision == 2


async def test_a_session_that_was_never_made_is_none(tables: Tables) -> None:
    assert await tables.sessions.load(new_session().id) is None
    assert await tables.sessions.journal(new_session().id) == []


async def test_a_journal_is_told_oldest_first(tables: Tables) -> None:
    session = new_session()
    stored = await tables.sessions.insert(session, entry_of(session, "a"))
    for number, at in enumerate([30, 10, 20]):
        later = replace(session, revision=2 + number)
        noted = entry_of(later, f"event {at}", session.created_at + at)
        stored = await tables.sessions.note(stored, noted)
    ages = [entry.at - session.created_at for entry in await tables.sessions.journal(session.id)]
    assert ages == [0, 10, 20, 30]


async def test_the_index_is_newest_first_and_goes_on_behind_a_key(tables: Tables) -> None:
    made = [new_session(9_000_000_000_000 + age) for age in (5, 1, 3)]  # newer than any other test's
    for session in [*made, made[0]]:
        await tables.sessions.list_newest(session)
    newest = []
    async for row in tables.sessions.newest(None):
        newest.append(row)
        if len(newest) == 3:
            break
    assert [row.session_id for row in newest] == [made[0].id, made[2].id, made[1].id]
    behind = await all_of(tables.sessions.newest(newest[0].key))
    assert [row.session_id for row in behind[:2]] == [made[2].id, made[1].id]


async def test_only_older_sessions_are_created_before_a_moment(tables: Tables) -> None:
    moment = 1_000_000_000_000  # older than any other test's
    made = [new_session(moment + age) for age in (-2, -1, 0, 1)]
    for session in made:
        await tables.sessions.list_newest(session)
    older = [row.session_id for row in await all_of(tables.sessions.created_before(moment))]
    assert older == [made[1].id, made[0].id]


async def test_an_erased_session_leaves_its_row_and_no_traces(tables: Tables) -> None:
    mine, other = new_session(), new_session()
    noted = await tables.sessions.insert(mine, entry_of(mine))
    await tables.sessions.insert(other, entry_of(other))
    for session in (mine, other):
        await tables.sessions.list_newest(session)
    for number in range(105):
        noted = await tables.sessions.note(noted, entry_of(mine, f"event {number}"))
    await tables.sessions.erase_traces(mine)
    await tables.sessions.erase_traces(mine)
    assert await tables.sessions.journal(mine.id) == []
    stored = await tables.sessions.load(mine.id)
    assert stored is not None
    assert stored.session == mine
    listed = {row.session_id for row in await all_of(tables.sessions.newest(None))}
    assert {mine.id, other.id} & listed == {other.id}
    assert len(await tables.sessions.journal(other.id)) == 1


async def test_a_claim_is_taken_once_and_changes_hands_by_its_etag(tables: Tables) -> None:
    call = CallLocator(LocatorKind.SERVER_CALL, SERVER_CALL + new_session().id)
    key = call_key(call)
    mine = Claim(new_session().id, StartRequest(call=call, locale="en-US", tag=LONG), 7)
    theirs = Claim(new_session().id, group_call(), 8)
    assert await tables.claims.read(key) is None
    taken = await tables.claims.take(key, mine)
    with pytest.raises(RowExists):
        await tables.claims.take(key, theirs)
    assert await tables.claims.read(key) == taken
    given = await tables.claims.replace(key, taken, theirs)
    with pytest.raises(RowChanged):
        await tables.claims.replace(key, taken, mine)
    assert await tables.claims.read(key) == given
    assert given.claim == theirs


async def test_only_the_claim_that_was_read_is_removed(tables: Tables) -> None:
    key = call_key(CallLocator(LocatorKind.SERVER_CALL, SERVER_CALL + new_session().id))
    taken = await tables.claims.take(key, Claim(new_session().id, group_call(), 7))
    given = await tables.claims.replace(key, taken, Claim(new_session().id, group_call(), 8))
    with pytest.raises(RowChanged):
        await tables.claims.remove(key, taken)
    assert await tables.claims.read(key) == given
    await tables.claims.remove(key, given)
    await tables.claims.remove(key, given)
    assert await tables.claims.read(key) is None


def test_the_same_text_as_group_server_call_and_room_is_three_calls() -> None:
    keys = {call_key(CallLocator(kind, "same/text")) for kind in LocatorKind}
    assert len(keys) == 3
    assert not set("/\\#?") & set("".join(keys))


async def test_only_timers_that_are_due_are_found_earliest_first(tables: Tables) -> None:
    session = new_session()
    for due in (30, 10, 20, 31):
        await tables.timers.put(Timer(due, session.id))
    due_now = [timer for timer in await all_of(tables.timers.due(30)) if timer.session_id == session.id]
    assert [timer.due for timer in due_now] == [10, 20, 30]


async def test_a_timer_keeps_its_failures_and_its_pause(tables: Tables) -> None:
    timer = Timer(10, new_session().id)
    await tables.timers.put(timer)
    await tables.timers.put(replace(timer, failures=3, not_before=1_790_000_000_000))
    assert await timers_of(tables, timer.session_id) == [
        Timer(10, timer.session_id, failures=3, not_before=1_790_000_000_000)
    ]
