"""Drives the model of Bandwidth's calls on virtual time, with a world outside that does what the model wants."""

import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.bandwidth_model import Voice
from local.bandwidth_model.effects import Effect, OpenSocket, SendWebhook
from local.bandwidth_model.inputs import Input, WebhookAnswered
from local.bandwidth_model.requests import CreateBody, CreateCall, ReplaceBxml
from local.bandwidth_model.steering import Application
from local.conversation.effects import Answer, BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import FrameReceived, Request, SocketLost, SocketOpened, SocketRefused
from local.conversation.steering import Answering, DescribeCall, OwnLine, Ring

BEGIN = 1_795_222_417_874
THEIRS, OURS, THIRD = "+15553334444", "+15551112222", "+15556667777"
APP = "https://app.example"
SOCKET = "wss://app.example/transcript?token=t"
PAUSE = '<Pause duration="600"/>'


def line(at: int, text: str, duration: int = 1000, **changes: Any) -> OwnLine:
    return OwnLine(at=at, text=text, duration=duration, **changes)


def start(name: str | None = "verbatim", inside: str = "", **changes: str | None) -> str:
    """A StartTranscription of both tracks; a change to None leaves the attribute out."""
    given = {
        "name": name,
        "tracks": "both",
        "destination": SOCKET,
        "transcriptionEventUrl": "/events",
    } | changes
    attributes = "".join(f' {key}="{value}"' for key, value in given.items() if value is not None)
    return f"<StartTranscription{attributes}>{inside}</StartTranscription>"


def bxml(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


def creation(**changes: Any) -> CreateBody:
    given = {
        "caller": OURS,
        "called": THEIRS,
        "application_id": "app",
        "answer_url": f"{APP}/answer",
        "disconnect_url": f"{APP}/disconnect",
    }
    return CreateBody(**given | changes)


@dataclass
class VirtualBandwidth:
    """Everything outside answers as told, `latency` ms later: webhooks by their type with a status and a document."""

    seed: int = 1
    latency: int = 20
    refuse_sockets: bool = False
    statuses: dict[str, int | None] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    now: int = BEGIN
    log: list[tuple[int, Effect]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._voice = Voice(self.seed, "5555555", "http://voice.example")
        self._number = itertools.count()
        self._coming: list[tuple[int, int, Input]] = []

    def happen(self, event: Input) -> None:
        self._take(self._voice.handle(event, self.now))

    def ask(self, operation: Any) -> Answer | None:
        """The answer, if it comes."""
        request_id = f"request-{next(self._number)}"
        self.happen(Request(request_id, operation))
        answers = [answer for answer in self.of(Answer) if answer.request_id == request_id]
        return answers[0] if answers else None

    def done(self, operation: Any) -> Any:
        """The body of an answer that tells success."""
        answer = self.ask(operation)
        assert answer is not None
        assert answer.status < 300, answer
        return answer.body

    def refused(self, operation: Any) -> int:
        answer = self.ask(operation)
        assert answer is not None
        assert answer.body["description"]
        return answer.status

    def run(self, duration: int) -> None:
        """Let so many ms pass."""
        until = self.now + duration
        while (due := self._next()) is not None and due <= until:
            self.now = max(self.now, due)
            self._take(self._voice.advance(self.now))
            while self._coming and self._coming[0][0] <= self.now:
                self.happen(heapq.heappop(self._coming)[2])
        self.now = until

    def run_until(self, held: Callable[[], bool]) -> None:
        for _ in range(1200):
            if held():
                return
            self.run(50)
        raise AssertionError("It did not happen within a minute of the call.")

    def place(self, *verbs: str, script: tuple[OwnLine, ...] = (), **manners: Any) -> str:
        """A placed call that has got this script; its id."""
        self.documents["answer"] = bxml(*verbs)
        self.done(Answering(target=THEIRS, script=script, **{"start_script": "on-transcription"} | manners))
        call_id = str(self.done(CreateCall(creation()))["callId"])
        self.run_until(lambda: bool(self.webhooks("answer", call_id)))
        self.run(100)
        return call_id

    def ring(self, *verbs: str, **settings: Any) -> str:
        """A call that came in and got this script; its id."""
        self.documents["initiate"] = bxml(*verbs)
        self.done(
            Application(
                application_id="app",
                call_initiated_url=f"{APP}/initiate",
                call_status_url=f"{APP}/disconnect",
            )
        )
        given = {"caller": THEIRS, "called": OURS, "start_script": "on-transcription"} | settings
        call_id = str(self.done(Ring(**given))["callId"])
        self.run(100)
        return call_id

    def push(self, call_id: str, *verbs: str) -> None:
        self.done(ReplaceBxml(call_id, bxml(*verbs)))

    def truth(self, call_id: str) -> dict[str, Any]:
        return dict(self.done(DescribeCall(call_id)))

    def of[Kind](self, kind: type[Kind]) -> list[Kind]:
        return [effect for _, effect in self.log if isinstance(effect, kind)]

    def webhooks(self, kind: str, call_id: str | None = None) -> list[dict[str, Any]]:
        """The events of a type sent so far."""
        events = [sent.event for sent in self.of(SendWebhook)]
        return [e for e in events if e["eventType"] == kind and call_id in (None, e["callId"])]

    def types(self) -> list[str]:
        return [str(sent.event["eventType"]) for sent in self.of(SendWebhook)]

    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(frame.payload) for frame in self.of(SendFrame)]

    def words(self, *, partial: bool = False) -> list[tuple[str, str]]:
        said = [frame for frame in self.frames() if frame["eventType"] == "transcription"]
        return [(frame["track"], frame["transcript"]) for frame in said if frame["isPartial"] == partial]

    def sockets(self) -> list[str]:
        return [opening.socket_id for opening in self.of(OpenSocket)]

    def ended_sockets(self) -> list[str]:
        closed = [effect.socket_id for effect in self.of(CloseSocket)]
        return closed + [effect.socket_id for effect in self.of(BreakSocket)]

    def lose_socket(self) -> None:
        self.happen(SocketLost(self.sockets()[-1]))

    def _next(self) -> int | None:
        coming = [self._coming[0][0]] if self._coming else []
        due = self._voice.next_due()
        return min(coming + ([] if due is None else [due]), default=None)

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            self.log.append((self.now, effect))
            self._answer(effect)

    def _answer(self, effect: Effect) -> None:
        match effect:
            case SendWebhook():
                kind = effect.event["eventType"]
                status = self.statuses.get(kind, 200)
                self._later(WebhookAnswered(effect.delivery_id, status, self.documents.get(kind, "")))
            case OpenSocket():
                refused = SocketRefused(effect.socket_id, 401)
                self._later(refused if self.refuse_sockets else SocketOpened(effect.socket_id))
            case SendFrame() if effect.confirm is not None:
                self._later(FrameReceived(effect.confirm))

    def _later(self, event: Input) -> None:
        heapq.heappush(self._coming, (self.now + self.latency, next(self._number), event))
