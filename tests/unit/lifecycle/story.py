"""A session's story: events on a clock that only the test moves, and what the machine wants done."""

from dataclasses import dataclass, replace

import msgspec

from functions.lifecycle import events
from functions.lifecycle.commands import Command, CountPeople, Invite, Pending, StartTranscription
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.machine import Birth, begin, decide
from functions.lifecycle.session import (
    CallLocator,
    IncomingCall,
    LocatorKind,
    PlacedCall,
    Session,
    StartAt,
    StartRequest,
)

BEGIN = 1_795_222_417_874
SESSION_ID = "01KB1ZZZZZZZZZZZZZZZZZZZZZ"
HOUR_MS = 3_600_000
LONGEST_MS = 24 * HOUR_MS
ADA = "8:acs:ada"
CALLEE = "4:+15551230000"
CALLER = "4:+15557770000"
CALLED = "4:+15550001111"
AGENT = "8:acs:agent"
REQUEST = StartRequest(CallLocator(LocatorKind.GROUP_CALL, "9d1c5f0e-group"), "en-US")
PLACED = StartRequest(PlacedCall((CALLEE,), "+15550001111"), "en-US")
INCOMING = StartRequest(
    IncomingCall(CALLER, CALLED, "server/incoming", "lets-its-bearer-answer", AGENT), "en-US"
)
ANSWERED_ALONE = StartRequest(
    IncomingCall(CALLER, CALLED, "server/incoming", "lets-its-bearer-answer"), "en-US"
)
KINDS = {"joined": REQUEST, "placed": PLACED, "incoming": INCOMING}
BIRTH = Birth(SESSION_ID, "ticket-of-this-session", "secret-of-this-session", LONGEST_MS)
OURS = "connection-of-ours"
OTHER = "connection-of-another"
ENDED_BY_US = Outcome(200, 7000, "The conversation has ended.")
ENDED_BY_PEOPLE = Outcome(200, 5001, "The conversation has ended.")
NOT_ACTIVE = Outcome(412, 8583, "Invalid action, Transcription is not active.")
ENDED_BY_FAULT = Outcome(500, 9999, "Unknown internal server error.")
FORBIDDEN = Outcome(403, 0, "Forbidden.")
NO_SUCH_CALL = Outcome(404, 0, "Call not found.")
NO_SOCKET = Outcome(500, 8578, "Action failed, not able to establish WebSocket connection.")
"""One that may pass."""
BAD_URL = Outcome(400, 8581, "Action failed, StreamUrl is not valid.")
"""One that stays."""
STOP = events.StopRequested()
WANTED = events.StartRequested()
RESTART = events.RestartRequested()
PEOPLE = events.ParticipantsChanged(OURS, (ADA,), 1)
PEOPLE_STILL_THERE = events.ParticipantsChanged(OURS, (ADA,), 2)
NOBODY = events.ParticipantsChanged(OURS, (), 3)
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
        due = due_at(self.session)
        assert due is not None
        return self.later(max(0, due - self.now))

    def after_its_rest(self) -> "Story":
        """The story when the session, if it rests after a failure, tries again."""
        due = self.session.retry_at
        return self if due is None else self.later(max(0, due - self.now))

    def with_people(self, *people: str) -> "Story":
        """The story after ACS, if it was asked, said who is in the call; somebody, unless told otherwise."""
        counting = [
            pending.id for pending in self.session.pending if isinstance(pending.command, CountPeople)
        ]
        there = people or (somebody(self.session.request),)
        return self.after(*(events.PeopleCounted(command, OURS, there) for command in counting))

    def alone(self) -> "Story":
        """The story after ACS was asked who is in the call, and it was nobody."""
        return self.after(events.PeopleCounted(self.pending(CountPeople).id, OURS, ()))

    def pending(self, kind: type[Command]) -> Pending:
        """The only command of this kind without an outcome."""
        (found,) = [pending for pending in self.session.pending if isinstance(pending.command, kind)]
        return found

    def accepted(self, kind: type[Command]) -> "Story":
        return self.after(events.CommandAccepted(self.pending(kind).id))

    def refused(self, kind: type[Command], outcome: Outcome) -> "Story":
        return self.after(events.CommandRefused(self.pending(kind).id, outcome))

    def unanswered(self, kind: type[Command]) -> "Story":
        return self.after(events.CommandUnanswered(self.pending(kind).id, "no answer"))


def begun(request: StartRequest = REQUEST, birth: Birth = BIRTH) -> Story:
    decision = begin(request, birth, BEGIN, BEGIN)
    return Story(decision.session, BEGIN, decision.commands)


def at_setup(request: StartRequest = REQUEST) -> StartRequest:
    """The same request, but to transcribe from the connection on."""
    return msgspec.structs.replace(request, start_at=StartAt.SETUP)


def answer(connection: str = OURS, attempt: int = 1, command: str = "0-0") -> events.ConnectAnswered:
    return events.ConnectAnswered(command, attempt, connection)


def somebody(request: StartRequest) -> str:
    """Who is in the call for sure: of one that came in, its caller."""
    return CALLER if isinstance(request.call, IncomingCall) else ADA


def answered(request: StartRequest = REQUEST) -> Story:
    return begun(request).after(answer())


def starting(request: StartRequest = REQUEST) -> Story:
    """Connected, with people in the call, and the start on its way."""
    people = events.ParticipantsChanged(OURS, (somebody(request),), 1)
    return answered(request).meanwhile(900).after(people, CONNECTED)


def active(request: StartRequest = REQUEST) -> Story:
    story = starting(request).accepted(StartTranscription)
    if story.session.invited:
        story = story.accepted(Invite)
    return story.after(events.SocketOpened("first")).meanwhile(1900).after(STARTED)


def interrupted(request: StartRequest = REQUEST) -> Story:
    return active(request).after(events.SocketClosed("first"))


def stopping(request: StartRequest = REQUEST) -> Story:
    return active(request).meanwhile(10_000).after(events.StopRequested())


def leaving() -> Story:
    return stopping().meanwhile(300).after(STOPPED)


def ended() -> Story:
    """Stopped, out of the call, its socket closed."""
    return leaving().meanwhile(300).after(DISCONNECTED, events.SocketClosed("first"))


def ended_in_call(request: StartRequest) -> Story:
    """Stopped, its socket closed, and still in the call, which goes on."""
    return stopping(request).meanwhile(300).after(STOPPED, events.SocketClosed("first"))


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
