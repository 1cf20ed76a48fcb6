"""What can happen to a session. Ids of connections decide whether it concerns the session as it is now."""

import msgspec


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """A `resultInformation`, or an HTTP error in its form: `code` is the status, `sub_code` ACS's number."""

    code: int = 200
    sub_code: int = 0
    message: str = ""


class StopRequested(msgspec.Struct, frozen=True, tag="stop-requested"):
    """The user wants the transcription to end."""


class StartRequested(msgspec.Struct, frozen=True, tag="start-requested"):
    """The user wants the call transcribed, and this session is the one that does it."""


class ConnectAnswered(msgspec.Struct, frozen=True, rename="camel", tag="connect-answered"):
    """ACS accepted `connect`: the connection exists, the call is not joined yet."""

    command: str
    attempt: int
    call_connection_id: str
    server_call_id: str | None = None
    correlation_id: str | None = None


class CommandAccepted(msgspec.Struct, frozen=True, rename="camel", tag="command-accepted"):
    """ACS answered with success, which for transcription means that it took note (202)."""

    command: str


class CommandRefused(msgspec.Struct, frozen=True, rename="camel", tag="command-refused"):
    """ACS answered with an error that a repeat will not change."""

    command: str
    outcome: Outcome


class CommandUnanswered(msgspec.Struct, frozen=True, rename="camel", tag="command-unanswered"):
    """Nobody knows whether the command was carried out: no answer, or a passing error."""

    command: str
    reason: str


class CallConnected(msgspec.Struct, frozen=True, rename="camel", tag="call-connected"):
    """We are in the call. `held_by` is another live session that already transcribes it, if there is one."""

    call_connection_id: str
    attempt: int | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    held_by: str | None = None


class ConnectFailed(msgspec.Struct, frozen=True, rename="camel", tag="connect-failed"):
    """We could not join the call."""

    call_connection_id: str
    attempt: int | None
    outcome: Outcome


class CallDisconnected(msgspec.Struct, frozen=True, rename="camel", tag="call-disconnected"):
    """The connection is over, by us, by the people or by the service."""

    call_connection_id: str
    outcome: Outcome


class TranscriptionStarted(msgspec.Struct, frozen=True, rename="camel", tag="transcription-started"):
    """ACS transcribes now."""

    call_connection_id: str


class TranscriptionStopped(msgspec.Struct, frozen=True, rename="camel", tag="transcription-stopped"):
    """ACS transcribes no more."""

    call_connection_id: str


class TranscriptionFailed(msgspec.Struct, frozen=True, rename="camel", tag="transcription-failed"):
    """A start, stop or update came to nothing, or a running transcription broke."""

    call_connection_id: str
    outcome: Outcome


class SocketOpened(msgspec.Struct, frozen=True, rename="camel", tag="socket-opened"):
    """ACS opened the transcript socket; `socket` is its Web PubSub connection id."""

    socket: str


class SocketClosed(msgspec.Struct, frozen=True, rename="camel", tag="socket-closed"):
    """A transcript socket is gone."""

    socket: str
    reason: str = ""


class StreamBegan(msgspec.Struct, frozen=True, rename="camel", tag="stream-began"):
    """The first words of a stream arrived: proof that ACS transcribes."""

    socket: str
    stream: str


class FrameRejected(msgspec.Struct, frozen=True, rename="camel", tag="frame-rejected"):
    """A frame could not be understood and was dropped; noted once per socket and kind of fault."""

    socket: str
    fault: str


class CallReported(msgspec.Struct, frozen=True, rename="camel", tag="call-reported"):
    """The answer to AskCall: whether we are `connecting`, `connected` or `gone`, and whether it transcribes.

    `held_by` is as in CallConnected, whose callback may have been lost.
    """

    command: str
    call_connection_id: str
    connection: str
    transcribing: bool = False
    server_call_id: str | None = None
    correlation_id: str | None = None
    held_by: str | None = None


class CallbackNoted(msgspec.Struct, frozen=True, rename="camel", tag="callback-noted"):
    """A callback that changes nothing, kept for the journal; `name` is ACS's name for it."""

    name: str


class TimePassed(msgspec.Struct, frozen=True, tag="time-passed"):
    """Something may be overdue."""


type Event = (
    StartRequested
    | StopRequested
    | ConnectAnswered
    | CommandAccepted
    | CommandRefused
    | CommandUnanswered
    | CallConnected
    | ConnectFailed
    | CallDisconnected
    | TranscriptionStarted
    | TranscriptionStopped
    | TranscriptionFailed
    | SocketOpened
    | SocketClosed
    | StreamBegan
    | FrameRejected
    | CallReported
    | CallbackNoted
    | TimePassed
)
