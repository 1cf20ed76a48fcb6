"""ACS as a session sees it: it carries out commands, and what it has to tell arrives in any order, or never."""

import math
from dataclasses import dataclass, field

from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Connect, Leave, Pending, StartTranscription
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.machine import decide
from tests.unit.lifecycle.story import BEGIN, ENDED_BY_PEOPLE, ENDED_BY_US, NOT_ACTIVE, begun

GONE = Outcome(404, 0, "Not found.")
MOST_LOST = 2
"""How often in a row a command may come to nothing; the machine gives up after four."""


@dataclass
class Leg:
    """One of our connections."""

    id: str
    attempt: int
    present: bool = True
    transcribing: bool = False


@dataclass
class VirtualAcs:
    """`to_perform` are commands whose performers have not begun, `callbacks` and `outcomes` are on their way."""

    now: int = BEGIN
    legs: dict[str, Leg] = field(default_factory=dict)
    callbacks: list[Event] = field(default_factory=list)
    outcomes: list[Event] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        story = begun()
        self.session = story.session
        self.to_perform = list(story.issued)

    @property
    def bots_left_behind(self) -> set[str]:
        """Connections that we heard of and that are still in the call."""
        return {leg.id for leg in self.legs.values() if leg.present} & self.known

    def take_in(self, event: Event) -> None:
        if isinstance(event, events.ConnectAnswered | events.CallConnected):
            self.known.add(event.call_connection_id)
        decision = decide(self.session, event, self.now)
        self.session = decision.session
        self.to_perform.extend(decision.commands)

    def perform(self, pending: Pending, fate: str) -> None:
        """Carry a command out; its performer may die before or after, unless it did so often already."""
        if fate == "died-before" and pending.performed <= MOST_LOST:
            return
        outcome = self.carry_out(pending)
        if fate == "died-after" and pending.performed <= MOST_LOST:
            return
        self.outcomes.append(outcome)

    def carry_out(self, pending: Pending) -> Event:
        command = pending.command
        if isinstance(command, Connect):
            return self.connect(pending.id, command.attempt)
        leg = self.legs[command.call_connection_id]
        if isinstance(command, AskCall):
            return events.CallReported(
                pending.id, leg.id, "connected" if leg.present else "gone", transcribing=leg.transcribing
            )
        if not leg.present:
            return events.CommandRefused(pending.id, GONE)
        if isinstance(command, Leave):
            self.disconnect(leg, ENDED_BY_US)
        elif isinstance(command, StartTranscription):
            leg.transcribing = True
            self.open_socket(leg)
            self.callbacks.append(events.TranscriptionStarted(leg.id))
        elif leg.transcribing:
            leg.transcribing = False
            self.callbacks.append(events.TranscriptionStopped(leg.id))
        else:
            return events.CommandRefused(pending.id, NOT_ACTIVE)
        return events.CommandAccepted(pending.id)

    def open_socket(self, leg: Leg) -> None:
        """ACS waits until its socket is admitted, so this cannot be lost; that it closes can."""
        if leg.id == self.session.call_connection_id:
            self.take_in(events.SocketOpened(f"socket-of-{leg.id}"))

    def connect(self, request: str, attempt: int) -> Event:
        """The same request is the same connection, as the repeatability headers promise."""
        leg_id = f"leg-{request}"
        if leg_id not in self.legs:
            self.legs[leg_id] = Leg(leg_id, attempt)
            self.callbacks.append(events.CallConnected(leg_id, attempt))
        return events.ConnectAnswered(request, attempt, leg_id)

    def disconnect(self, leg: Leg, outcome: Outcome) -> None:
        if leg.transcribing:
            self.callbacks.append(events.SocketClosed(f"socket-of-{leg.id}"))
        leg.present = leg.transcribing = False
        self.callbacks.append(events.CallDisconnected(leg.id, outcome))

    def end_call(self) -> None:
        for leg in self.legs.values():
            if leg.present:
                self.disconnect(leg, ENDED_BY_PEOPLE)

    def duplicate_connection(self) -> None:
        """A connect carried out twice although it should not have been."""
        leg_id = f"duplicate-{len(self.legs)}"
        self.legs[leg_id] = Leg(leg_id, self.session.attempt)
        self.callbacks.append(events.CallConnected(leg_id, self.session.attempt))

    def settle(self, until: float = math.inf) -> bool:
        """From now on all is delivered and carried out; whether nothing is left to do before that moment."""
        for _ in range(400):
            due = math.inf if self.session.due_at is None else self.session.due_at
            if self.outcomes:
                self.take_in(self.outcomes.pop(0))
            elif self.to_perform:
                self.perform(self.to_perform.pop(0), "well")
            elif self.callbacks:
                self.take_in(self.callbacks.pop(0))
            elif due >= until:
                return True
            else:
                self.now = max(self.now, int(due))
                self.take_in(events.TimePassed())
        return False
