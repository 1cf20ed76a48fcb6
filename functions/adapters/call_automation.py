"""ACS Call Automation, through its SDK.

`connect` bears the repeatability headers of its pending command, which the SDK passes on, so that a second try is
no second call. Transcription calls have none, so they go through a client that tries once; as an argument of the
operation, `retry_total` would end up in the request's body (seen in 1.6.0).
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Any

from azure.communication.callautomation import StreamingTransportType, TranscriptionOptions
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError, HttpResponseError

from functions.adapters.web_pubsub import open_transcript_url
from functions.errors import CallRefused, Unavailable
from functions.lifecycle.commands import Connect, Pending
from functions.lifecycle.events import CallReported, ConnectAnswered
from functions.lifecycle.redaction import redact
from functions.lifecycle.session import Connection, LocatorKind, Session
from functions.services.ports import ANSWER_WITHIN_MS

TOTAL_SECONDS = ANSWER_WITHIN_MS / 1000
"""For a command with all its tries."""
NAMESPACE = uuid.UUID("4f0a1c52-7b1e-4d35-9a63-3f1f6f0b8a7e")
NOT_TAKEN = frozenset({429, 503})
"""Statuses that say that nothing was done, so that a repeat is no second request."""
PAUSES_SECONDS = (0.5, 1, 2, 4)
PASSING = frozenset({408, 429})
SERVER_ERROR = 500
NOT_FOUND = 404
LOCATORS = {LocatorKind.GROUP_CALL: "group_call_id", LocatorKind.SERVER_CALL: "server_call_id"}
SERIALIZER_LOG = "azure.communication.callautomation._generated._utils.serialization"
CONNECTIONS = {
    "connecting": Connection.CONNECTING,
    "connected": Connection.CONNECTED,
    "transferring": Connection.CONNECTED,
    "transferAccepted": Connection.CONNECTED,
    "disconnecting": Connection.GONE,
    "disconnected": Connection.GONE,
}


@dataclass(frozen=True)
class CallSettings:
    """Where ACS is, and what it needs to reach us. `access_key` is base64."""

    endpoint: str
    access_key: str
    cognitive_services_endpoint: str
    public_url: str
    web_pubsub_connection_string: str


# 1.6.0 warns at every call of an argument of its own that it does not know.
logging.getLogger(SERIALIZER_LOG).setLevel(logging.ERROR)


class AcsCalls:
    """Fills the port Calls."""

    def __init__(self, settings: CallSettings) -> None:
        self.settings = settings
        key = AzureKeyCredential(settings.access_key)
        self.client = CallAutomationClient(settings.endpoint, key)
        self.client_of_one_try = CallAutomationClient(settings.endpoint, key, retry_total=0)

    async def connect(self, session: Session, pending: Pending) -> ConnectAnswered:
        """Join the session's call. Raises CallRefused, Unavailable."""
        call = session.request.call
        async with answers_in_time():
            answer = await self.client.connect_call(  # type: ignore[call-overload]  # one locator of two, by its name
                callback_url(self.settings, session),
                **{LOCATORS[call.kind]: call.value},
                cognitive_services_endpoint=self.settings.cognitive_services_endpoint,
                operation_context=operation_context(session),
                transcription=await self.transcription(session),
                headers=repeatability(session, pending),
            )
        if not answer.call_connection_id:
            raise Unavailable("ACS answered without a call connection.")
        return ConnectAnswered(
            command=pending.id,
            attempt=session.attempt,
            call_connection_id=answer.call_connection_id,
            server_call_id=answer.server_call_id,
            correlation_id=answer.correlation_id,
        )

    async def transcription(self, session: Session) -> TranscriptionOptions:
        """How ACS is to transcribe. The socket's token outlives the session, since its URL is fixed here."""
        minutes = (session.must_end_at - session.created_at) // 60_000 + 60
        url = await open_transcript_url(self.settings.web_pubsub_connection_string, session.id, minutes)
        return TranscriptionOptions(
            transport_url=url,
            transport_type=StreamingTransportType.WEBSOCKET,
            locale=session.request.locale,
            start_transcription=False,
            enable_intermediate_results=session.request.interim_results,
        )

    async def start_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to start. Raises CallRefused, Unavailable."""
        connection = self.client_of_one_try.get_call_connection(call_connection_id)
        async with answers_in_time():
            await until_taken(
                partial(
                    connection.start_transcription,
                    locale=session.request.locale,
                    operation_context=operation_context(session),
                )
            )

    async def stop_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to stop. Raises CallRefused, Unavailable."""
        connection = self.client_of_one_try.get_call_connection(call_connection_id)
        async with answers_in_time():
            await until_taken(
                partial(connection.stop_transcription, operation_context=operation_context(session))
            )

    async def leave(self, call_connection_id: str) -> None:
        """Take the connection out of the call. Raises CallRefused, Unavailable."""
        async with answers_in_time():
            await self.client.get_call_connection(call_connection_id).hang_up(is_for_everyone=False)

    async def ask(self, command: str, call_connection_id: str) -> CallReported:
        """What the connection is doing; one that ACS does not know is gone. Raises CallRefused, Unavailable."""
        try:
            async with answers_in_time():
                found = await self.client.get_call_connection(call_connection_id).get_call_properties()
        except CallRefused as refused:
            if refused.code != NOT_FOUND:
                raise
            return CallReported(command, call_connection_id, Connection.GONE)
        return CallReported(
            command,
            call_connection_id,
            CONNECTIONS.get(str(found.call_connection_state), Connection.CONNECTING),
            transcribing=is_active(found),
            server_call_id=found.server_call_id,
            correlation_id=found.correlation_id,
        )


