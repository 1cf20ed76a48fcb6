"""What is answered when Bandwidth asks what a call shall do that was just taken."""

from enum import StrEnum, auto

from functions.lifecycle.session import Connection, Desired, PlacedCall, Session, Transcription


class CallAnswer(StrEnum):
    """What the call does now."""

    TRANSCRIBE = auto()
    GO_ON = auto()
    HANG_UP = auto()


def how_to_answer(session: Session) -> CallAnswer:
    """What the call does. One that nobody is waiting for any more is hung up; people are not.

    Of a call that we placed the stop came before its answer, else nobody would ask.
    """
    if session.connection is not Connection.CONNECTED or session.departing:
        return CallAnswer.HANG_UP
    if isinstance(session.request.call, PlacedCall) and session.desired is Desired.STOPPED:
        return CallAnswer.HANG_UP
    awaited = session.transcription in (Transcription.STARTING, Transcription.ACTIVE)
    wanted = session.desired is Desired.TRANSCRIBING and awaited
    return CallAnswer.TRANSCRIBE if wanted else CallAnswer.GO_ON
