"""What the model remembers: the world, its calls, their scripts, and what was said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from local.bandwidth_model.effects import Effect
from local.bandwidth_model.steering import Application, InjectFault, WebhookFaults
from local.bandwidth_model.verbs import Hook, StartTranscription, Verb
from local.conversation.state import Conversation, Conversations, Socket

type Phase = Literal["opening", "active", "stopped", "rejected"]
type CallState = Literal["queued", "initiated", "answered", "disconnected"]


@dataclass(slots=True)
class Transcription:
    """A transcription of some tracks of a call. Its webhooks and its socket know it by different ids [I]."""

    id: str
    socket_name: str
    name: str
    verb: StartTranscription
    call: "Call"
    hook: Hook | None
    began_at: int
    phase: Phase = "opening"
    ended_at: int | None = None
    readable_at: int | None = None
    deleted: bool = False
    socket: Socket = field(default_factory=Socket)
    finals: list[tuple[str, str, float]] = field(default_factory=list)
    cause: str | None = None

    @property
    def live(self) -> bool:
        """Whether it is on its way or under way: then its tracks count."""
        return self.phase in ("opening", "active")


@dataclass(slots=True)
class WebhookRecord:
    """A webhook, and what became of it. `statuses`: an answer's status or None, one per try."""

    event: dict[str, Any]
    hook: Hook
    at: int
    statuses: list[int | None] = field(default_factory=list)
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Bridged:
    """A call's connection with somebody; `other` is the id of another call, if it is one.

    `then` lets the call go on when the other side has left.
    """

    then: Callable[[], None]
    other: str | None = None


@dataclass(slots=True, kw_only=True)
class Call(Conversation):
    """A leg between Bandwidth and its own party: who called us, or whom we called.

    `turn` changes whenever another script begins, so that what belongs to an older one comes to nothing.
    """

    call_id: str
    direction: Literal["inbound", "outbound"]
    caller: str
    called: str
    application_id: str
    disconnect: Hook | None
    callback_seconds: float
    tag: str | None
    enqueued_at: int | None = None
    started_at: int | None = None
    answered_at: int | None = None
    state: CallState = "queued"
    cause: str | None = None
    error_message: str | None = None
    script: list[Verb] = field(default_factory=list)
    base_url: str = ""
    turn: int = 0
    running: str | None = None
    bridged: Bridged | None = None
    joined: list[str] = field(default_factory=list)
    transcriptions: list[Transcription] = field(default_factory=list)
    rejected: list[Transcription] = field(default_factory=list)
    webhooks: list[WebhookRecord] = field(default_factory=list)

    @property
    def own_party(self) -> str:
        """Whom Bandwidth hears on the `inbound` track."""
        return self.caller if self.direction == "inbound" else self.called

    @property
    def far_party(self) -> str:
        """The other number, who is heard on the `outbound` track."""
        return self.called if self.direction == "inbound" else self.caller


@dataclass(slots=True)
class Delivery:
    """A webhook on its way. `then` takes the BXML that is answered; without one the webhook is asynchronous."""

    record: WebhookRecord
    call: Call
    turn: int
    then: Callable[[str], None] | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, JSON body and headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class World(Conversations[Effect, Call, Transcription]):
    """All state of one account; `site` is what its URLs begin with."""

    account_id: str = ""
    site: str = ""
    applications: dict[str, Application] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    faults: list[InjectFault] = field(default_factory=list)
    webhook_faults: WebhookFaults = field(default_factory=WebhookFaults)
    created: list[int] = field(default_factory=list)

    def call_url(self, call: Call) -> str:
        """Where a call is, in REST."""
        return f"{self.site}/api/v2/accounts/{self.account_id}/calls/{call.call_id}"

    def mint(self, kind: str) -> str:
        """An id as Bandwidth writes them: `c-`, `t-` or `s-`, eight digits and a GUID."""
        return f"{kind}-{self.random.getrandbits(32):08x}-{self.new_id()}"
