"""Sessions: load, decide, save, perform.

A save is one transaction of the new state, the journal's entry and the commands; what crosses partitions comes
before it and is harmless if the save never happens: the claim, the index row, the timer row.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from functions.errors import (
    CallRefused,
    Conflict,
    NotFound,
    RowChanged,
    RowExists,
    Unavailable,
    VerbatimError,
)
from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    Connect,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.events import Event, Outcome, TimePassed
from functions.lifecycle.identity import is_ulid, ulid, ulid_time
from functions.lifecycle.journal import Occurrence, write_entry
from functions.lifecycle.machine import Birth, Decision, begin, decide
from functions.lifecycle.session import Desired, Session, StartRequest
from functions.lifecycle.view import looks_the_same, session_message
from functions.services.claims import call_key, holder_of, is_alive, take_call
from functions.services.ports import (
    ANSWER_WITHIN_MS,
    Calls,
    Claim,
    Claims,
    Clock,
    SessionStore,
    Stored,
    Timer,
    Timers,
    Viewers,
)

MOST_CONFLICTS = 20
LOG = logging.getLogger("verbatim.sessions")


@dataclass(frozen=True)
class SessionPorts:
    """What the sessions' service works with.

    `calls` gives the calls' side when a command needs it, so that the frame path never imports the call SDK.
    `chance` gives that many random bytes; `longest_ms` is how long a session may last.
    """

    store: SessionStore
    claims: Claims
    timers: Timers
    calls: Callable[[], Calls]
    viewers: Viewers
    clock: Clock
    chance: Callable[[int], bytes]
    longest_ms: int


# --- what users ask for


async def start(ports: SessionPorts, request: StartRequest) -> tuple[Session, bool]:
    """The session that transcribes the call, and whether this request set something in motion.

    One call has one session: a start of a call that is transcribed already gets the session that does it.
    Raises Conflict while that session is on its way out after a failure, Unavailable.
    """
    now = ports.clock()
    mine = Claim(ulid(now, ports.chance(10)), request, now)
    for _ in range(MOST_CONFLICTS):
        held = partial(is_alive, ports.store, now)
        claim = await take_call(ports.claims, call_key(request.call), mine, held)
        stored = await ports.store.load(claim.session_id)
        if stored is not None:
            session, moved = await want_again(ports, stored)
            if session.ended_at is None:
                return session, moved
            continue  # it ended just now; its claim is free
        try:
            return await create(ports, claim), True
        except RowExists:
            continue
    raise Unavailable("Many starts of this call collide.")


async def create(ports: SessionPorts, claim: Claim) -> Session:
    """A session under the claim's id. Raises RowExists if another invocation was faster."""
    secrets = Birth(claim.session_id, ports.chance(32).hex(), ports.chance(32).hex(), ports.longest_ms)
    decision = begin(claim.request, secrets, ulid_time(claim.session_id), ports.clock())
    await ports.store.list_newest(decision.session)
    session = await schedule(ports, decision.session)
    happened = Occurrence("api", claim.session_id, events.StartRequested())
    stored = await ports.store.insert(session, write_entry(happened, session, ports.clock()))
    return await follow_up(ports, None, stored, decision.commands)


async def want_again(ports: SessionPorts, stored: Stored) -> tuple[Session, bool]:
    """The session that has the call, told that it is wanted; false if it was going on anyhow. Raises Conflict."""
    if stored.session.desired is Desired.TRANSCRIBING:
        return stored.session, False
    happened = Occurrence("api", ports.chance(16).hex(), events.StartRequested())
    session = await apply(ports, stored.session.id, happened)
    if session.desired is Desired.STOPPED and session.ended_at is None:
        raise Conflict(
            f"The session {session.id} of this call is about to end and cannot go on.",
            remedy="Start again in a few seconds, when it has left the call.",
        )
    return session, True


async def stop(ports: SessionPorts, session_id: str) -> tuple[Session, bool]:
    """The session on its way to its end; false if there was nothing left to do. Raises NotFound."""
    stored = await load(ports, session_id)
    if stored.session.desired is Desired.STOPPED:
        return stored.session, False
    happened = Occurrence("api", ports.chance(16).hex(), events.StopRequested())
    return await apply(ports, session_id, happened), True


async def load(ports: SessionPorts, session_id: str) -> Stored:
    """The session. Raises NotFound."""
    stored = await ports.store.load(session_id) if is_ulid(session_id) else None
    if stored is None:
        raise NotFound(f"There is no session {session_id[:64]!r}.")
    return stored


# --- what happens to a session


