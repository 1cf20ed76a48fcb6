"""Minutes that pass at once: what a session waits for is made overdue in its row, then a sweep is asked for."""

from msgspec.structs import replace

from functions.adapters.tables.sessions import TableSessions
from functions.adapters.tables.timers import TableTimers
from functions.errors import RowChanged
from functions.lifecycle.events import TimePassed
from functions.lifecycle.journal import Occurrence, write_entry
from functions.lifecycle.session import Session as StoredSession
from functions.services.ports import Stored, Timer
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.sessions import Session

LONG_AGO = 1_600_000_000_000


async def stored(cloud: Cloud, session: Session) -> Stored:
    """The session's row."""
    found = await TableSessions(cloud.tables).load(session["id"])
    assert found is not None
    return found


async def let_time_pass(cloud: Cloud, session: Session, host: int = 0) -> None:
    """Everything that the session waits for is overdue; one host sweeps, and comes to an end with it."""
    await make_overdue(cloud, session)
    await TableTimers(cloud.tables).put(Timer(LONG_AGO, session["id"]))
    plan = cloud.stack.plan
    url = f"{plan.own_urls[host]}/admin/functions/sweep_due_work"
    answer = await cloud.ask("POST", url, {}, {"x-functions-key": plan.master_key})
    assert answer.status == 202, answer.text
    await eventually(lambda: was_carried_out(cloud, session))


async def was_carried_out(cloud: Cloud, session: Session) -> bool:
    """Whether the timer is gone: it goes after its work is done."""
    return session["id"] not in [timer.session_id async for timer in TableTimers(cloud.tables).due(LONG_AGO)]


async def make_overdue(cloud: Cloud, session: Session) -> None:
    """Its leases have run out, its deadline is over; whoever saves meanwhile is waited for."""
    while True:
        found = await stored(cloud, session)
        late = overdue(found.session)
        happened = Occurrence("test", f"{found.etag}", TimePassed())
        try:
            await TableSessions(cloud.tables).save(found, late, write_entry(happened, late, LONG_AGO))
        except RowChanged:
            continue
        return


def overdue(session: StoredSession) -> StoredSession:
    """The session whose waiting is over."""
    pending = tuple(replace(one, leased_until=LONG_AGO) for one in session.pending)
    return replace(session, pending=pending, deadline=session.deadline and LONG_AGO)
