"""Commands that came to nothing: refused, or given up for want of an answer."""

from msgspec.structs import replace

from functions.lifecycle.commands import (
    TRANSCRIPTION_COMMANDS,
    Announce,
    AskCall,
    Command,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    StartTranscription,
    TranscriptionCommand,
)
from functions.lifecycle.deadlines import COUNT_AGAIN_MS, LEAVE_WITHIN_MS, START_WITHIN_MS
from functions.lifecycle.ends import depart, end, end_with_call, fail, is_over, lose_call
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import LONGEST_DOUBLING, leaves_when_done
from functions.lifecycle.session import Connection, Desired, Session, Transcription
from functions.lifecycle.turns import MOST_QUESTIONS, refuse_update, start_in_vain, stop_in_vain, try_again


def refuse(command: Command, session: Session, outcome: Outcome, now: int) -> Session:
    """The session after a command that will not be carried out."""
    if isinstance(command, Announce | Erase):
        return session
    if isinstance(command, Leave | AskCall | CountPeople):
        ours = command.call_connection_id == session.call_connection_id
        settled = not ours or session.connection is Connection.GONE
        return session if settled else contradict(command, session, outcome, now)
    if isinstance(command, Invite):
        return end_with_call(session, now) if is_over(outcome) else depart(session, outcome)
    if isinstance(command, Connect):
        return end(fail(session, outcome), now)
    return refuse_transcription(command, session, outcome, now)


def refuse_transcription(
    command: TranscriptionCommand, session: Session, outcome: Outcome, now: int
) -> Session:
    """The session after the provider would not start, stop or change its transcription."""
    assert isinstance(command, TRANSCRIPTION_COMMANDS)  # noqa: S101 -- nothing else comes here
    if isinstance(command, StartTranscription):
        return start_in_vain(replace(session, transcription=Transcription.INACTIVE), outcome, now)
    if session.updating:
        return refuse_update(session, outcome, now)
    return stop_in_vain(session, outcome, now)


def contradict(
    command: Leave | AskCall | CountPeople, session: Session, outcome: Outcome, now: int
) -> Session:
    """The session after the provider would not let its connection go, or would not say what it is doing."""
    if is_over(outcome):
        return lose_call(session, now)
    if isinstance(command, CountPeople):
        return replace(session, count_people_at=now + COUNT_AGAIN_MS)
    asked = replace(session, unanswered_questions=session.unanswered_questions + 1)
    stays = session.desired is Desired.STOPPED and not leaves_when_done(session)
    if isinstance(command, AskCall) and not (stays and session.connection is Connection.CONNECTED):
        return insist(asked, now)
    # Only the provider knows whether it still transcribes in a call that we must not leave; and what refuses to let
    # us go now would do so again at once.
    return replace(
        asked, deadline=now + (LEAVE_WITHIN_MS << min(session.unanswered_questions, LONGEST_DOUBLING))
    )


def insist(session: Session, now: int) -> Session:
    """The provider's own word did not bring us further: leave again, start again, or wait, but not without end."""
    if session.connection is Connection.LEAVING:
        return replace(session, connection=Connection.CONNECTED, transcription=Transcription.INACTIVE)
    silent = Outcome(code=504, message="The request was accepted, but never confirmed.")
    stopping = session.desired is Desired.STOPPED or session.transcription is Transcription.STOPPING
    if session.connection is Connection.CONNECTED and stopping:
        return replace(session, transcription=Transcription.INACTIVE, deadline=None)
    if session.unanswered_questions >= MOST_QUESTIONS:
        return give_up(session, silent)
    if session.connection is Connection.CONNECTED:
        return try_again(session, silent, now)
    return replace(session, deadline=now + START_WITHIN_MS)


def give_up(session: Session, outcome: Outcome) -> Session:
    """The session that fails, since it waited for the provider too long; a call that never came about is hung up."""
    return replace(
        fail(session, outcome),
        departing=session.departing or session.connection is Connection.CONNECTING,
        connection=Connection.CONNECTED,
        transcription=Transcription.INACTIVE,
    )