async def apply(
    ports: SessionPorts, session_id: str, happened: Occurrence, known: Stored | None = None
) -> Session:
    """The session after an event and all that follows from it. Raises NotFound, Unavailable."""
    first = known or await load(ports, session_id)
    happened = await with_holder(ports, first.session, happened)
    stored: Stored | None = first
    for _ in range(MOST_CONFLICTS):
        stored = stored or await load(ports, session_id)
        now = ports.clock()
        decision = decide(stored.session, happened.event, now)
        try:
            return await settle(ports, stored, decision, happened, now)
        except RowChanged:
            stored = None
        except RowExists:  # a repeat: what follows from it was decided the first time
            return (await load(ports, session_id)).session
    raise Unavailable("Too many things happen to this session at once.")


async def settle(
    ports: SessionPorts, stored: Stored, decision: Decision, happened: Occurrence, now: int
) -> Session:
    """The decision saved and performed; one that changes nothing is only noted. Raises RowChanged, RowExists."""
    entry = write_entry(happened, decision.session, now)
    if decision.session is not stored.session:
        session = await schedule(ports, decision.session)
        saved = await ports.store.save(stored, session, entry)
        return await follow_up(ports, stored.session, saved, decision.commands)
    if not isinstance(happened.event, TimePassed):
        await ports.store.note(stored.session.id, entry)
    return stored.session


async def schedule(ports: SessionPorts, session: Session) -> Session:
    """The session with a timer row that is not later than what it waits for; written before the session is."""
    due = session.due_at
    if due is None or (session.timer is not None and ports.clock() < session.timer <= due):
        return session
    await ports.timers.put(Timer(due, session.id))
    return replace(session, timer=due)


async def follow_up(
    ports: SessionPorts, before: Session | None, stored: Stored, commands: tuple[Pending, ...]
) -> Session:
    """The session after its viewers were told and its commands were performed."""
    if before is None or not looks_the_same(before, stored.session):
        await tell_viewers(ports, stored.session)
    session = stored.session
    for pending in commands:
        if is_outlasted(pending, ports.clock()):
            session = await perform(ports, stored, pending)
    return session


def is_outlasted(pending: Pending, now: int) -> bool:
    """Whether the command's lease outlasts its performance; if not, as those before took long, the sweep has it."""
    return now + ANSWER_WITHIN_MS <= pending.leased_until


async def tell_viewers(ports: SessionPorts, session: Session) -> None:
    """Tell those who watch; one who misses it learns it from the next read."""
    try:
        await ports.viewers.send(session.id, session_message(session))
    except VerbatimError as error:
        LOG.warning(
            "session %s: viewers were not told of revision %d: %s", session.id, session.revision, error
        )


async def perform(ports: SessionPorts, stored: Stored, pending: Pending) -> Session:
    """The session after a command was performed and its outcome was taken in."""
    outcome = await carry_out(ports, stored.session, pending)
    happened = Occurrence("command", f"{pending.id}-{pending.performed}", outcome)
    return await apply(ports, stored.session.id, happened, known=stored)


async def carry_out(ports: SessionPorts, session: Session, pending: Pending) -> Event:
    """What came of the command, as an event."""
    try:
        return await call_out(ports.calls(), session, pending)
    except CallRefused as refused:
        return events.CommandRefused(pending.id, Outcome(refused.code, refused.sub_code, str(refused)))
    except Unavailable as error:
        LOG.warning("session %s: %s has no answer: %s", session.id, type(pending.command).__name__, error)
        return events.CommandUnanswered(pending.id, str(error))


async def call_out(calls: Calls, session: Session, pending: Pending) -> Event:
    """Perform the command at ACS."""
    match pending.command:
        case Connect():
            return await calls.connect(session, pending)
        case StartTranscription(connection):
            await calls.start_transcription(session, connection)
        case StopTranscription(connection):
            await calls.stop_transcription(session, connection)
        case Leave(connection):
            await calls.leave(connection)
        case AskCall(connection):
            return await calls.ask(pending.id, connection)
    return events.CommandAccepted(pending.id)


async def with_holder(ports: SessionPorts, session: Session, happened: Occurrence) -> Occurrence:
    """The event with the other live session that has the same call, if it reveals one: then ours must leave."""
    event = happened.event
    if not isinstance(event, events.CallConnected | events.CallReported):
        return happened
    if event.server_call_id is None or session.ended_at is not None:
        return happened
    holder = await holder_of(ports.claims, ports.store, session, event.server_call_id, ports.clock())
    return Occurrence(happened.source, happened.id, replace(event, held_by=holder))
