"""What the model remembers: the world, its calls, their connections, and what was said."""

from dataclasses import dataclass, field
from typing import Any, Literal

from local.acs_model.effects import Effect
from local.acs_model.requests import SetUp, TranscriptionBody, TranscriptionOptions
from local.acs_model.steering import InjectFault
from local.conversation.effects import Answer
from local.conversation.state import Conversation, Conversations, Socket
from local.conversation.steering import CallbackFaults, Line, Speaker

type Phase = Literal["inactive", "starting", "active", "stopping"]
type Kind = Literal["connect", "create", "answer"]
type ConnectionState = Literal["connecting", "connected", "disconnecting", "disconnected"]


@dataclass(slots=True)
class Transcription:
    """The transcription of one connection. A new subscription id for each start [I]."""

    subscription_id: str
    phase: Phase = "inactive"
    locale: str = ""
    speech_model: str | None = None
    operation: TranscriptionBody = field(default_factory=TranscriptionBody)
    due: int = 0
    origin: int = 0
    socket: Socket = field(default_factory=Socket)
    refusals: int = 0
    restart_offsets: bool = False


@dataclass(frozen=True, slots=True)
class Parties:
    """How a connection came about, and between whom (raw ids): under `bot` we take part, `source` called `targets`."""

    kind: Kind
    bot: str
    source: str
    targets: tuple[str, ...] = ()


@dataclass(slots=True)
class Connection:
    """One leg of ours in a call."""

    connection_id: str
    call: "Call"
    body: SetUp
    parties: Parties
    transcription: Transcription
    state: ConnectionState = "connecting"
    joined_at: int | None = None
    left_at: int | None = None
    participants_sent: int = 0
    announced: bool = False
    withheld: list[Answer] = field(default_factory=list)

    @property
    def options(self) -> TranscriptionOptions | None:
        """The transcription options it was made with."""
        return self.body.transcription_options

    @property
    def live(self) -> bool:
        """Whether it is on its way into the call or in it."""
        return self.state in ("connecting", "connected")


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and JSON body; `after` names the connection whose CallConnected must be delivered first."""

    status: int
    body: dict[str, Any] | None = None
    after: Connection | None = None


@dataclass(slots=True)
class CallbackRecord:
    """A callback, and what became of it. `statuses`: an answer's status or None, one per try."""

    event: dict[str, Any]
    connection: Connection
    url: str
    at: int
    statuses: list[int | None] = field(default_factory=list)
    dropped: bool = False


@dataclass(slots=True)
class Incoming:
    """How a call came to us. `context` lets its bearer answer; it rings until `rings_until` (ms)."""

    caller: Speaker
    called: str
    context: str
    company: tuple[Speaker, ...]
    script: tuple[Line, ...]
    rings_until: int
    state: Literal["ringing", "answered", "rejected", "redirected", "missed"] = "ringing"


@dataclass(slots=True, kw_only=True)
class Call(Conversation):
    """A conversation of one resource; its connections share `server_call_id` and `correlation_id` [R].

    Of two (`two_party`) it is as long as there were never more; it begins with the first who is in it.
    """

    sim_id: str
    server_call_id: str
    correlation_id: str
    group_call_id: str | None = None
    room_id: str | None = None
    people: list[Speaker] = field(default_factory=list)
    two_party: bool = False
    incoming: Incoming | None = None
    started_by: str | None = None
    started_at: int = 0
    connections: list[Connection] = field(default_factory=list)
    callbacks: list[CallbackRecord] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Delivery:
    """A callback on its way; `tries` counts the posts so far."""

    record: CallbackRecord
    tries: int = 0


@dataclass(slots=True)
class World(Conversations[Effect, Call, Connection]):
    """All state."""

    connections: dict[str, Connection] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    replies: dict[tuple[str, str], Reply] = field(default_factory=dict)
    faults: list[InjectFault] = field(default_factory=list)
    callback_faults: CallbackFaults = field(default_factory=CallbackFaults)
    hold: tuple[str, ...] = ()
    held: list[CallbackRecord] = field(default_factory=list)
