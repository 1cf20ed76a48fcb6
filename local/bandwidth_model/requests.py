"""What a client may ask over REST: bodies as they are on the wire, and operations."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

E164 = Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{1,14}|sip:.+)$")]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://")]


class CreateBody(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Body of a POST to `calls`; time-outs in seconds."""

    caller: str = msgspec.field(name="from")
    called: E164 = msgspec.field(name="to")
    application_id: Annotated[str, msgspec.Meta(min_length=1)]
    answer_url: Url
    answer_method: Literal["GET", "POST"] = "POST"
    disconnect_url: Url | None = None
    disconnect_method: Literal["GET", "POST"] = "POST"
    username: str | None = None
    password: str | None = None
    answer_fallback_url: Url | None = None
    answer_fallback_method: Literal["GET", "POST"] = "POST"
    fallback_username: str | None = None
    fallback_password: str | None = None
    call_timeout: Annotated[float, msgspec.Meta(ge=1, le=300)] = 30
    callback_timeout: Annotated[float, msgspec.Meta(ge=1, le=25)] = 15
    tag: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class ModifyBody(msgspec.Struct, frozen=True, rename="camel"):
    """Body of a POST to `calls/{callId}`: go on elsewhere, or end."""

    state: Literal["active", "completed"] = "active"
    redirect_url: Url | None = None
    redirect_method: Literal["GET", "POST"] = "POST"
    username: str | None = None
    password: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class CreateCall:
    """Call somebody."""

    body: CreateBody


@dataclass(frozen=True, slots=True)
class GetCall:
    """A call's state."""

    call_id: str


@dataclass(frozen=True, slots=True)
class ModifyCall:
    """Send a call elsewhere, or end it."""

    call_id: str
    body: ModifyBody


@dataclass(frozen=True, slots=True)
class ReplaceBxml:
    """Let a call go on with this document."""

    call_id: str
    document: str


@dataclass(frozen=True, slots=True)
class ListTranscriptions:
    """A call's transcriptions."""

    call_id: str


@dataclass(frozen=True, slots=True)
class GetTranscription:
    """A transcription's text."""

    call_id: str
    transcription_id: str


@dataclass(frozen=True, slots=True)
class DeleteTranscription:
    """Erase a transcription."""

    call_id: str
    transcription_id: str


type RestOperation = (
    CreateCall
    | GetCall
    | ModifyCall
    | ReplaceBxml
    | ListTranscriptions
    | GetTranscription
    | DeleteTranscription
)
