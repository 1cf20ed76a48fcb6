"""Drives the call model on virtual time, with a world outside that does what the model wants."""

import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.acs_model import Calls
from local.acs_model.effects import Effect, OpenSocket, PublishEvent, SendCallback
from local.acs_model.inputs import CallbackAnswered, Input
from local.acs_model.requests import (
    AnswerBody,
    AnswerCall,
    CallIntelligenceOptions,
    CallLocator,
    Connect,
    ConnectBody,
    CreateBody,
    CreateCall,
    Identifier,
    PhoneNumber,
    StartTranscription,
    StopTranscription,
    TranscriptionBody,
    TranscriptionOptions,
)
from local.acs_model.steering import MakeCall
from local.conversation.effects import Answer, BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import FrameReceived, Request, SocketLost, SocketOpened, SocketRefused
from local.conversation.steering import DescribeCall, Line, OwnLine, Ring, Speaker

BEGIN = 1_795_222_417_874
ADA = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00a7-e64a-5c3a0d006c74"
BEN = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00d2-e64a-5c3a0d006c75"
PHONE = "4:+15551230000"
OTHER_PHONE = "4:+15551230001"
OUR_NUMBER = "4:+18005550100"
PEOPLE = (Speaker(raw_id=ADA, display_name="Ada"), Speaker(raw_id=BEN, display_name="Ben"))
OPTIONS = TranscriptionOptions(
    transport_url="wss://pubsub.example/client", locale="en-US", enable_intermediate_results=True
)
CALLBACK_URL = "https://verbatim.example/callbacks?ticket=t"


def call(*script: Line, **settings: Any) -> MakeCall:
    return MakeCall(speakers=PEOPLE, script=script, group_call_id="group", **settings)


def line(at: int, text: str, duration: int, speaker: str = ADA, delay: int = 0) -> Line:
    return Line(at=at, speaker=speaker, text=text, duration=duration, delay=delay)


SET_UP: dict[str, Any] = {
    "callback_uri": CALLBACK_URL,
    "operation_context": "attempt-1",
    "call_intelligence_options": CallIntelligenceOptions(cognitive_services_endpoint="https://cs.example"),
    "transcription_options": OPTIONS,
}


def own_line(at: int, text: str, duration: int, speaker: str = "") -> OwnLine:
    return OwnLine(at=at, speaker=speaker, text=text, duration=duration)


def connect_body(**changes: Any) -> ConnectBody:
    locator = CallLocator(kind="groupCallLocator", group_call_id="group")
    return ConnectBody(**SET_UP | {"call_locator": locator} | changes)


def create_body(*targets: str, **changes: Any) -> CreateBody:
    named = {
        "targets": tuple(Identifier(raw_id=target) for target in targets),
        "source_caller_id_number": PhoneNumber(OUR_NUMBER.removeprefix("4:")),
    }
    return CreateBody(**SET_UP | named | changes)


def answer_body(context: str, **changes: Any) -> AnswerBody:
    return AnswerBody(**SET_UP | {"incoming_call_context": context} | changes)


