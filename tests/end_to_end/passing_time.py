"""Minutes that pass at once: what a session waits for is made overdue in its row, then a sweep is asked for."""

from collections.abc import Callable

from msgspec.structs import replace

from functions.adapters.tables.sessions import TableSessions
from functions.adapters.tables.timers import TableTimers
from functions.errors import RowChanged
from functions.lifecycle.events import TimePassed
from functions.lifecycle.journal import Occurrence, write_entry
from functions.lifecycle.session import Session as StoredSession
from functions.services.ports import Timer
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import Session

LONG_AGO = 1_600_000_000_000

type Change = Callable[[StoredSession], StoredSession]


async def let_time_pass(cloud: Cloud, session: Session, host: int = 0, change: Change | None = None) -> None:
    """Everything that the session waits for is overdue; one host sweeps, and comes to an end with it."""
    await change_row(cloud, session, change or overdue)
    await TableTimers(cloud.tables).put(Timer(LONG_AGO, session["id"]))
    plan = cloud.stack.plan
    url = f"{plan.own_urls[host]}/admin/functions/sweep_due_work"
    answer = await cloud.ask("POST", url, {}, {"x-functions-key": plan.master_key})
    assert answer.status == 202, answer.text
    await eventually(lambda: was_carried_out(cloud, session))


async def was_carried_out(cloud: Cloud, session: Session) -> bool:
    """Whether the timer is gone: it goes after its work is done."""
    return session["id"] not in [timer.session_id async for timer in TableTimers(cloud.tables).due(LONG_AGO)]


async def change_row(cloud: Cloud, session: Session, change: Change) -> None:
    """The session's row is changed; whoever saves meanwhile is waited for."""
    while True:
        found = await stored(cloud, session)
        late = change(found.session)
        happened = Occurrence("test", f"{found.etag}", TimePassed())
        try:
            await TableSessions(cloud.tables).save(found, late, write_entry(happened, late, LONG_AGO))
        except RowChanged:
            continue
        return


def overdue(session: StoredSession) -> StoredSession:
    """The session whose waiting is over: for answers, for its next try, for a look at who is there."""
    pending = tuple(replace(one, leased_until=LONG_AGO) for one in session.pending)
    return replace(
        session,
        pending=pending,
        deadline=session.deadline and LONG_AGO,
        retry_at=session.retry_at and LONG_AGO,
        count_people_at=session.count_people_at and LONG_AGO,
        erasure_due=session.erasure_due and LONG_AGO,
    )


def long_over(session: StoredSession) -> StoredSession:
    """The same, and the session ended long ago."""
    return replace(overdue(session), ended_at=session.ended_at and LONG_AGO)


def at_its_longest(session: StoredSession) -> StoredSession:
    """The same, and the session has lasted as long as it may."""
    return replace(overdue(session), must_end_at=LONG_AGO)
