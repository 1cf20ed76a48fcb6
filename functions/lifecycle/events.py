"""What can happen to a session. Ids of connections decide whether it concerns the session as it is now."""

import msgspec


class Outcome(msgspec.Struct, frozen=True, rename="camel"):
    """A `resultInformation`, or an HTTP error in its form: `code` is the status, `sub_code` the provider's number.

    `reason` is the word of a provider that has words instead of numbers; the journal has it where there is one.
    """

    code: int = 200
    sub_code: int = 0
    message: str = ""
    reason: str | msgspec.UnsetType = msgspec.UNSET


class StopRequested(msgspec.Struct, frozen=True, tag="stop-requested"):
    """The user wants the transcription to end."""


class StartRequested(msgspec.Struct, frozen=True, tag="start-requested"):
    """The user wants the call transcribed, and this session is the one that does it.

    `continuation` is what the call goes on with from now on, empty where that stays; it may hold credentials, so the
    journal has it not.
    """

    continuation: str = ""


class RestartRequested(msgspec.Struct, frozen=True, tag="restart-requested"):
    """The user wants a session that has ended to go on; `continuation` as in StartRequested."""

    continuation: str = ""


class LocaleRequested(msgspec.Struct, frozen=True, rename="camel", tag="locale-requested"):
    """The user wants another locale."""

    locale: str


class SpeakersNamed(msgspec.Struct, frozen=True, rename="camel", tag="speakers-named"):
    """The user names the speakers; by raw id. These names take the place of those that the user gave before."""

    speakers: dict[str, str]


class SpeakersChanged(msgspec.Struct, frozen=True, rename="camel", tag="speakers-changed"):
    """The user names some of the speakers, by raw id, or takes their names back (None). Other names stay."""

    speakers: dict[str, str | None]


class NamesHeard(msgspec.Struct, frozen=True, rename="camel", tag="names-heard"):
    """The provider told the names of people in the call, by raw id."""

    names: dict[str, str]


class ErasureRequested(msgspec.Struct, frozen=True, tag="erasure-requested"):
    """Nothing of the session is to remain."""


class ConnectAnswered(msgspec.Struct, frozen=True, rename="camel", tag="connect-answered"):
    """The provider accepted to join, place or answer the call: the connection exists, it is not established yet.

    `own_id` is the raw id under which we will be in the call, where the provider says so.
    """

    command: str
    attempt: int
    call_connection_id: str
    server_call_id: str | None = None
    correlation_id: str | None = None
    own_id: str | None = None


class CommandAccepted(msgspec.Struct, frozen=True, rename="camel", tag="command-accepted"):
    """The provider answered with success, which for transcription means that it took note (202)."""

    command: str


class CommandRefused(msgspec.Struct, frozen=True, rename="camel", tag="command-refused"):
    """The provider answered with an error that a repeat will not change."""

    command: str
    outcome: Outcome


class CommandUnanswered(msgspec.Struct, frozen=True, rename="camel", tag="command-unanswered"):
    """Nobody knows whether the command was carried out: no answer, or a passing error."""

    command: str
    reason: str


class CallConnected(msgspec.Struct, frozen=True, rename="camel", tag="call-connected"):
    """We are in the call. `held_by` is another live session that already transcribes it, if there is one.

    `names` are those that the provider told of people in the call before the session knew that it was theirs.
    """

    call_connection_id: str
    attempt: int | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    held_by: str | None = None
    names: dict[str, str] = {}


class ConnectFailed(msgspec.Struct, frozen=True, rename="camel", tag="connect-failed"):
    """The call could not be joined, placed or answered."""

    call_connection_id: str
    attempt: int | None
    outcome: Outcome


class CallDisconnected(msgspec.Struct, frozen=True, rename="camel", tag="call-disconnected"):
    """The connection is over, by us, by the people or by the service."""

    call_connection_id: str
    outcome: Outcome


class CallEnded(msgspec.Struct, frozen=True, rename="camel", tag="call-ended"):
    """The call is over for everybody, as Event Grid tells, perhaps hours later; `server_call_id` says which."""

    server_call_id: str


class ParticipantsChanged(msgspec.Struct, frozen=True, rename="camel", tag="participants-changed"):
    """Who is in the call now: `people` are the first few raw ids that are no bot's; `sequence` orders the news."""

    call_connection_id: str
    people: tuple[str, ...]
    sequence: int


