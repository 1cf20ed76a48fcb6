"""What a client may ask of Call Automation over REST: bodies as they are on the wire, and operations."""

from dataclasses import dataclass

import msgspec


class CallLocator(msgspec.Struct, frozen=True, rename="camel"):
    """Which call to join; `kind` says which one of the three is set."""

    kind: str
    server_call_id: str | None = None
    group_call_id: str | None = None
    room_id: str | None = None


class PhoneNumber(msgspec.Struct, frozen=True):
    """A phone number in E.164 form."""

    value: str


class CommunicationUser(msgspec.Struct, frozen=True):
    """An identity of Communication Services."""

    id: str


class Identifier(msgspec.Struct, frozen=True, rename="camel"):
    """Whom a request names; the SDK sends the raw id and one more member, without a kind [V]."""

    raw_id: str | None = None
    phone_number: PhoneNumber | None = None
    communication_user: CommunicationUser | None = None


class TranscriptionOptions(msgspec.Struct, frozen=True, rename="camel"):
    """How a connection is to be transcribed, fixed when it is made."""

    transport_url: str = ""
    transport_type: str = "websocket"
    locale: str = ""
    start_transcription: bool = False
    enable_intermediate_results: bool = False
    speech_model_endpoint_id: str | None = None


class CallIntelligenceOptions(msgspec.Struct, frozen=True, rename="camel"):
    """The Cognitive Services resource that recognises the speech."""

    cognitive_services_endpoint: str | None = None


class SetUp(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What every way into a call fixes for its connection."""

    callback_uri: str
    operation_context: str | None = None
    call_intelligence_options: CallIntelligenceOptions | None = None
    transcription_options: TranscriptionOptions | None = None


class ConnectBody(SetUp, frozen=True, kw_only=True):
    """Body of `callConnections:connect`."""

    call_locator: CallLocator


class CreateBody(SetUp, frozen=True, kw_only=True):
    """Body of a POST to `callConnections`; a phone is called with `source_caller_id_number` only."""

    targets: tuple[Identifier, ...]
    source_caller_id_number: PhoneNumber | None = None
    source_display_name: str | None = None
    source: CommunicationUser | None = None


class AnswerBody(SetUp, frozen=True, kw_only=True):
    """Body of `callConnections:answer`."""

    incoming_call_context: str
    answered_by: CommunicationUser | None = None


class RejectBody(msgspec.Struct, frozen=True, rename="camel"):
    """Body of `callConnections:reject`."""

    incoming_call_context: str
    call_reject_reason: str | None = None


class RedirectBody(msgspec.Struct, frozen=True, rename="camel"):
    """Body of `callConnections:redirect`."""

    incoming_call_context: str
    target: Identifier


class AddParticipantBody(msgspec.Struct, frozen=True, rename="camel"):
    """Body of `participants:add`."""

    participant_to_add: Identifier
    source_caller_id_number: PhoneNumber | None = None
    source_display_name: str | None = None
    invitation_timeout_in_seconds: int | None = None
    operation_context: str | None = None
    operation_callback_uri: str | None = None


class TranscriptionBody(msgspec.Struct, frozen=True, rename="camel"):
    """Body of start, stop and update; stop has neither locale nor model."""

    locale: str | None = None
    speech_model_endpoint_id: str | None = None
    operation_context: str | None = None
    operation_callback_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Join a call; the same `repeatability_id` is answered with the same connection."""

    body: ConnectBody
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class CreateCall:
    """Call somebody; repeated like a connect."""

    body: CreateBody
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """Answer a call that rings; repeated like a connect."""

    body: AnswerBody
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class RejectCall:
    """Refuse a call that rings."""

    body: RejectBody
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class RedirectCall:
    """Let a call that rings ring at somebody else."""

    body: RedirectBody
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class AddParticipant:
    """Call somebody into the connection's call."""

    connection_id: str
    body: AddParticipantBody
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class GetConnection:
    """The properties of a connection."""

    connection_id: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Leave the call; the others stay."""

    connection_id: str


@dataclass(frozen=True, slots=True)
class Terminate:
    """End the call for everyone."""

    connection_id: str
    repeatability_id: str | None


@dataclass(frozen=True, slots=True)
class StartTranscription:
    """Start the transcription of a connection."""

    connection_id: str
    body: TranscriptionBody


@dataclass(frozen=True, slots=True)
class StopTranscription:
    """Stop the transcription of a connection."""

    connection_id: str
    body: TranscriptionBody


@dataclass(frozen=True, slots=True)
class UpdateTranscription:
    """Change the locale of a connection's transcription."""

    connection_id: str
    body: TranscriptionBody


@dataclass(frozen=True, slots=True)
class ListParticipants:
    """Everyone in the connection's call."""

    connection_id: str


@dataclass(frozen=True, slots=True)
class GetParticipant:
    """One participant of the connection's call."""

    connection_id: str
    raw_id: str


type RestOperation = (
    Connect
    | CreateCall
    | AnswerCall
    | RejectCall
    | RedirectCall
    | AddParticipant
    | GetConnection
    | HangUp
    | Terminate
    | StartTranscription
    | StopTranscription
    | UpdateTranscription
    | ListParticipants
    | GetParticipant
)
