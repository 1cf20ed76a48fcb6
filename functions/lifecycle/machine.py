"""The state machine: the only place where a session changes.

`decide` folds an event into what is observed, then closes the gap between that and what is desired. So nothing
depends on the order of deliveries: a stop that comes too early stays desired until it can be carried out.
"""

from typing import NamedTuple

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.announcements import announce
from functions.lifecycle.commands import Command, Leave, Pending
from functions.lifecycle.events import Event
from functions.lifecycle.next_step import close_the_gap
from functions.lifecycle.observing import observe
from functions.lifecycle.pending import forget_moot_commands, is_to_be_tried_again, issue, renew
from functions.lifecycle.session import Connection, Session, StartRequest


class Decision(NamedTuple):
    """The session after an event, and what to perform once it is saved."""

    session: Session
    commands: tuple[Pending, ...] = ()


class Birth(NamedTuple):
    """What a new session cannot make itself: its id, its secrets, how long it may last (ms), and its circumstances.

    `idempotency_claim`, `announces` and `web_pubsub` are as in Session.
    """

    id: str
    ticket: str
    secret: str
    longest_ms: int
    idempotency_claim: str | None = None
    announces: bool = False
    web_pubsub: str = ""


def begin(request: StartRequest, birth: Birth, created_at: int, now: int) -> Decision:
    """A new session, which first of all gets into its call. `created_at` and `now` are ms since 1970.

    They differ where a session is made again from its claim: its id fixes when it was created.
    """
    session = Session(
        id=birth.id,
        request=request,
        created_at=created_at,
        must_end_at=created_at + birth.longest_ms,
        ticket=birth.ticket,
        secret=birth.secret,
        locale=request.locale,
        speakers=request.speakers,
        idempotency_claim=birth.idempotency_claim,
        announces=birth.announces,
        web_pubsub=birth.web_pubsub,
    )
    connecting, first = close_the_gap(session, now)
    issued, commands = issue(connecting, first, now)
    return Decision(replace(issued, revision=1), commands)


def decide(session: Session, event: Event, now: int) -> Decision:
    """What the event makes of the session, and the commands that follow. `now` is ms since 1970.

    A decision whose session is the one passed in changes nothing.
    """
    observed = forget_moot_commands(observe(event, session, now))
    stepped, commands = close_the_gap(observed, now)
    acted = forget_moot_commands(stepped)
    strays = leave_stray(event, session, acted)
    overdue = [pending for pending in acted.pending if is_to_be_tried_again(pending, now)]
    renewed = renew(acted, overdue, now)
    decided, issued = issue(renewed, [*commands, *strays, *announce(session, acted, now)], now)
    if decided == session:
        return Decision(session)
    late = {pending.id for pending in overdue}
    again = tuple(pending for pending in decided.pending if pending.id in late)
    return Decision(replace(decided, revision=session.revision + 1), again + issued)


def leave_stray(event: Event, before: Session, after: Session) -> list[Command]:
    """Leave a connection that nobody needs: a second one, or one that came after the session was out of its call."""
    if not isinstance(event, events.CallConnected | events.ConnectAnswered) or before.only_listens:
        return []
    leave = Leave(event.call_connection_id)
    gone = before.ended_at is not None and before.connection is Connection.GONE
    late = gone and isinstance(event, events.CallConnected)
    needed = event.call_connection_id == after.call_connection_id and not late
    leaving = any(pending.command == leave for pending in after.pending)
    return [] if needed or leaving else [leave]
