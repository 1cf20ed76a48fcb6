"""ACS Call Automation, through its SDK.

Requests that make a connection or ring somebody bear the repeatability headers of their pending command, which the
SDK passes on, so that a second try is no second call. Transcription calls have none, so they go through a client
that tries once; as an argument of the operation, `retry_total` would end up in the request's body (seen in 1.6.0).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from azure.communication.callautomation import (
    CallConnectionProperties,
    CommunicationIdentifier,
    PhoneNumberIdentifier,
)

# Other packages of ACS export it, this one does not (seen in 1.6.0).
from azure.communication.callautomation._shared.models import identifier_from_raw_id
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError

from functions.adapters.acs_errors import NOT_FOUND, translate, until_taken
from functions.adapters.acs_requests import (
    callback_url,
    locale_of,
    model_of,
    operation_context,
    repeatability,
    shown_number,
    transcription_options,
)
from functions.adapters.web_pubsub import WebPubSub, open_transcript_url
from functions.errors import CallRefused, Unavailable
from functions.lifecycle.commands import Invite, Pending
from functions.lifecycle.events import CallReported, ConnectAnswered, PeopleCounted
from functions.lifecycle.raw_ids import is_bot
from functions.lifecycle.session import (
    CallLocator,
    Connection,
    IncomingCall,
    LocatorKind,
    PlacedCall,
    Session,
)
from functions.lifecycle.sharding import web_pubsub_of
from functions.services.ports import ANSWER_WITHIN_MS

TOTAL_SECONDS = ANSWER_WITHIN_MS / 1000
"""For a command with all its tries."""
RING_SECONDS = 60
PEOPLE_COUNTED = 3
"""One alone, two, or more: nobody asks further."""
LOCATORS = {
    LocatorKind.GROUP_CALL: "group_call_id",
    LocatorKind.SERVER_CALL: "server_call_id",
    LocatorKind.ROOM: "room_id",
}
SERIALIZER_LOG = "azure.communication.callautomation._generated._utils.serialization"
NO_CONNECTION = "00000000-0000-0000-0000-000000000000"
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
    """Where ACS is, what opens it, and what it needs to reach us: `web_pubsubs` by their names. A key is base64."""

    endpoint: str
    credential: AzureKeyCredential | AsyncTokenCredential
    cognitive_services_endpoint: str
    public_url: str
    web_pubsubs: Mapping[str, WebPubSub]


# 1.6.0 warns at every call of an argument of its own that it does not know.
logging.getLogger(SERIALIZER_LOG).setLevel(logging.ERROR)


class AcsCalls:
    """Fills the port Calls. Every method raises CallRefused, Unavailable."""

    def __init__(self, settings: CallSettings) -> None:
        self.settings = settings
        self.client = CallAutomationClient(settings.endpoint, settings.credential)
        self.client_of_one_try = CallAutomationClient(settings.endpoint, settings.credential, retry_total=0)

    async def connect(self, session: Session, pending: Pending) -> ConnectAnswered:
        """Join, place or answer the session's call."""
        async with answers_in_time():
            set_up = await self.set_up(session, pending)
            answer, us = await until_taken(partial(self.enter, session, set_up))
        if not answer.call_connection_id:
            raise Unavailable("ACS answered without a call connection.")
        return ConnectAnswered(
            command=pending.id,
            attempt=session.attempt,
            call_connection_id=answer.call_connection_id,
            server_call_id=answer.server_call_id,
            correlation_id=answer.correlation_id,
            own_id=us.raw_id if us else None,
        )

    async def enter(
        self, session: Session, set_up: dict[str, Any]
    ) -> tuple[CallConnectionProperties, CommunicationIdentifier | None]:
        """ACS's answer to the request that the session's kind of call takes, and who it says we are."""
        call = session.request.call
        set_up = set_up | {"headers": dict(set_up["headers"])}  # the SDK takes out of it what it has read
        url = callback_url(self.settings.public_url, session)
        match call:
            case CallLocator():
                located = set_up | {LOCATORS[call.kind]: call.value}
                joined = await self.client.connect_call(url, **located)
                return joined, joined.source
            case PlacedCall():
                targets = [identifier_from_raw_id(target) for target in call.to]
                shown = PhoneNumberIdentifier(call.caller_id) if call.caller_id else None
                placed = await self.client.create_call(targets, url, source_caller_id_number=shown, **set_up)
                return placed, placed.source
            case IncomingCall():
                answered = await self.client.answer_call(call.context, url, **set_up)
                return answered, answered.answered_by

    async def set_up(self, session: Session, pending: Pending) -> dict[str, Any]:
        """What every way into a call is given. The socket's token outlives the session: its URL is fixed here."""
        minutes = (session.must_end_at - session.created_at) // 60_000 + 60
        web_pubsubs = self.settings.web_pubsubs
        place = web_pubsubs[web_pubsub_of(session, web_pubsubs)]
        url = await open_transcript_url(place, session.id, minutes)
        return {
            "cognitive_services_endpoint": self.settings.cognitive_services_endpoint,
            "operation_context": operation_context(session),
            "transcription": transcription_options(session, url),
            "headers": repeatability(session, pending),
        }

    async def start_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to start; the model bears the wire's name (see OptionsWithModel)."""
        connection = self.client_of_one_try.get_call_connection(call_connection_id)
        async with answers_in_time():
            await until_taken(
                partial(
                    connection.start_transcription,
                    locale=locale_of(session),
                    operation_context=operation_context(session),
                    speech_model_endpoint_id=model_of(session),
                )
            )

    async def stop_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to stop."""
        connection = self.client_of_one_try.get_call_connection(call_connection_id)
        async with answers_in_time():
            await until_taken(
                partial(connection.stop_transcription, operation_context=operation_context(session))
            )

    async def update_transcription(self, session: Session, call_connection_id: str, locale: str) -> None:
        """Ask for the transcription to go on in another locale."""
        connection = self.client_of_one_try.get_call_connection(call_connection_id)
        async with answers_in_time():
            await until_taken(
                partial(
                    connection.update_transcription,
                    locale=locale,
                    operation_context=operation_context(session),
                )
            )

    async def invite(self, session: Session, pending: Pending) -> None:
        """Ring the target of a pending Invite."""
        invite = pending.command
        assert isinstance(invite, Invite)  # noqa: S101 -- narrows the type
        async with answers_in_time():
            await self.client.get_call_connection(invite.call_connection_id).add_participant(
                identifier_from_raw_id(invite.target),
                source_caller_id_number=shown_number(session.request.call, invite.target),
                invitation_timeout=RING_SECONDS,
                operation_context=operation_context(session),
                headers=repeatability(session, pending),
            )

    async def leave(self, call_connection_id: str) -> None:
        """Take the connection out of the call."""
        async with answers_in_time():
            await self.client.get_call_connection(call_connection_id).hang_up(is_for_everyone=False)

    async def ask(self, command: str, call_connection_id: str) -> CallReported:
        """What the connection is doing; one that ACS does not know is gone."""
        try:
            async with answers_in_time():
                found = await self.client.get_call_connection(call_connection_id).get_call_properties()
        except CallRefused as refused:
            if refused.code != NOT_FOUND:
                raise
            return CallReported(command, call_connection_id, Connection.GONE)
        subscription, us = found.transcription_subscription, found.answered_by or found.source
        return CallReported(
            command,
            call_connection_id,
            CONNECTIONS.get(str(found.call_connection_state), Connection.CONNECTING),
            transcribing=str(subscription.state if subscription else "").casefold() == "active",
            locale=subscription.locale if subscription else None,
            own_id=us.raw_id if us else None,
            server_call_id=found.server_call_id,
            correlation_id=found.correlation_id,
        )

    async def check(self) -> None:
        """Ask for a connection that cannot be: who may ask is told so."""
        await self.ask("health", NO_CONNECTION)

    async def count_people(self, command: str, call_connection_id: str) -> PeopleCounted:
        """Who is in the call, bots left out: the first few."""
        people: list[str] = []
        async with answers_in_time():
            async for one in self.client.get_call_connection(call_connection_id).list_participants():
                if one.identifier and not is_bot(one.identifier.raw_id):
                    people.append(one.identifier.raw_id)
                if len(people) == PEOPLE_COUNTED:
                    break
        return PeopleCounted(command, call_connection_id, tuple(people))


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
