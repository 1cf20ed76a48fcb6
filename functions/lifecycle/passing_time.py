"""What time alone does to a session."""

from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.commands import TRANSCRIPTION_COMMANDS, AskCall
from functions.lifecycle.deadlines import is_overdue, transcript_ends_at
from functions.lifecycle.events import Outcome
from functions.lifecycle.pending import MOST_TRIES, is_about_to_leave, is_given_up, without
from functions.lifecycle.refused_commands import refuse
from functions.lifecycle.session import Connection, Desired, Session, Transcription
from functions.lifecycle.turns import MOST_QUESTIONS


def on_time_passed(event: events.TimePassed, session: Session, now: int) -> Session:
    """Commands may be given up, the longest time may be over, a callback lost, a transcript at its end."""
    del event
    tried = give_up_commands(session, now)
    ends_at = transcript_ends_at(tried)
    if ends_at is not None and now >= ends_at:
        tried = end_transcript(tried)
    over = tried.ended_at is None and now >= tried.must_end_at
    lasting = replace(tried, desired=Desired.STOPPED) if over else tried
    stopping = lasting.transcription is Transcription.STOPPING and is_overdue(lasting, now)
    if stopping and is_about_to_leave(lasting):
        # its callback was lost: leave all the same
        return replace(lasting, transcription=Transcription.INACTIVE, deadline=None)
    return lasting


def end_transcript(session: Session) -> Session:
    """The session whose last words have come.

    One that stays in its call, with a socket that never closed, stops once more: it may be transcribed all the same.
    """
    ended = replace(session, transcript_ended=True, sockets=())
    doubtful = session.sockets and session.transcription is Transcription.INACTIVE
    if not doubtful or session.connection is not Connection.CONNECTED:
        return ended
    return replace(ended, transcription=Transcription.ACTIVE)


def give_up_commands(session: Session, now: int) -> Session:
    """The session after its commands of which nobody heard as often as one may try.

    A transcription command is never repeated unasked: its deadline lets the provider tell what became of it.
    """
    for pending in session.pending:
        if not is_given_up(pending, now):
            continue
        session = without(session, pending.id)
        if isinstance(pending.command, AskCall):
            session = replace(session, unanswered_questions=MOST_QUESTIONS)
        if not isinstance(pending.command, TRANSCRIPTION_COMMANDS):
            silent = Outcome(code=504, message=f"No answer in {MOST_TRIES} tries.")
            session = refuse(pending.command, session, silent, now)
    return session
