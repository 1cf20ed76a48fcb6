"""What happens to a session: load, decide, save, perform.

A save is one transaction of the new state, the journal's entry and the commands; what crosses partitions comes
before it and is harmless if the save never happens: the claim, the index row, the timer row.
"""

import asyncio
import logging
from collections.abc import Callable

from msgspec.structs import replace

from functions.errors import NotFound, RowChanged, RowExists, Unavailable, VerbatimError
from functions.lifecycle import events
from functions.lifecycle.commands import Announce, Pending
from functions.lifecycle.deadlines import due_at, rests_until
from functions.lifecycle.events import TimePassed
from functions.lifecycle.identity import is_ulid
from functions.lifecycle.journal import Occurrence, write_entry
from functions.lifecycle.machine import Decision, decide
from functions.lifecycle.pending import find
from functions.lifecycle.session import Connection, Session, State
from functions.lifecycle.silence import ended_without_words
from functions.lifecycle.view import looks_the_same, session_message
from functions.services.claims import holder_of, server_call_key
from functions.services.counts import Counts
from functions.services.performing import carry_out
from functions.services.ports import ANSWER_WITHIN_MS, SessionPorts, Stored, Timer, viewers_of

MOST_CONFLICTS = 20
SHORT_REST_MS = 3_000
"""A rest after a failure that is no longer than this is spent here: the sweep's period would be longer."""
COUNTED_STATES = {
    State.ACTIVE: "becameActive",
    State.INTERRUPTED: "interrupted",
    State.STOPPED: "stopped",
    State.FAILED: "failed",
}
LOG = logging.getLogger("verbatim.sessions")


async def load_any(ports: SessionPorts, session_id: str) -> Stored:
    """The session, or what is left of it after its erasure. Raises NotFound, Unavailable."""
    stored = await ports.store.load(session_id) if is_ulid(session_id) else None
    if stored is None:
        raise NotFound(f"There is no session {session_id[:64]!r}.")
    return stored


async def apply(
    ports: SessionPorts, session_id: str, happened: Occurrence, known: Stored | None = None
) -> Session:
    """The session after an event and all that follows from it. Raises NotFound, Unavailable."""
    return await apply_news(ports, session_id, lambda _: happened, known)


async def apply_news(
    ports: SessionPorts,
    session_id: str,
    understand: Callable[[Session], Occurrence],
    known: Stored | None = None,
) -> Session:
    """The same for news whose meaning depends on the session: it is understood anew whenever that has changed."""
    stored = known
    for _ in range(MOST_CONFLICTS):
        stored = stored or await load_any(ports, session_id)
        happened = await with_call(ports, stored.session, understand(stored.session))
        now = ports.clock()
        decision = decide(stored.session, happened.event, now)
        try:
            return await settle(ports, stored, decision, happened, now)
        except RowChanged:
            stored = None
        except RowExists:  # a repeat: what follows from it was decided the first time
            return (await load_any(ports, session_id)).session
    raise Unavailable("Too many things happen to this session at once.")


async def with_call(ports: SessionPorts, session: Session, happened: Occurrence) -> Occurrence:
    """The event with what else is known of the call that it reveals: who has it, and who is in it.

    Another live session that has the same call stays; then ours must leave.
    """
    event = happened.event
    if not isinstance(event, events.CallConnected | events.CallReported):
        return happened
    if event.server_call_id is None or session.connection is not Connection.CONNECTING:
        return happened
    now = ports.clock()
    holder = await holder_of(ports.claims, ports.store, session, event.server_call_id, now)
    names = await ports.names.of_call(server_call_key(event.server_call_id), now)
    return replace(happened, event=replace(event, held_by=holder, names=names))


async def settle(
    ports: SessionPorts, stored: Stored, decision: Decision, happened: Occurrence, now: int
) -> Session:
    """The decision saved and performed; one that changes nothing is only noted. Raises RowChanged, RowExists.

    The note bears the ETag too: what means nothing to this state may mean something to one that was saved meanwhile,
    such as who is in a call before the answer that names our connection.
    """
    entry = write_entry(happened, decision.session, now)
    if decision.session is not stored.session:
        session = await schedule(ports, decision.session)
        saved = await ports.store.save(stored, session, entry)
        count_change(ports.counts, stored.session, session)
        return await follow_up(ports, stored.session, saved, decision.commands)
    if not isinstance(happened.event, TimePassed) and stored.session.erased_at is None:
        await ports.store.note(stored, entry)
    return stored.session


async def schedule(ports: SessionPorts, session: Session) -> Session:
    """The session with a timer row that is not later than what it waits for; written before the session is."""
    due = due_at(session)
    if due is None or (session.timer is not None and ports.clock() < session.timer <= due):
        return session
    await ports.timers.put(Timer(due, session.id))
    return replace(session, timer=due)


def count_change(counts: Counts, before: Session, after: Session) -> None:
    """Count what somebody who watches the deployment wants to know of a change."""
    error = after.error or after.trouble
    is_new = after.failures > before.failures or error != (before.error or before.trouble)
    if error is not None and is_new:
        counts.count_failure(error.code, error.sub_code)
    if after.state is not before.state and after.state in COUNTED_STATES:
        counts.count(COUNTED_STATES[after.state])
    if ended_without_words(before, after):
        counts.count("withoutWords")


async def follow_up(
    ports: SessionPorts, before: Session | None, stored: Stored, commands: tuple[Pending, ...]
) -> Session:
    """The session after its viewers were told and its commands were performed."""
    if before is None or not looks_the_same(before, stored.session):
        await tell_viewers(ports, stored.session)
    session, known = stored.session, stored
    # A topic that hangs must not hold up a call.
    for number, pending in enumerate(sorted(commands, key=is_announcement)):
        if number:
            known = await load_any(ports, session.id)
        if is_outlasted(pending, ports.clock()) and find(known.session, pending.id) is not None:
            session = await perform(ports, known, pending)
    return await rest(ports, session)


def is_announcement(pending: Pending) -> bool:
    """Whether the command only tells others."""
    return isinstance(pending.command, Announce)


def is_outlasted(pending: Pending, now: int) -> bool:
    """Whether the command's lease outlasts its performance; if not, as those before took long, the sweep has it."""
    return now + ANSWER_WITHIN_MS <= pending.leased_until


async def tell_viewers(ports: SessionPorts, session: Session) -> None:
    """Tell those who watch; one who misses it learns it from the next read."""
    if session.erased_at is not None:
        return
    try:
        await viewers_of(session, ports.viewers).send(session.id, session_message(session))
    except VerbatimError as error:
        LOG.warning(
            "session %s: viewers were not told of revision %d: %s", session.id, session.revision, error
        )


async def perform(ports: SessionPorts, stored: Stored, pending: Pending) -> Session:
    """The session after a command was performed and its outcome was taken in."""
    outcome = await carry_out(ports, stored.session, pending)
    happened = Occurrence("command", f"{pending.id}-{pending.performed}", outcome)
    return await apply(ports, stored.session.id, happened, known=stored)


async def rest(ports: SessionPorts, session: Session) -> Session:
    """The session after its rest, if that is short or over by now; if we die in it, its timer row brings it back."""
    over_at = rests_until(session)
    if over_at is None:
        return session
    pause = over_at - ports.clock()
    if pause > SHORT_REST_MS:
        return session
    await asyncio.sleep(max(pause, 0) / 1000)
    happened = Occurrence("time", f"rest-{over_at}", TimePassed())
    return await apply(ports, session.id, happened)