class PeopleCounted(msgspec.Struct, frozen=True, rename="camel", tag="people-counted"):
    """The answer to CountPeople; `people` as in ParticipantsChanged, `own_id` as in ConnectAnswered."""

    command: str
    call_connection_id: str
    people: tuple[str, ...]
    own_id: str | None = None


class InvitationAccepted(msgspec.Struct, frozen=True, rename="camel", tag="invitation-accepted"):
    """The one whom the caller was to be connected to is there."""

    call_connection_id: str


class InvitationFailed(msgspec.Struct, frozen=True, rename="camel", tag="invitation-failed"):
    """The one whom the caller was to be connected to did not come."""

    call_connection_id: str
    outcome: Outcome


class TranscriptionStarted(msgspec.Struct, frozen=True, rename="camel", tag="transcription-started"):
    """The provider transcribes now."""

    call_connection_id: str


class TranscriptionStopped(msgspec.Struct, frozen=True, rename="camel", tag="transcription-stopped"):
    """The provider transcribes no more."""

    call_connection_id: str


class TranscriptionClosed(msgspec.Struct, frozen=True, rename="camel", tag="transcription-closed"):
    """The transcription was ended on purpose: by us, by who else runs the call, or with the call."""

    call_connection_id: str


class TranscriptionUpdated(msgspec.Struct, frozen=True, rename="camel", tag="transcription-updated"):
    """The provider transcribes in another locale now."""

    call_connection_id: str


class TranscriptionResumed(msgspec.Struct, frozen=True, rename="camel", tag="transcription-resumed"):
    """The provider has a transcript socket again."""

    call_connection_id: str


class TranscriptionFailed(msgspec.Struct, frozen=True, rename="camel", tag="transcription-failed"):
    """A start, stop or update came to nothing, or a running transcription broke."""

    call_connection_id: str
    outcome: Outcome


class SocketOpened(msgspec.Struct, frozen=True, rename="camel", tag="socket-opened"):
    """The provider opened the transcript socket; `socket` is its Web PubSub connection id."""

    socket: str


class SocketClosed(msgspec.Struct, frozen=True, rename="camel", tag="socket-closed"):
    """A transcript socket is gone."""

    socket: str
    reason: str = ""


class StreamBegan(msgspec.Struct, frozen=True, rename="camel", tag="stream-began"):
    """The first words of a stream arrived: proof that the provider transcribes."""

    socket: str
    stream: str


class FrameRejected(msgspec.Struct, frozen=True, rename="camel", tag="frame-rejected"):
    """A frame could not be understood and was dropped; noted once per socket and kind of fault."""

    socket: str
    fault: str


class CallReported(msgspec.Struct, frozen=True, rename="camel", tag="call-reported"):
    """The answer to AskCall: whether we are `connecting`, `connected` or `gone`, and whether it transcribes (None: it
    cannot tell, and whoever asked has to).

    `locale` is that of the transcription, where the provider says so; `heard_at` the moment of the newest final that
    was stored, ms since 1970; `own_id` is as in ConnectAnswered. `held_by` and `names` are as in CallConnected, whose
    callback may have been lost.
    """

    command: str
    call_connection_id: str
    connection: str
    transcribing: bool | None = False
    locale: str | None = None
    heard_at: int | None = None
    own_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    held_by: str | None = None
    names: dict[str, str] = {}


class CallbackNoted(msgspec.Struct, frozen=True, rename="camel", tag="callback-noted"):
    """A callback that changes nothing, kept for the journal; `name` is the provider's name for it."""

    name: str


class TimePassed(msgspec.Struct, frozen=True, tag="time-passed"):
    """Something may be overdue."""


type Event = (
    StartRequested
    | StopRequested
    | RestartRequested
    | LocaleRequested
    | SpeakersNamed
    | SpeakersChanged
    | NamesHeard
    | ErasureRequested
    | ConnectAnswered
    | CommandAccepted
    | CommandRefused
    | CommandUnanswered
    | CallConnected
    | ConnectFailed
    | CallDisconnected
    | CallEnded
    | ParticipantsChanged
    | PeopleCounted
    | InvitationAccepted
    | InvitationFailed
    | TranscriptionStarted
    | TranscriptionStopped
    | TranscriptionClosed
    | TranscriptionUpdated
    | TranscriptionResumed
    | TranscriptionFailed
    | SocketOpened
    | SocketClosed
    | StreamBegan
    | FrameRejected
    | CallReported
    | CallbackNoted
    | TimePassed
)
