"""A session's story: events on a clock that only the test moves, and what the machine wants done."""

from dataclasses import dataclass, replace

from functions.lifecycle import events
from functions.lifecycle.commands import (
    AskCall,
    Command,
    Connect,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
)
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.machine import Birth, begin, decide
from functions.lifecycle.session import CallLocator, LocatorKind, Session, StartRequest

type Kind = type[Connect | StartTranscription | StopTranscription | Leave | AskCall]

BEGIN = 1_795_222_417_874
SESSION_ID = "01KB1ZZZZZZZZZZZZZZZZZZZZZ"
HOUR_MS = 3_600_000
LONGEST_MS = 24 * HOUR_MS
REQUEST = StartRequest(CallLocator(LocatorKind.GROUP_CALL, "9d1c5f0e-group"), "en-US")
BIRTH = Birth(SESSION_ID, "ticket-of-this-session", "secret-of-this-session", LONGEST_MS)
OURS = "connection-of-ours"
OTHER = "connection-of-another"
ENDED_BY_US = Outcome(200, 7000, "The conversation has ended.")
ENDED_BY_PEOPLE = Outcome(200, 5001, "The conversation has ended.")
NOT_ACTIVE = Outcome(412, 8583, "Invalid action, Transcription is not active.")
CONNECTED = events.CallConnected(OURS, attempt=1)
STARTED = events.TranscriptionStarted(OURS)
STOPPED = events.TranscriptionStopped(OURS)
DISCONNECTED = events.CallDisconnected(OURS, ENDED_BY_US)


@dataclass(frozen=True)
class Story:
    """A session now, with the commands of its last event and those that it had before."""

    session: Session
    now: int
    issued: tuple[Pending, ...] = ()

    @property
    def wants(self) -> tuple[Command, ...]:
        """The commands that follow from the last event."""
        return tuple(pending.command for pending in self.issued)

    @property
    def in_flight(self) -> tuple[Command, ...]:
        return tuple(pending.command for pending in self.session.pending)

    def after(self, *happened: Event) -> "Story":
        """The story after these events, all of them now."""
        story = self
        for event in happened:
            decision = decide(story.session, event, story.now)
            story = Story(decision.session, story.now, decision.commands)
        return story

    def later(self, duration: int) -> "Story":
        """So many ms later, and somebody looks whether anything is overdue."""
        return replace(self, now=self.now + duration).after(events.TimePassed())

    def meanwhile(self, duration: int) -> "Story":
        """So many ms later, and nobody has looked."""
        return replace(self, now=self.now + duration)

    def at_its_due_time(self) -> "Story":
        due = self.session.due_at
        assert due is not None
        return self.later(max(0, due - self.now))

    def pending(self, kind: Kind) -> Pending:
        """The only command of this kind without an outcome."""
        (found,) = [pending for pending in self.session.pending if isinstance(pending.command, kind)]
        return found

    def accepted(self, kind: Kind) -> "Story":
        return self.after(events.CommandAccepted(self.pending(kind).id))

    def refused(self, kind: Kind, outcome: Outcome) -> "Story":
        return self.after(events.CommandRefused(self.pending(kind).id, outcome))


def begun() -> Story:
    decision = begin(REQUEST, BIRTH, BEGIN, BEGIN)
    return Story(decision.session, BEGIN, decision.commands)


def answer(connection: str = OURS, attempt: int = 1, command: str = "0-0") -> events.ConnectAnswered:
    return events.ConnectAnswered(command, attempt, connection)


def answered() -> Story:
    return begun().after(answer())


def starting() -> Story:
    """Connected, and the start on its way."""
    return answered().meanwhile(900).after(CONNECTED)


def active() -> Story:
    story = starting()
    accepted = events.CommandAccepted(story.issued[0].id)
    return story.after(accepted, events.SocketOpened("first")).meanwhile(1900).after(STARTED)


def interrupted() -> Story:
    return active().after(events.SocketClosed("first"))


def stopping() -> Story:
    return active().meanwhile(10_000).after(events.StopRequested())


def leaving() -> Story:
    return stopping().meanwhile(300).after(STOPPED)


def ended() -> Story:
    return leaving().meanwhile(300).after(DISCONNECTED)


STAGES = {
    "begun": begun,
    "answered": answered,
    "starting": starting,
    "active": active,
    "interrupted": interrupted,
    "stopping": stopping,
    "leaving": leaving,
    "ended": ended,
}