def is_active(properties: Any) -> bool:
    """Whether the connection's transcription subscription is active."""
    subscription = getattr(properties, "transcription_subscription", None)
    return str(getattr(subscription, "state", "")).casefold() == "active"


def callback_url(settings: CallSettings, session: Session) -> str:
    """Where ACS sends what happens; the ticket is in the query, which telemetry does not keep."""
    return f"{settings.public_url}/api/callbacks/calls/{session.id}?ticket={session.ticket}"


def operation_context(session: Session) -> str:
    """What comes back with the callbacks of this attempt."""
    return str(session.attempt)


def repeatability(session: Session, pending: Pending) -> dict[str, str]:
    """The headers that make a second try of this command the same request."""
    assert isinstance(pending.command, Connect)  # noqa: S101 -- narrows the type
    first_sent = datetime.fromtimestamp(pending.first_sent_at / 1000, UTC)
    return {
        "Repeatability-Request-ID": str(uuid.uuid5(NAMESPACE, f"{session.id}/{pending.id}")),
        "Repeatability-First-Sent": format_datetime(first_sent, usegmt=True),
    }


async def until_taken(ask: Callable[[], Awaitable[None]]) -> None:
    """Ask again, some times, while ACS answers that it cannot take requests now; after that it is its error."""
    for pause in PAUSES_SECONDS:
        try:
            return await ask()
        except HttpResponseError as error:
            if error.status_code not in NOT_TAKEN:
                raise
        await asyncio.sleep(pause)
    return await ask()


@asynccontextmanager
async def answers_in_time() -> AsyncIterator[None]:
    """ACS's errors in our words: CallRefused, or Unavailable where a repeat may help."""
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            yield
    except HttpResponseError as error:
        raise translate(error) from error
    except (AzureError, TimeoutError) as error:
        raise Unavailable(f"ACS: {type(error).__name__}.") from error


def translate(error: HttpResponseError) -> Exception:
    """The error in our words."""
    status = error.status_code or 0
    if status in PASSING or status >= SERVER_ERROR:
        return Unavailable(f"ACS answered {status}.")
    code = getattr(error.error, "code", None) or ""
    message = getattr(error.error, "message", None) or error.reason or "ACS refused the request."
    return CallRefused(redact(message), code=status, sub_code=int(code) if code.isdigit() else 0)
