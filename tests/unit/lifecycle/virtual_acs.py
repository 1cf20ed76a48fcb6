"""ACS as a session sees it: it carries out commands, and what it has to tell arrives in any order, or never."""

import math
from dataclasses import dataclass, field

from functions.lifecycle import events
from functions.lifecycle.commands import (
    Announce,
    AskCall,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.machine import Decision, decide
from functions.lifecycle.session import IncomingCall, PlacedCall, Session, StartAt, StartRequest
from tests.unit.lifecycle.story import (
    ADA,
    AGENT,
    BEGIN,
    CALLEE,
    CALLER,
    ENDED_BY_PEOPLE,
    ENDED_BY_US,
    NO_SOCKET,
    NOT_ACTIVE,
    REQUEST,
    begun,
)

GONE = Outcome(404, 0, "Not found.")
MOST_LOST = 2
"""How often in a row a command may come to nothing; the machine gives up after four."""


@dataclass
class Leg:
    """One of our connections. `socket` is the open one; a leg that is not established rings."""

    id: str
    attempt: int
    established: bool
    present: bool = True
    transcribing: bool = False
    locale: str = ""
    socket: str | None = None
    sockets: int = 0


@dataclass
class Step:
    """What the session did, with what it was before."""

    before: Session
    event: Event
    decision: Decision
    now: int


@dataclass
class VirtualAcs:
    """`to_perform` are commands whose performers have not begun, `callbacks` and `outcomes` are on their way.

    `people` are in the call; `spoke_at` and `wiped_at` are when words were last written, and last erased.
    """

    request: StartRequest = REQUEST
    now: int = BEGIN
    legs: dict[str, Leg] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    callbacks: list[Event] = field(default_factory=list)
    outcomes: list[Event] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    rung_from: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    journal: list[Event] = field(default_factory=list)
    sequence: int = 0
    calls: int = 1
    spoke_at: int = 0
    wiped_at: int = 0

    def __post_init__(self) -> None:
        story = begun(self.request)
        self.session = story.session
        self.to_perform = list(story.issued)
        call = self.request.call
        if not isinstance(call, PlacedCall):
            self.people.add(CALLER if isinstance(call, IncomingCall) else ADA)

    @property
    def server_call(self) -> str:
        """The id of the call: what is joined after its end is another one."""
        return f"server/call-{self.calls}"

    @property
    def bots_left_behind(self) -> set[str]:
        """Connections that we heard of and that are still in the call."""
        return {leg.id for leg in self.legs.values() if leg.present} & self.known

    def take_in(self, event: Event) -> None:
        if isinstance(event, events.ConnectAnswered | events.CallConnected):
            self.known.add(event.call_connection_id)
        decision = decide(self.session, event, self.now)
        self.steps.append(Step(self.session, event, decision, self.now))
        self.session = decision.session
        self.to_perform.extend(decision.commands)

    def hear(self, callback: Event) -> None:
        """A callback that comes again is found in the journal."""
        if not any(callback is heard for heard in self.journal):
            self.journal.append(callback)
            self.take_in(callback)

    # --- commands

    def perform(self, pending: Pending, fate: str) -> None:
        """Carry a command out; its performer may die before or after, unless it did so often already.

        Nobody performs a command longer than its lease lasts.
        """
        if pending.leased_until <= self.now:
            return
        may_fail = pending.performed <= MOST_LOST
        if fate == "died-before" and may_fail:
            return
        outcome = self.carry_out(pending)
        if fate == "died-after" and may_fail:
            return
        doubtful = fate == "unanswered" and may_fail
        self.outcomes.append(events.CommandUnanswered(pending.id, "no answer") if doubtful else outcome)

    def carry_out(self, pending: Pending) -> Event:
        match pending.command:
            case Connect(attempt):
                return self.connect(pending.id, attempt)
            case Announce():
                return events.CommandAccepted(pending.id)
            case Erase():
                self.wiped_at = self.now
                return events.CommandAccepted(pending.id)
            case command:
                return self.carry_out_on(self.legs[command.call_connection_id], pending)

    def carry_out_on(self, leg: Leg, pending: Pending) -> Event:
        """What came of a command that concerns a connection."""
        if isinstance(pending.command, AskCall):
            return self.report(leg, pending.id)
        if not leg.present:
            return events.CommandRefused(pending.id, GONE)
        refusal = None
        match pending.command:
            case CountPeople():
                return events.PeopleCounted(pending.id, leg.id, tuple(sorted(self.people)))
            case Leave():
                self.disconnect(leg, ENDED_BY_US)
            case Invite():
                self.rung_from.append(leg.id)
            case StartTranscription() if not leg.transcribing:
                self.begin_transcribing(leg)
            case StopTranscription():
                refusal = self.stop_transcribing(leg)
            case UpdateTranscription(_, locale):
                refusal = self.update(leg, locale)
            case _:
                pass  # a start of what runs already: accepted, and nothing comes of it
        return events.CommandRefused(pending.id, refusal) if refusal else events.CommandAccepted(pending.id)

    def report(self, leg: Leg, question: str) -> Event:
        there = "connected" if leg.established else "connecting"
        return events.CallReported(
            question,
            leg.id,
            there if leg.present else "gone",
            transcribing=leg.transcribing,
            locale=leg.locale if leg.transcribing else None,
        )

    def connect(self, request: str, attempt: int) -> Event:
        """The same request is the same connection, as the repeatability headers promise."""
        leg_id = f"leg-{request}"
        if leg_id not in self.legs:
            self.legs[leg_id] = Leg(leg_id, attempt, established=False)
            if not isinstance(self.request.call, PlacedCall):
                self.establish(self.legs[leg_id])
        return events.ConnectAnswered(request, attempt, leg_id)

    def establish(self, leg: Leg) -> None:
        leg.established = True
        self.callbacks.append(events.CallConnected(leg.id, leg.attempt, server_call_id=self.server_call))
        if self.request.start_at is StartAt.SETUP:
            self.begin_transcribing(leg)

    # --- the transcription

    def begin_transcribing(self, leg: Leg) -> None:
        """ACS waits until its socket is admitted; without one, it fails."""
        leg.locale = self.session.asked_locale or self.session.locale
        if not self.open_socket(leg):
            self.callbacks.append(events.TranscriptionFailed(leg.id, NO_SOCKET))
            return
        leg.transcribing = True
        self.spoke_at = self.now
        self.callbacks.append(events.TranscriptionStarted(leg.id))

    def open_socket(self, leg: Leg) -> bool:
        """Whether the socket was let in: that it opens cannot be lost; that it closes can."""
        ours = self.session.call_connection_id in (None, leg.id)
        if self.session.ended_at is not None or self.session.erased_at is not None or not ours:
            return False
        leg.sockets += 1
        leg.socket = f"socket-{leg.sockets}-of-{leg.id}"
        self.take_in(events.SocketOpened(leg.socket))
        return True

    def close_socket(self, leg: Leg) -> None:
        if leg.socket is not None:
            self.callbacks.append(events.SocketClosed(leg.socket))
        leg.socket = None

    def fall_silent(self, leg: Leg) -> None:
        self.spoke_at = self.now if leg.transcribing else self.spoke_at
        leg.transcribing = False
        self.close_socket(leg)

    def stop_transcribing(self, leg: Leg) -> Outcome | None:
        if not leg.transcribing:
            return NOT_ACTIVE
        self.fall_silent(leg)
        self.callbacks.append(events.TranscriptionStopped(leg.id))
        return None

    def update(self, leg: Leg, locale: str) -> Outcome | None:
        if not leg.transcribing:
            return NOT_ACTIVE
        leg.locale = locale
        self.callbacks.append(events.TranscriptionUpdated(leg.id))
        return None

    def break_transcription(self) -> None:
        """ACS tells of a failure of the running transcription."""
        for leg in self.legs.values():
            if leg.transcribing:
                self.fall_silent(leg)
                self.callbacks.append(events.TranscriptionFailed(leg.id, NO_SOCKET))

    def drop_sockets(self) -> None:
        for leg in self.legs.values():
            self.close_socket(leg)

    def reopen_sockets(self) -> None:
        for leg in self.legs.values():
            if leg.transcribing and leg.socket is None and not self.open_socket(leg):
                self.fall_silent(leg)
                self.callbacks.append(events.TranscriptionFailed(leg.id, NO_SOCKET))

    # --- people

    def tell_who_is_there(self) -> None:
        self.sequence += 1
        for leg in self.legs.values():
            if leg.present and leg.established:
                news = events.ParticipantsChanged(leg.id, tuple(sorted(self.people)), self.sequence)
                self.callbacks.append(news)

    def come(self, person: str) -> None:
        self.people.add(person)
        self.tell_who_is_there()

    def go(self) -> None:
        """Everybody hangs up, one after another."""
        while self.people:
            self.people.pop()
            self.tell_who_is_there()

    def pick_up(self) -> None:
        """Whom we rang, directly or for a caller, answers."""
        for leg in self.legs.values():
            if leg.present and not leg.established:
                self.people.add(CALLEE)
                self.establish(leg)
                self.tell_who_is_there()
        if self.rung_from:
            self.callbacks += [events.InvitationAccepted(leg_id) for leg_id in self.rung_from]
            self.rung_from.clear()
            self.come(AGENT)

    def decline(self) -> None:
        """Whom we rang does not answer."""
        declined = Outcome(603, 0, "Declined.")
        for leg in self.legs.values():
            if leg.present and not leg.established:
                leg.present = False
                self.callbacks.append(events.ConnectFailed(leg.id, leg.attempt, declined))
        self.callbacks += [events.InvitationFailed(leg_id, declined) for leg_id in self.rung_from]
        self.rung_from.clear()

    def disconnect(self, leg: Leg, outcome: Outcome) -> None:
        self.fall_silent(leg)
        leg.present = False
        self.callbacks.append(events.CallDisconnected(leg.id, outcome))

    def end_call(self) -> None:
        self.people.clear()
        for leg in self.legs.values():
            if leg.present:
                self.disconnect(leg, ENDED_BY_PEOPLE)
        self.callbacks.append(events.CallEnded(self.server_call))
        self.calls += 1

    def duplicate_connection(self) -> None:
        """A connect carried out twice although it should not have been."""
        leg = Leg(f"duplicate-{len(self.legs)}", self.session.attempt, established=True)
        self.legs[leg.id] = leg
        self.callbacks.append(events.CallConnected(leg.id, leg.attempt, server_call_id=self.server_call))

    # --- from now on nothing is lost

    def settle(self, until: float = math.inf) -> bool:
        """All is delivered and carried out; whether nothing is left to do before that moment."""
        self.reopen_sockets()
        for _ in range(2000):
            due = due_at(self.session) or math.inf
            if self.outcomes:
                self.take_in(self.outcomes.pop(0))
            elif self.to_perform:
                self.perform(self.to_perform.pop(0), "well")
            elif self.callbacks:
                self.hear(self.callbacks.pop(0))
            elif due >= until:
                self.now = max(self.now, int(until)) if until < math.inf else self.now
                return True
            else:
                self.now = max(self.now, int(due))
                self.take_in(events.TimePassed())
        return False
