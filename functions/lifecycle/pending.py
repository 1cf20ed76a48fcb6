"""Commands on their way: issued, leased, tried again, overtaken."""

from collections.abc import Callable
from typing import assert_never

from msgspec.structs import replace

from functions.lifecycle.commands import (
    LEASE_MS,
    TRANSCRIPTION_COMMANDS,
    Announce,
    AskCall,
    Command,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
    TranscriptionCommand,
    UpdateTranscription,
)
from functions.lifecycle.session import Connection, Desired, Session, Transcription

MOST_TRIES = 4
MOST_ANNOUNCEMENTS = 12
LONGEST_DOUBLING = 6
"""Leases grow from 45 s to 48 min."""
FIRST_PAUSE_MS = 5_000
"""After a try of which the performer itself says that it has no answer: nobody works on it any more."""


def issue(session: Session, commands: list[Command], now: int) -> tuple[Session, tuple[Pending, ...]]:
    """The session with new commands pending, each leased to whoever saves this decision."""
    added = tuple(
        Pending(f"{session.revision}-{number}", command, first_sent_at=now, leased_until=now + LEASE_MS)
        for number, command in enumerate(commands)
    )
    if not added:
        return session, ()
    return replace(session, pending=session.pending + added), added


def renew(session: Session, overdue: list[Pending], now: int) -> Session:
    """The session with its overdue commands leased once more."""
    if not overdue:
        return session
    late = {pending.id for pending in overdue}
    renewed = tuple(
        replace(pending, leased_until=now + next_lease(pending), performed=pending.performed + 1)
        if pending.id in late
        else pending
        for pending in session.pending
    )
    return replace(session, pending=renewed)


def next_lease(pending: Pending) -> int:
    """How long the next try's lease is, ms; longer each time once a command had its ordinary tries."""
    return LEASE_MS << min(max(0, pending.performed - MOST_TRIES), LONGEST_DOUBLING)


def is_to_be_tried_again(pending: Pending, now: int) -> bool:
    """Whether nobody works on the command any more, and a repeat does no harm."""
    if pending.leased_until > now or isinstance(pending.command, TRANSCRIPTION_COMMANDS):
        return False
    return pending.performed < most_tries(pending.command)


def most_tries(command: Command) -> float:
    """How often a command may be performed.

    A connection is left for as long as it takes: a bot that nobody sees must not stay in somebody's call. And what
    was to be erased is erased.
    """
    if isinstance(command, Leave | Erase):
        return float("inf")
    return MOST_ANNOUNCEMENTS if isinstance(command, Announce) else MOST_TRIES


def try_soon(session: Session, pending: Pending, now: int) -> Session:
    """The session whose command is tried again before its lease runs out: its performer has given it up."""
    pause = min(FIRST_PAUSE_MS << min(pending.performed - 1, LONGEST_DOUBLING + 3), next_lease(pending))
    sooner = replace(pending, leased_until=now + pause)
    return replace(session, pending=tuple(sooner if one is pending else one for one in session.pending))


def is_given_up(pending: Pending, now: int) -> bool:
    """Whether nobody works on the command any more, and nobody will."""
    return pending.leased_until <= now and not is_to_be_tried_again(pending, now)


def find(session: Session, command_id: str) -> Pending | None:
    """The pending command of that id."""
    return next((pending for pending in session.pending if pending.id == command_id), None)


def is_pending(session: Session, kind: type[Command]) -> bool:
    """Whether a command of that kind has no outcome yet."""
    return any(isinstance(pending.command, kind) for pending in session.pending)


def unless_pending(session: Session, command: Command) -> list[Command]:
    """The command to issue, unless one of its kind has no outcome yet."""
    return [] if is_pending(session, type(command)) else [command]


def drop(session: Session, is_dropped: Callable[[Pending], bool]) -> Session:
    """The session without some of its pending commands; the very same if it has none of them."""
    kept = tuple(pending for pending in session.pending if not is_dropped(pending))
    return session if len(kept) == len(session.pending) else replace(session, pending=kept)


def without(session: Session, command_id: str) -> Session:
    """The session without that pending command."""
    return drop(session, lambda pending: pending.id == command_id)


def outlives_end(command: Command, session: Session) -> bool:
    """Whether the command is still to be carried out once our connection is gone: it is not about that."""
    if isinstance(command, Announce | Erase):
        return True
    return isinstance(command, Leave) and command.call_connection_id != session.call_connection_id


def forget_moot_commands(session: Session) -> Session:
    """The session without the commands that events overtook."""
    return drop(session, lambda pending: is_moot(pending.command, session))


def is_moot(command: Command, session: Session) -> bool:
    """Whether carrying out the command would change nothing any more."""
    connected = session.connection is Connection.CONNECTED
    match command:
        case Announce() | Erase():
            moot = False
        case Connect(attempt):
            joining = session.connection is Connection.CONNECTING and session.call_connection_id is None
            moot = attempt != session.attempt or not joining
        case AskCall():
            moot = session.deadline is None or is_about_to_leave(session)
        case CountPeople():
            moot = session.count_people_at is None or not connected
        case Invite():
            moot = not connected
        case Leave(connection):
            moot = connection == session.call_connection_id and connected
        case _:
            moot = is_moot_of_transcription(command, session)
    return moot


def is_moot_of_transcription(command: TranscriptionCommand, session: Session) -> bool:
    """Whether a transcription command would change nothing any more."""
    match command:
        case StartTranscription():
            matters = session.desired is Desired.TRANSCRIBING or not leaves_when_done(session)
            return session.transcription is not Transcription.STARTING or not matters
        case StopTranscription():
            return session.transcription is not Transcription.STOPPING
        case UpdateTranscription():
            return not session.updating
        case unknown:
            assert_never(unknown)


def is_about_to_leave(session: Session) -> bool:
    """Whether the connection is of no more use, whatever the provider may say of it."""
    connected = session.connection is Connection.CONNECTED
    return connected and session.desired is Desired.STOPPED and leaves_when_done(session)


def leaves_when_done(session: Session) -> bool:
    """Whether we leave the call when we are done: nobody is hung up on."""
    return session.was_joined or session.departing
