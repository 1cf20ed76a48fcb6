"""What happens to our connection and to its call, folded into the session."""

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.commands import CountPeople, Leave
from functions.lifecycle.deadlines import (
    ALONE_FOR_MS,
    CONNECT_WITHIN_MS,
    COUNT_AGAIN_MS,
    START_WITHIN_MS,
)
from functions.lifecycle.ends import depart, end, end_with_call, fail, lose_call, out_of_call
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import drop, find, without
from functions.lifecycle.result_codes import ENDED_BY_API, is_ordinary_end
from functions.lifecycle.session import Connection, Desired, IncomingCall, Session, Transcription
from functions.lifecycle.turns import confirm, connect_in_vain
from functions.lifecycle.wishes import with_names

TALKING = 2
"""So many people besides us make a conversation."""
ONLY_WE_WENT = frozenset({5000, 5300, 5317, 5855, ENDED_BY_API, 10550})
"""Ordinary ends of our connection after which the people may go on (Microsoft's call end codes)."""


def on_connect_answered(event: events.ConnectAnswered, session: Session, now: int) -> Session:
    """The connection has a name; it is not in the call yet."""
    answered = without(session, event.command)
    if (
        event.attempt != session.attempt
        or session.ended_at is not None
        or session.connection is Connection.GONE
    ):
        return answered
    if session.call_connection_id is not None:  # its CallConnected was faster, or it is one too many
        ours = event.call_connection_id == session.call_connection_id
        return replace(answered, own_id=event.own_id or session.own_id) if ours else answered
    return replace(
        answered,
        call_connection_id=event.call_connection_id,
        server_call_id=session.server_call_id or event.server_call_id,
        correlation_id=session.correlation_id or event.correlation_id,
        own_id=event.own_id,
        deadline=now + CONNECT_WITHIN_MS,
    )


def on_call_connected(event: events.CallConnected, session: Session, now: int) -> Session:
    """We are in the call, unless another session transcribes it already."""
    if session.ended_at is not None or not is_ours(event, session):
        return session
    known = replace(
        with_names(session, event.names),
        call_connection_id=event.call_connection_id,
        server_call_id=event.server_call_id or session.server_call_id,
        correlation_id=event.correlation_id or session.correlation_id,
    )
    if session.connection is Connection.CONNECTING:
        known = enter_call(without_context(known), now)
    if event.held_by is None:
        return known
    return replace(known, desired=Desired.STOPPED, replaced_by=event.held_by)


def without_context(session: Session) -> Session:
    """The session without what let it answer its call: it has served."""
    call = session.request.call
    if not isinstance(call, IncomingCall):
        return session
    return replace(session, request=replace(session.request, call=replace(call, context="")))


def enter_call(session: Session, now: int) -> Session:
    """The session in its call; where the transcription starts with the connection, it is waited for, or heard of."""
    entered = replace(
        session,
        connection=Connection.CONNECTED,
        connected_at=now,
        deadline=None,
        unanswered_questions=0,
        count_people_at=session.count_people_at or now + ALONE_FOR_MS,
    )
    match session.transcription:
        case Transcription.STARTING:
            return replace(entered, deadline=now + START_WITHIN_MS)
        case Transcription.ACTIVE:
            return confirm(replace(entered, transcription=Transcription.STARTING), now)
        case _:
            return entered


def on_connect_failed(event: events.ConnectFailed, session: Session, now: int) -> Session:
    """We did not get into the call."""
    if session.connection is Connection.GONE or not is_ours(event, session):
        return session
    if session.connection is Connection.CONNECTING:
        return connect_in_vain(session, event.outcome, now)
    return lose_call(session, now) if session.connection is Connection.LEAVING else session


def on_call_disconnected(event: events.CallDisconnected, session: Session, now: int) -> Session:
    """The connection is over: because we left, because the call ended, or because something broke."""
    ours = event.call_connection_id == session.call_connection_id
    if not ours or session.connection is Connection.GONE:
        gone = Leave(event.call_connection_id)
        return drop(session, lambda pending: pending.command == gone)
    if event.outcome.sub_code == ENDED_BY_API and session.connection is Connection.LEAVING:
        return lose_call(session, now)
    ordinary = is_ordinary_end(event.outcome)
    only_we_went = not ordinary or event.outcome.sub_code in ONLY_WE_WENT
    if session.was_joined and session.ended_at is None and only_we_went:
        return lose_connection(session, event.outcome, now)
    return end_with_call(session if ordinary else fail(session, event.outcome), now)


