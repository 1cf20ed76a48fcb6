"""What a client may ask of Call Automation over REST: bodies as they are on the wire, and operations."""

from dataclasses import dataclass

import msgspec


class CallLocator(msgspec.Struct, frozen=True, rename="camel"):
    """Which call to join; `kind` says which one of the three is set."""

    kind: str
    server_call_id: str | None = None
    group_call_id: str | None = None
    room_id: str | None = None


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


class ConnectBody(msgspec.Struct, frozen=True, rename="camel"):
    """Body of `callConnections:connect`."""

    call_locator: CallLocator
    callback_uri: str
    operation_context: str | None = None
    call_intelligence_options: CallIntelligenceOptions | None = None
    transcription_options: TranscriptionOptions | None = None


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
    | GetConnection
    | HangUp
    | Terminate
    | StartTranscription
    | StopTranscription
    | UpdateTranscription
    | ListParticipants
    | GetParticipant
)
