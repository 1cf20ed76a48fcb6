"""The session: one call's transcription from the request to its end, as plain data."""

from enum import StrEnum

import msgspec

from functions.lifecycle.commands import Pending


class Desired(StrEnum):
    """What the user wants."""

    TRANSCRIBING = "transcribing"
    STOPPED = "stopped"


class Connection(StrEnum):
    """What is known of our connection to the call."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LEAVING = "leaving"
    GONE = "gone"


class Transcription(StrEnum):
    """What is known of the transcription on that connection."""

    INACTIVE = "inactive"
    STARTING = "starting"
    ACTIVE = "active"
    STOPPING = "stopping"


class State(StrEnum):
    """What a user of the API sees."""

    CONNECTING = "connecting"
    STARTING = "starting"
    ACTIVE = "active"
    INTERRUPTED = "interrupted"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Cause(StrEnum):
    """Why a session ended, in the words of Bandwidth's `realTimeTranscriptionStopped` event."""

    CLOSED = "closed"
    CONNECTION_ERROR = "connection-error"
    ERROR = "error"


class LocatorKind(StrEnum):
    """The ways of naming a call that exists."""

    GROUP_CALL = "groupCallId"
    SERVER_CALL = "serverCallId"


class CallLocator(msgspec.Struct, frozen=True):
    """Which call."""

    kind: LocatorKind
    value: str


class SessionError(msgspec.Struct, frozen=True, rename="camel"):
    """What failed and what a person can do about it; codes are ACS's."""

    code: int
    sub_code: int
    message: str
    remedy: str
    retryable: bool


class StartRequest(msgspec.Struct, frozen=True):
    """What a start asks for, checked."""

    call: CallLocator
    locale: str
    interim_results: bool = True
    speakers: dict[str, str] = {}
    tag: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything known of a session. Moments are ms since 1970 UTC.

    `ticket` guards its callbacks and `secret` signs its read tokens; neither leaves the back end.
    `sockets` are the transcript sockets that are open as far as we know: news of one socket may overtake news of
    another. `pending` holds the commands without an outcome, `deadline` when the awaited event is overdue, `timer`
    the due time of the timer row that was last written for it. `unanswered_questions` counts how often ACS's own
    word brought us no further, `restarts` how often in a row the transcription stopped by itself.
    """

    id: str
    request: StartRequest
    created_at: int
    must_end_at: int
    ticket: str
    secret: str
    revision: int = 0
    desired: Desired = Desired.TRANSCRIBING
    attempt: int = 1
    connection: Connection = Connection.CONNECTING
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    transcription: Transcription = Transcription.INACTIVE
    sockets: tuple[str, ...] = ()
    interrupted_at: int | None = None
    connected_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    cause: Cause | None = None
    error: SessionError | None = None
    replaced_by: str | None = None
    pending: tuple[Pending, ...] = ()
    deadline: int | None = None
    unanswered_questions: int = 0
    active_since: int | None = None
    restarts: int = 0
    timer: int | None = None

    @property
    def state(self) -> State:
        """The public state, which follows from what is desired and what is observed."""
        if self.ended_at is not None:
            return State.FAILED if self.error else State.STOPPED
        if self.desired is Desired.STOPPED:
            return State.STOPPING
        if self.connection is Connection.CONNECTING:
            return State.CONNECTING
        if self.transcription is not Transcription.ACTIVE:
            return State.STARTING
        return State.ACTIVE if self.interrupted_at is None else State.INTERRUPTED

    @property
    def due_at(self) -> int | None:
        """The next moment at which time alone must change something; none once nothing is awaited."""
        leases = [pending.leased_until for pending in self.pending]
        awaited = [self.must_end_at] if self.desired is Desired.TRANSCRIBING else []
        if self.deadline is not None:
            awaited.append(self.deadline)
        return min(leases + awaited, default=None)