def lose_connection(session: Session, outcome: Outcome, now: int) -> Session:
    """The session that is out of a call which may well go on: removed, or cut off; it joins again if that may help."""
    if is_ordinary_end(outcome):
        return end(out_of_call(session), now)
    return connect_in_vain(session, outcome, now)


def on_call_ended(event: events.CallEnded, session: Session, now: int) -> Session:
    """The call is said to be over, which our connection's own callbacks did not tell: the provider is asked at once.

    The news may be a day old, and of another call under the same id. While we join again, the id that is known may
    be that of the call before.
    """
    settled = session.ended_at is not None and session.connection is Connection.GONE
    joins_again = session.connection is Connection.CONNECTING and session.attempt > 1
    if event.server_call_id not in session.server_call_ids or settled or joins_again:
        return session
    if session.call_connection_id is None:
        return end_with_call(session, now)
    if session.connection is Connection.CONNECTED:
        return replace(session, count_people_at=now)
    return replace(session, deadline=now)


def is_ours(event: events.CallConnected | events.ConnectFailed, session: Session) -> bool:
    """Whether the event speaks of the session's connection, or of the attempt whose answer is still to come."""
    if session.call_connection_id is not None:
        return event.call_connection_id == session.call_connection_id
    return event.attempt == session.attempt and session.connection is Connection.CONNECTING


# --- people


def on_participants_changed(event: events.ParticipantsChanged, session: Session, now: int) -> Session:
    """People came or went; older news than was seen already does not count.

    Where two talk by now, the reason to hang up is gone: what was asked for may still come, but it is not asked again.
    """
    ours = event.call_connection_id == session.call_connection_id
    if not ours or session.connection is Connection.GONE or event.sequence <= session.participants_seen:
        return session
    seen = replace(session, participants_seen=event.sequence)
    if has_others(event.people, session):
        came = replace(
            seen,
            invitee_came=seen.invitee_came or has_company(event.people, session),
            departing=session.departing and len(others_of(event.people, session)) < TALKING,
        )
        return replace(without_count(came), count_people_at=now + COUNT_AGAIN_MS)
    return replace(seen, count_people_at=now + ALONE_FOR_MS)


def on_people_counted(event: events.PeopleCounted, session: Session, now: int) -> Session:
    """The provider said who is in the call; when nobody else is, we go, also from one that we placed or answered."""
    if find(session, event.command) is None:
        return session
    counted = replace(
        without(session, event.command),
        count_people_at=now + COUNT_AGAIN_MS,
        own_id=session.own_id or event.own_id,
    )
    if has_others(event.people, counted):
        return replace(counted, invitee_came=counted.invitee_came or has_company(event.people, counted))
    return replace(counted, desired=Desired.STOPPED, departing=not session.was_joined)


def without_count(session: Session) -> Session:
    """The session without a question of who is there: its answer may be older than what was just told."""
    return drop(session, lambda pending: isinstance(pending.command, CountPeople))


def has_company(people: tuple[str, ...], session: Session) -> bool:
    """Whether the caller of an answered call has somebody to talk to, invited by us or not."""
    call = session.request.call
    if not isinstance(call, IncomingCall):
        return False
    return has_others(tuple(raw_id for raw_id in people if raw_id != call.caller), session)


def has_others(people: tuple[str, ...], session: Session) -> bool:
    """Whether somebody else is in the call."""
    return bool(others_of(people, session))


def others_of(people: tuple[str, ...], session: Session) -> tuple[str, ...]:
    """Who of them is not us.

    An answered call lists the called identity too (recorded): that is us, unless the caller was connected to it.
    """
    call = session.request.call
    own = {session.own_id}
    if isinstance(call, IncomingCall):
        own = {session.own_id, call.called} - {call.connect_to}
    return tuple(raw_id for raw_id in people if raw_id not in own)


def on_invitation_accepted(event: events.InvitationAccepted, session: Session, now: int) -> Session:
    """The caller has somebody to talk to."""
    del now
    ours = event.call_connection_id == session.call_connection_id
    in_call = session.connection is Connection.CONNECTED
    return replace(session, invitee_came=True) if ours and in_call else session


def on_invitation_failed(event: events.InvitationFailed, session: Session, now: int) -> Session:
    """The caller waits for nobody."""
    del now
    ours = event.call_connection_id == session.call_connection_id
    if not ours or session.connection is not Connection.CONNECTED:
        return session
    return depart(session, event.outcome)
