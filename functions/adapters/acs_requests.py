"""What our requests to ACS hold."""

import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from azure.communication.callautomation import (
    PhoneNumberIdentifier,
    StreamingTransportType,
    TranscriptionOptions,
)

from functions.lifecycle.commands import Pending
from functions.lifecycle.raw_ids import PHONE, is_phone
from functions.lifecycle.session import Call, IncomingCall, Session, StartAt

NAMESPACE = uuid.UUID("4f0a1c52-7b1e-4d35-9a63-3f1f6f0b8a7e")


class OptionsWithModel(TranscriptionOptions):
    """Options whose speech model reaches the wire.

    The SDK (1.4.0 to 1.6.0) gives its own request the model under a name that the request has not, so it is lost.
    """

    def _to_generated(self) -> Any:
        request = super()._to_generated()  # type: ignore[no-untyped-call]  # the SDK's own, without types
        request.speech_model_endpoint_id = self.speech_recognition_model_endpoint_id
        return request


def transcription_options(session: Session, transport_url: str) -> TranscriptionOptions:
    """How ACS is to transcribe, and whether at once."""
    return OptionsWithModel(
        transport_url=transport_url,
        transport_type=StreamingTransportType.WEBSOCKET,
        locale=locale_of(session),
        start_transcription=session.request.start_at is StartAt.SETUP,
        speech_recognition_model_endpoint_id=model_of(session),
        enable_intermediate_results=session.request.interim_results,
    )


def locale_of(session: Session) -> str:
    """The locale to ask for."""
    return session.asked_locale or session.locale


def callback_url(public_url: str, session: Session) -> str:
    """Where ACS sends what happens; the ticket is in the query, which telemetry does not keep."""
    return f"{public_url}/api/callbacks/calls/{session.id}?ticket={session.ticket}"


def operation_context(session: Session) -> str:
    """What comes back with the callbacks of this attempt."""
    return str(session.attempt)


def repeatability(session: Session, pending: Pending) -> dict[str, str]:
    """The headers that make a second try of this command the same request."""
    first_sent = datetime.fromtimestamp(pending.first_sent_at / 1000, UTC)
    return {
        "Repeatability-Request-ID": str(uuid.uuid5(NAMESPACE, f"{session.id}/{pending.id}")),
        "Repeatability-First-Sent": format_datetime(first_sent, usegmt=True),
    }


def shown_number(call: Call, target: str) -> PhoneNumberIdentifier | None:
    """The number that an invited phone shows, without which ACS rings none: the one that the caller called."""
    if not is_phone(target) or not isinstance(call, IncomingCall) or not is_phone(call.called):
        return None
    return PhoneNumberIdentifier(call.called.removeprefix(PHONE))


def model_of(session: Session) -> str | None:
    """The custom speech model; it was trained for the locale of the start, and is left out in any other."""
    same = locale_of(session) == session.request.locale
    return session.request.speech_model_endpoint_id if same else None
