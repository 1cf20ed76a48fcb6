"""The port Calls in a simulated world of ACS's calls: requests to the model, over a network that loses and delays."""

import asyncio
from typing import Any

from functions.errors import CallRefused, Unavailable
from functions.lifecycle.commands import Invite, Pending
from functions.lifecycle.events import CallReported, ConnectAnswered, PeopleCounted
from functions.lifecycle.session import IncomingCall, LocatorKind, PlacedCall, Session, StartAt
from local.acs_model.requests import (
    AddParticipant,
    AddParticipantBody,
    AnswerBody,
    AnswerCall,
    CallIntelligenceOptions,
    CallLocator,
    Connect,
    ConnectBody,
    CreateBody,
    CreateCall,
    GetConnection,
    HangUp,
    Identifier,
    ListParticipants,
    StartTranscription,
    StopTranscription,
    TranscriptionBody,
    TranscriptionOptions,
    UpdateTranscription,
)
from tests.simulation.acs import Acs
from tests.simulation.mishaps import Mishaps

ANSWER_SECONDS = 30
KINDS = {
    LocatorKind.GROUP_CALL: "groupCallLocator",
    LocatorKind.SERVER_CALL: "serverCallLocator",
    LocatorKind.ROOM: "roomCallLocator",
}
FIELDS = {
    LocatorKind.GROUP_CALL: "group_call_id",
    LocatorKind.SERVER_CALL: "server_call_id",
    LocatorKind.ROOM: "room_id",
}
PASSING = (408, 429)


class SimulatedCalls:
    """Fills the port Calls: the network in between loses and delays."""

    def __init__(self, acs: Acs, mishaps: Mishaps) -> None:
        self.acs = acs
        self.mishaps = mishaps

    async def request(self, operation: Any) -> dict[str, Any]:
        """The body of the answer. Raises CallRefused, Unavailable."""
        self.acs.asked.append(
            (self.acs.now(), type(operation).__name__, getattr(operation, "connection_id", ""))
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.mishaps.network_delay()
                answer = await self.acs.ask(operation)
                await self.mishaps.network_delay()
        except TimeoutError:
            raise Unavailable("ACS does not answer") from None
        if answer.status in PASSING or answer.status >= 500:
            raise Unavailable(f"ACS answered {answer.status}")
        if answer.status >= 400:
            error = (answer.body or {})["error"]
            code = int(error["code"]) if error["code"].isdigit() else 0
            raise CallRefused(error["message"], code=answer.status, sub_code=code)
        return answer.body or {}

    async def connect(self, session: Session, pending: Pending) -> ConnectAnswered:
        """Join, place or answer the call."""
        answer = await self.request(getting_into(session, f"{session.id}/{pending.id}"))
        us = "answeredBy" if isinstance(session.request.call, IncomingCall) else "source"
        own = answer.get(us) or {}
        return ConnectAnswered(
            pending.id,
            session.attempt,
            answer["callConnectionId"],
            answer.get("serverCallId"),
            answer["correlationId"],
            own.get("rawId"),
        )

    async def start_transcription(self, session: Session, call_connection_id: str) -> None:
        """Start."""
        body = TranscriptionBody(locale=session.asked_locale, operation_context=str(session.attempt))
        await self.request(StartTranscription(call_connection_id, body))

    async def stop_transcription(self, session: Session, call_connection_id: str) -> None:
        """Stop."""
        body = TranscriptionBody(operation_context=str(session.attempt))
        await self.request(StopTranscription(call_connection_id, body))

    async def update_transcription(self, session: Session, call_connection_id: str, locale: str) -> None:
        """Change the locale."""
        body = TranscriptionBody(locale=locale, operation_context=str(session.attempt))
        await self.request(UpdateTranscription(call_connection_id, body))

    async def invite(self, session: Session, pending: Pending) -> None:
        """Ring somebody for the caller."""
        assert isinstance(pending.command, Invite)
        body = AddParticipantBody(
            participant_to_add=Identifier(raw_id=pending.command.target), invitation_timeout_in_seconds=60
        )
        connection = pending.command.call_connection_id
        await self.request(AddParticipant(connection, body, f"{session.id}/{pending.id}"))

    async def leave(self, call_connection_id: str) -> None:
        """Leave; on a call that was placed or answered that hangs up, which is fair while it rings for all we know."""
        if self.acs.is_talked_on(call_connection_id) and self.acs.is_known_to_be_in_call(call_connection_id):
            self.acs.hung_up_on.add(call_connection_id)
        await self.request(HangUp(call_connection_id))

    async def check(self) -> None:
        """It is always there to be asked."""

    async def count_people(self, command: str, call_connection_id: str) -> PeopleCounted:
        """Who is in the call."""
        found = await self.request(ListParticipants(call_connection_id))
        people = [one["identifier"]["rawId"] for one in found["value"]]
        return PeopleCounted(
            command, call_connection_id, tuple(one for one in people if not one.startswith("28:"))[:3]
        )

    async def ask(self, command: str, call_connection_id: str) -> CallReported:
        """What the connection is doing."""
        try:
            found = await self.request(GetConnection(call_connection_id))
        except CallRefused as refused:
            if refused.code != 404:
                raise
            return CallReported(command, call_connection_id, "gone")
        state = {"connecting": "connecting", "connected": "connected"}.get(
            found["callConnectionState"], "gone"
        )
        subscription = found.get("transcriptionSubscription") or {}
        return CallReported(
            command,
            call_connection_id,
            state,
            transcribing=subscription.get("state") == "active",
            locale=subscription.get("locale"),
            own_id=(found.get("answeredBy") or found.get("source") or {}).get("rawId"),
            server_call_id=found.get("serverCallId"),
        )


def getting_into(session: Session, repeatability: str) -> Connect | CreateCall | AnswerCall:
    """The request that gets us into the session's call."""
    shared: dict[str, Any] = {
        "callback_uri": f"https://functions.example/{session.id}",
        "operation_context": str(session.attempt),
        "call_intelligence_options": CallIntelligenceOptions(
            cognitive_services_endpoint="https://ai.example"
        ),
        "transcription_options": TranscriptionOptions(
            transport_url=f"wss://pubsub.example/{session.id}",
            locale=session.asked_locale or session.locale,
            enable_intermediate_results=True,
            start_transcription=session.request.start_at is StartAt.SETUP,
        ),
    }
    call = session.request.call
    if isinstance(call, IncomingCall):
        return AnswerCall(AnswerBody(incoming_call_context=call.context, **shared), repeatability)
    if isinstance(call, PlacedCall):
        targets = tuple(Identifier(raw_id=raw_id) for raw_id in call.to)
        return CreateCall(CreateBody(targets=targets, **shared), repeatability)
    locator = CallLocator(kind=KINDS[call.kind], **{FIELDS[call.kind]: call.value})
    return Connect(ConnectBody(call_locator=locator, **shared), repeatability)