@dataclass
class VirtualCall:
    """Everything outside answers as told, `latency` ms later."""

    seed: int = 1
    latency: int = 20
    refuse_sockets: bool = False
    confirm_frames: bool = True
    callback_status: int | None = 200
    now: int = BEGIN
    lost: set[str] = field(default_factory=set)
    log: list[tuple[int, Effect]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._calls = Calls(self.seed)
        self._number = itertools.count()
        self._coming: list[tuple[int, int, Input]] = []

    def happen(self, event: Input) -> None:
        if isinstance(event, SocketLost):
            self.lost.add(event.socket_id)
        self._take(self._calls.handle(event, self.now))

    def ask(self, operation: Any) -> Answer | None:
        """The answer, if it comes at once."""
        request_id = f"request-{next(self._number)}"
        self.happen(Request(request_id, operation))
        return self.answer_to(request_id)

    def answer_to(self, request_id: str) -> Answer | None:
        answers = [e for _, e in self.log if isinstance(e, Answer) and e.request_id == request_id]
        assert len(answers) <= 1
        return answers[0] if answers else None

    def body_of(self, operation: Any) -> dict[str, Any]:
        answer = self.ask(operation)
        assert answer is not None
        assert answer.body is not None
        return dict(answer.body)

    def run(self, duration: int) -> None:
        """Let so many ms pass."""
        until = self.now + duration
        while (due := self._next()) is not None and due <= until:
            self.now = max(self.now, due)
            self._take(self._calls.advance(self.now))
            while self._coming and self._coming[0][0] <= self.now:
                self.happen(heapq.heappop(self._coming)[2])
        self.now = until

    def run_until(self, held: Callable[[], bool]) -> None:
        for _ in range(600):
            if held():
                return
            self.run(50)
        raise AssertionError("It did not happen within 30 s of the call.")

    def connect(self, **changes: Any) -> str:
        """Connect, wait for CallConnected; the connection's id."""
        connection_id: str = self.body_of(Connect(connect_body(**changes), None))["callConnectionId"]
        self.run_until(lambda: "CallConnected" in self.names(connection_id))
        return connection_id

    def place(self, *targets: str, **changes: Any) -> str:
        """Call somebody, wait for CallConnected; the connection's id."""
        operation = CreateCall(create_body(*targets, **changes), None)
        return self._connected(self.body_of(operation))

    def ring(self, caller: str = PHONE, called: str = BEN, **settings: Any) -> dict[str, Any]:
        return self.body_of(Ring(caller=caller, called=called, **settings))

    def answer(self, context: str, **changes: Any) -> str:
        """Answer a call that rings, wait for CallConnected; the connection's id."""
        return self._connected(self.body_of(AnswerCall(answer_body(context, **changes), None)))

    def _connected(self, answered: dict[str, Any]) -> str:
        connection_id: str = answered["callConnectionId"]
        self.run_until(lambda: {"CallConnected", "ParticipantsUpdated"} <= set(self.names(connection_id)))
        return connection_id

    def published(self, name: str | None = None) -> list[dict[str, Any]]:
        """The events published so far, all or those of a name."""
        events = [effect.event for effect in self.of(PublishEvent)]
        wanted = None if name is None else f"Microsoft.Communication.{name}"
        return [event for event in events if wanted in (None, event["eventType"])]

    def start(self, connection_id: str, **body: Any) -> None:
        """Start, wait for TranscriptionStarted."""
        before = self.names(connection_id).count("TranscriptionStarted")
        answer = self.ask(StartTranscription(connection_id, TranscriptionBody(**body)))
        assert answer == Answer(answer.request_id if answer else "", 202, None)
        self.run_until(lambda: self.names(connection_id).count("TranscriptionStarted") > before)

    def stop(self, connection_id: str, **body: Any) -> Answer:
        answer = self.ask(StopTranscription(connection_id, TranscriptionBody(**body)))
        assert answer is not None
        return answer

    def events(self, connection_id: str | None = None) -> list[dict[str, Any]]:
        """The callbacks posted so far, as events."""
        posted = [e.event for _, e in self.log if isinstance(e, SendCallback)]
        return [e for e in posted if connection_id in (None, e["data"]["callConnectionId"])]

    def names(self, connection_id: str | None = None) -> list[str]:
        return [event["type"].rsplit(".", 1)[1] for event in self.events(connection_id)]

    def the(self, name: str) -> dict[str, Any]:
        """The only event of this name."""
        (event,) = [e for e in self.events() if e["type"] == f"Microsoft.Communication.{name}"]
        return event

    def at(self, name: str) -> int:
        """When the first event of this name was posted (ms)."""
        wanted = f"Microsoft.Communication.{name}"
        return next(t for t, e in self.log if isinstance(e, SendCallback) and e.event["type"] == wanted)

    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(e.payload) for _, e in self.log if isinstance(e, SendFrame)]

    def data(self, status: str) -> list[dict[str, Any]]:
        data = [frame["transcriptionData"] for frame in self.frames() if "transcriptionData" in frame]
        return [content for content in data if content["resultStatus"] == status]

    def finals(self) -> list[str]:
        return [content["text"] for content in self.data("Final")]

    def of[E](self, kind: type[E]) -> list[E]:
        return [effect for _, effect in self.log if isinstance(effect, kind)]

    def socket(self) -> str:
        """The socket opened last."""
        return self.of(OpenSocket)[-1].socket_id

    def truth(self, sim_id: str) -> dict[str, Any]:
        return self.body_of(DescribeCall(sim_id=sim_id))

    def _next(self) -> int | None:
        dues = [due for due in (self._calls.next_due(), self._coming[0][0] if self._coming else None) if due]
        return min(dues) if dues else None

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            self.log.append((self.now, effect))
            reaction = self._reaction(effect)
            if reaction is not None:
                heapq.heappush(self._coming, (self.now + self.latency, next(self._number), reaction))

    def _reaction(self, effect: Effect) -> Input | None:
        match effect:
            case SendCallback():
                return CallbackAnswered(effect.delivery_id, self.callback_status)
            case OpenSocket():
                refused = SocketRefused(effect.socket_id, 401)
                return refused if self.refuse_sockets else SocketOpened(effect.socket_id)
            case SendFrame():
                confirm = effect.confirm if self.confirm_frames else None
                return None if confirm is None else FrameReceived(confirm)
            case Answer() | CloseSocket() | BreakSocket() | PublishEvent():
                return None
