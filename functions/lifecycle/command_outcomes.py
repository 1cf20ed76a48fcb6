"""What came of commands, folded into the session."""

from typing import assert_never

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.commands import TRANSCRIPTION_COMMANDS, Erase, Leave
from functions.lifecycle.connection_events import on_call_connected
from functions.lifecycle.deadlines import (
    ASK_AFTER_DOUBT_MS,
    ERASE_FOR_MS,
    TRANSCRIPT_ENDS_WITHIN_MS,
    earlier,
)
from functions.lifecycle.ends import is_over, lose_call
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import find, try_soon, without
from functions.lifecycle.refused_commands import insist, refuse
from functions.lifecycle.session import (
    Call,
    CallLocator,
    Connection,
    Desired,
    IncomingCall,
    PlacedCall,
    Session,
    SessionError,
    Transcription,
)
from functions.lifecycle.turns import confirm, confirm_update, not_stopped, socket_is_due, try_again

QUIET = Outcome(code=500, sub_code=8579, message="The call is not transcribed, though that was asked for.")


def on_command_accepted(event: events.CommandAccepted, session: Session, now: int) -> Session:
    """It is done, or the provider took note."""
    pending = find(session, event.command)
    if pending is not None and isinstance(pending.command, Erase):
        return confirm_erasure(without(session, pending.id), pending.first_sent_at, now)
    return without(session, event.command)


def confirm_erasure(session: Session, since: int, now: int) -> Session:
    """The session whose words of before `since` were erased; once none can come any more, a tombstone remains."""
    if session.ended_at is None or session.sockets or since < session.ended_at:
        return session
    gone = replace(session, words_erased=True)
    is_out = session.connection is Connection.GONE  # until then we must tell people from bots of ours
    if not is_out or now < session.ended_at + TRANSCRIPT_ENDS_WITHIN_MS + ERASE_FOR_MS:
        return gone
    forgotten = replace(session.request, call=without_names(session.request.call), continuation="")
    return replace(
        gone,
        erasure_due=None,
        request=forgotten,
        server_call_id=None,
        correlation_id=None,
        error=without_message(gone.error),
    )


def without_message(error: SessionError | None) -> SessionError | None:
    """The error without ACS's words."""
    return None if error is None else replace(error, message="")


def without_names(call: Call) -> Call:
    """The kind of call alone, and by which number or user we were called: not who took part."""
    match call:
        case CallLocator(kind):
            return CallLocator(kind, "")
        case PlacedCall():
            return PlacedCall(())
        case IncomingCall(_, called):
            return IncomingCall("", called, "", "")
        case unknown:
            assert_never(unknown)


def on_command_unanswered(event: events.CommandUnanswered, session: Session, now: int) -> Session:
    """Nobody knows what became of a command: one that the provider would not carry out twice is soon tried again.

    A transcription command is not, since nothing tells the provider that it is a repeat: it is soon asked instead.
    """
    pending = find(session, event.command)
    if pending is None:
        return session
    if not isinstance(pending.command, TRANSCRIPTION_COMMANDS):
        return try_soon(session, pending, now)
    return replace(without(session, pending.id), deadline=earlier(session, now + ASK_AFTER_DOUBT_MS))


def on_command_refused(event: events.CommandRefused, session: Session, now: int) -> Session:
    """The provider would not; a stray connection that it will not let go is left again when the lease runs out."""
    pending = find(session, event.command)
    if pending is None:
        return session
    names_own = getattr(pending.command, "call_connection_id", None) == session.call_connection_id
    own = names_own and session.connection is not Connection.GONE
    if isinstance(pending.command, Leave) and not own and not is_over(event.outcome):
        return session
    return refuse(pending.command, without(session, pending.id), event.outcome, now)


def on_call_reported(event: events.CallReported, session: Session, now: int) -> Session:
    """The provider said what the connection is doing."""
    if find(session, event.command) is None:
        return session  # another answer or an event was faster
    answered = replace(without(session, event.command), unanswered_questions=session.unanswered_questions + 1)
    if event.connection == Connection.GONE:
        return lose_call(answered, now)
    if event.connection == Connection.CONNECTED and session.connection is Connection.CONNECTING:
        return on_call_connected(as_connected(event), answered, now)
    return compare_transcription(event, answered, now)


def compare_transcription(event: events.CallReported, session: Session, now: int) -> Session:
    """The session after the provider said whether it transcribes."""
    if session.updating and event.transcribing:
        return still_updating(event, session, now)
    told = in_its_locale(event, session)
    if told.transcription is Transcription.STOPPING and event.transcribing:
        return not_stopped(told)
    if is_transcribing(event, told):
        return confirm(told, now)
    if told.transcription is Transcription.ACTIVE and told.desired is Desired.TRANSCRIBING:
        return still_there(event, told, now)
    return insist(told, now)


def in_its_locale(event: events.CallReported, session: Session) -> Session:
    """The session in the locale that the provider says it transcribes: an earlier start may have come about."""
    if not event.transcribing or event.locale is None or is_asked_locale(event.locale, session):
        return session
    return replace(session, asked_locale=event.locale, confirmed_locale=event.locale)


def is_transcribing(event: events.CallReported, session: Session) -> bool:
    """Whether the start that is waited for came about: the provider says so, or words came since we are in the call."""
    if session.transcription is not Transcription.STARTING:
        return False
    heard = event.heard_at is not None and event.heard_at >= (session.connected_at or event.heard_at)
    first = session.started_at is None
    return bool(event.transcribing) or (heard and first)


def is_asked_locale(locale: str, session: Session) -> bool:
    """Whether it is the locale that the provider was asked for last."""
    return locale.casefold() == (session.asked_locale or "").casefold()


def as_connected(event: events.CallReported) -> events.CallConnected:
    """The report as the callback that was lost."""
    return events.CallConnected(
        event.call_connection_id,
        server_call_id=event.server_call_id,
        correlation_id=event.correlation_id,
        held_by=event.held_by,
        names=event.names,
    )


def still_updating(event: events.CallReported, session: Session, now: int) -> Session:
    """The session whose change of locale nobody confirmed: it came about, or is made by a stop and a start."""
    if event.locale is not None and is_asked_locale(event.locale, session):
        return confirm_update(session, now)
    return replace(
        session,
        updating=False,
        updates_in_place=False,
        asked_locale=session.confirmed_locale,
        deadline=None,
    )


def still_there(event: events.CallReported, session: Session, now: int) -> Session:
    """The session whose socket broke, though not its call: the provider opens another, or is asked to start again."""
    if event.transcribing:
        return replace(session, deadline=socket_is_due(session, now))
    return try_again(session, QUIET, now)
