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
    """The ways of naming a call that exists; `callId` is one that another application runs, without a bot of ours."""

    GROUP_CALL = "groupCallId"
    SERVER_CALL = "serverCallId"
    ROOM = "roomId"
    CALL = "callId"


class StartAt(StrEnum):
    """When the transcription starts: with our connection, or once that is established."""

    SETUP = "setup"
    CONNECTED = "connected"


class CallLocator(msgspec.Struct, frozen=True, omit_defaults=True, tag="joined"):
    """A call that exists, which we join, or only listen to (`callId`)."""

    kind: LocatorKind
    value: str


class PlacedCall(msgspec.Struct, frozen=True, omit_defaults=True, tag="placed"):
    """A call that we place: whom to ring (raw ids), and the number that phones show."""

    to: tuple[str, ...]
    caller_id: str | None = None


class IncomingCall(msgspec.Struct, frozen=True, omit_defaults=True, tag="incoming"):
    """A call that rings and that we answer. `context` lets its bearer answer it, so it is never shown.

    `connect_to` is the raw id of the one whom the caller is then connected to; none if we answer alone.
    """

    caller: str
    called: str
    server_call_id: str
    context: str
    connect_to: str | None = None


type Call = CallLocator | PlacedCall | IncomingCall


class SessionError(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What failed and what a person can do about it; codes are ACS's.

    `reason` is the word of a provider that has words instead: `transcription.track-limit`.
    """

    code: int
    sub_code: int
    message: str
    remedy: str
    retryable: bool
    reason: str = ""


class StartRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a start asks for, checked.

    `provider` names whose call it is, for those who look for its adapter and its decoders; empty for ACS. Where each
    request to a call ends what the call was doing, `continuation` is what it goes on with, as its provider writes it.
    `locales` are those that the provider has; none says that any may do.

    Defaults are left out where it is written, its call's too: a field that is added some day must not change the
    digest by which a repeated start is known.
    """

    call: Call
    locale: str
    interim_results: bool = True
    speakers: dict[str, str] = {}
    tag: str | None = None
    start_at: StartAt = StartAt.CONNECTED
    speech_model_endpoint_id: str | None = None
    provider: str = ""
    continuation: str = ""
    locales: tuple[str, ...] = ()


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything known of a session. Moments are ms since 1970 UTC.

    What is fixed at its start: `ticket` guards its callbacks and `secret` signs its read tokens, neither leaves the
    back end; `idempotency_claim` is the claim under which its start can be repeated; `announces` says whether there
    is a topic for its events; `web_pubsub` names the resource that has its sockets (see `sharding`).

    What is desired: `locale` and `desired`. `speakers` are the names that users gave, `names` those that the provider
    told.

    What is known of the call: `own_id` is the raw id under which we are in it, `participants_seen` the newest news of
    who else is, `count_people_at` when to ask the provider for that; `invited` says that somebody was rung for the
    caller, `invitee_came` that they, or somebody else, were seen with the caller, `departing` that we go though we
    placed or answered the call, `call_over` that there is nothing to return to. `sockets` are the transcript sockets
    that are open as far as we know: news of one socket may overtake news of another. `old_sockets` were open when the
    transcription was asked to start: they are no sign that it did. `asked_locale` is the one that the provider was
    asked for, `confirmed_locale` that of its last confirmation, `updating` that a change in place is under way, and
    `updates_in_place` that such a change may work. `starts` counts how often the transcription was asked to start: it
    tells one from the next where the provider lets us name them.

    What is awaited: `pending` holds the commands without an outcome, `deadline` when the awaited event is overdue,
    `retry_at` when to try again after the `failures` of this incident, `timer` the due time of the timer row that was
    last written. `first_heard_at` is when its first words came. `unanswered_questions` counts how often the
    provider's own word brought us no further. `trouble` is the last failure that the session may yet get over.

    After its end: `transcript_ended` says that no more words will come, `erased_at` that its user had it erased,
    `erasure_due` when its words are erased (once more), `words_erased` that nothing of it was left after its end.
    """

    id: str
    request: StartRequest
    created_at: int
    must_end_at: int
    ticket: str
    secret: str
    locale: str
    idempotency_claim: str | None = None
    announces: bool = False
    web_pubsub: str = ""
    revision: int = 0
    desired: Desired = Desired.TRANSCRIBING
    speakers: dict[str, str] = {}
    names: dict[str, str] = {}
    attempt: int = 1
    connection: Connection = Connection.CONNECTING
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    own_id: str | None = None
    participants_seen: int = 0
    count_people_at: int | None = None
    invited: bool = False
    invitee_came: bool = False
    departing: bool = False
    call_over: bool = False
    transcription: Transcription = Transcription.INACTIVE
    asked_locale: str | None = None
    confirmed_locale: str | None = None
    starts: int = 0
    updating: bool = False
    updates_in_place: bool = True
    sockets: tuple[str, ...] = ()
    old_sockets: tuple[str, ...] = ()
    interrupted_at: int | None = None
    connected_at: int | None = None
    started_at: int | None = None
    first_heard_at: int | None = None
    active_since: int | None = None
    ended_at: int | None = None
    cause: Cause | None = None
    error: SessionError | None = None
    trouble: SessionError | None = None
    replaced_by: str | None = None
    pending: tuple[Pending, ...] = ()
    deadline: int | None = None
    unanswered_questions: int = 0
    failures: int = 0
    retry_at: int | None = None
    timer: int | None = None
    transcript_ended: bool = False
    erased_at: int | None = None
    erasure_due: int | None = None
    words_erased: bool = False

    @property
    def state(self) -> State:
        """The public state, which follows from what is desired and what is observed."""
        if self.ended_at is not None:
            return State.FAILED if self.error else State.STOPPED
        if self.desired is Desired.STOPPED:
            return State.STOPPING
        if self.connection is not Connection.CONNECTED:
            return State.CONNECTING
        if self.transcription is not Transcription.ACTIVE:
            return State.STARTING
        return State.ACTIVE if self.interrupted_at is None else State.INTERRUPTED

    @property
    def was_joined(self) -> bool:
        """Whether we joined a call that others have; one that we placed or answered is not ours to leave."""
        return isinstance(self.request.call, CallLocator) and not self.only_listens

    @property
    def only_listens(self) -> bool:
        """Whether nobody of ours is in the call, so that there is nothing to leave and nobody to hang up on."""
        call = self.request.call
        return isinstance(call, CallLocator) and call.kind is LocatorKind.CALL

    @property
    def server_call_ids(self) -> set[str]:
        """The ids, as far as we know, that the session's call has for all who are in it."""
        call = self.request.call
        rang_as = call.server_call_id if isinstance(call, IncomingCall) else None
        return {known for known in (self.server_call_id, rang_as) if known}

    @property
    def shown_names(self) -> dict[str, str]:
        """Names by raw id: those that users gave win over those that the provider told."""
        return self.names | self.speakers
