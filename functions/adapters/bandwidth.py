"""Calls at Bandwidth: placed, answered, or run by another application; always by scripts (BXML).

A request to a call ends what it was doing, so each bears the call's continuation. Nobody of ours is in a call: to
leave one that we placed or answered is to hang up.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from functions.adapters.bandwidth_api import BandwidthApi, quoted
from functions.adapters.bandwidth_token import BandwidthToken
from functions.adapters.web_pubsub import WebPubSub, open_transcript_url
from functions.errors import CallRefused, Unavailable
from functions.lifecycle.bandwidth_answers import CallAnswer, how_to_answer
from functions.lifecycle.bandwidth_webhooks import earlier_names, transcription_name
from functions.lifecycle.bxml import (
    STAY,
    Start,
    go_on_script,
    hang_up_script,
    start_script,
    stop_script,
)
from functions.lifecycle.commands import Pending
from functions.lifecycle.events import CallConnected, CallReported, ConnectAnswered, PeopleCounted
from functions.lifecycle.raw_ids import PHONE
from functions.lifecycle.session import CallLocator, Connection, IncomingCall, PlacedCall, Session
from functions.lifecycle.sharding import web_pubsub_of

NOT_FOUND = 404
SCRIPT_SECONDS = 5
OVER = "disconnected"
ANSWERED = "answered"
PARTIES = ("inbound", "outbound")
ASSUMED_LOCALE = "en-US"
"""What Bandwidth takes a call to be in that names no language."""
LOG = logging.getLogger("verbatim.bandwidth")


@dataclass(frozen=True)
class BandwidthSettings:
    """The account, what opens it, and what Bandwidth needs to reach us: `web_pubsubs` by their names."""

    account_id: str
    application_id: str
    client_id: str
    client_secret: str
    webhook_user: str
    webhook_password: str
    api_url: str
    token_url: str
    public_url: str
    web_pubsubs: Mapping[str, WebPubSub]


class CallState(msgspec.Struct, frozen=True, rename="camel"):
    """What Bandwidth says of a call."""

    call_id: str = ""
    state: str = ""


class BandwidthCalls:
    """Fills the port Calls. Every method raises CallRefused, Unavailable."""

    def __init__(self, settings: BandwidthSettings) -> None:
        self.settings = settings
        token = BandwidthToken(settings.token_url, settings.client_id, settings.client_secret)
        url = f"{settings.api_url}/accounts/{settings.account_id}"
        self.api = BandwidthApi(url, token, hidden=settings.webhook_password)

    # --- into a call

    async def connect(self, session: Session, pending: Pending) -> ConnectAnswered | CallConnected:
        """Place the call. One that rings is answered by the answer to its webhook.

        Into one that another application runs nobody of ours has to come: the start of its transcription tells
        whether it is there. That is no part of this command, which may be repeated.
        """
        call = session.request.call
        match call:
            case PlacedCall():
                return await self.place(session, pending, call)
            case CallLocator():
                return connected(session, call.value)
            case IncomingCall():
                return connected(session, call.server_call_id)

    async def place(self, session: Session, pending: Pending, call: PlacedCall) -> ConnectAnswered:
        """Ring. Nothing tells Bandwidth that a request is a repeat, so none is made after one of unknown outcome:
        it would ring twice. Should the first have come through, its call is hung up on when it is answered.
        """
        if pending.performed > 1:
            raise unanswered()
        try:
            answer = await self.api.post("calls", self.placing(session, call))
            call_id = msgspec.json.decode(answer, type=CallState).call_id
        except (Unavailable, msgspec.MsgspecError) as error:
            raise unanswered() from error
        if not call_id:
            raise unanswered()
        return ConnectAnswered(pending.id, session.attempt, call_id, call_id)

    def placing(self, session: Session, call: PlacedCall) -> dict[str, str]:
        """What a new call is asked for with.

        The second URL for its answer is the first again: asked once, a host that dies just then would cost the call.
        """
        told = self.settings
        url = self.webhook_url(session)
        return {
            "from": call.caller_id or "",
            "to": call.to[0].removeprefix(PHONE),
            "applicationId": told.application_id,
            "answerUrl": url,
            "answerFallbackUrl": url,
            "disconnectUrl": url,
            "username": told.webhook_user,
            "password": told.webhook_password,
            "fallbackUsername": told.webhook_user,
            "fallbackPassword": told.webhook_password,
            "tag": session.id,
        }

    def webhook_url(self, session: Session) -> str:
        """Where Bandwidth tells what happens; the ticket is in the query, which telemetry does not keep."""
        return f"{self.settings.public_url}/api/callbacks/bandwidth/{session.id}?ticket={session.ticket}"

    async def script(self, session: Session) -> bytes:
        """What a call that was just answered does now."""
        match how_to_answer(session):
            case CallAnswer.HANG_UP:
                return hang_up_script()
            case CallAnswer.GO_ON:
                return go_on_script(continuation_of(session))
            case CallAnswer.TRANSCRIBE:
                return await self.transcribing_script(session)

    async def transcribing_script(self, session: Session) -> bytes:
        """The call with its transcription; without, if that cannot be had soon: the machine will start it then.

        Bandwidth waits for an answer for 15 s and then ends the call (its page on webhooks).
        """
        try:
            async with asyncio.timeout(SCRIPT_SECONDS):
                return await self.start_script(session)
        except (Unavailable, TimeoutError) as error:
            LOG.warning(
                "session %s: answered without a transcription: %s", session.id, error or "no socket in time"
            )
            return go_on_script(continuation_of(session))

    # --- the transcription

    async def start_transcription(self, session: Session, call_connection_id: str) -> None:
        """Transcribe, in place of those of ours that may still run."""
        await self.api.put_script(call_connection_id, await self.start_script(session))

    async def start_script(self, session: Session) -> bytes:
        """The script that starts the transcription. The socket's token outlives the session: its URL is fixed here."""
        minutes = (session.must_end_at - session.created_at) // 60_000 + 60
        web_pubsubs = self.settings.web_pubsubs
        place = web_pubsubs[web_pubsub_of(session, web_pubsubs)]
        url = await open_transcript_url(place, session.id, minutes)
        locale = session.asked_locale or session.locale
        start = Start(
            name=transcription_name(session),
            destination=url,
            events_url=self.webhook_url(session),
            username=self.settings.webhook_user,
            password=self.settings.webhook_password,
            stabilized=not session.request.interim_results,
            ticket=session.ticket,
            language=None if locale == ASSUMED_LOCALE else locale,
        )
        return start_script(start, earlier_names(session), continuation_of(session))

    async def stop_transcription(self, session: Session, call_connection_id: str) -> None:
        """Stop the transcription, and any before it of whose end nobody heard; the call goes on."""
        names = [transcription_name(session), *earlier_names(session)]
        script = stop_script(names, continuation_of(session))
        await self.api.put_script(call_connection_id, script)

    async def update_transcription(self, session: Session, call_connection_id: str, locale: str) -> None:
        """There is no such thing: the machine stops and starts."""
        del session, call_connection_id, locale
        raise CallRefused("Bandwidth changes no locale in place.", code=405, sub_code=8520)

    async def invite(self, session: Session, pending: Pending) -> None:
        """Nobody is ever to be invited: who else is in the call is the continuation's affair."""
        del session, pending
        raise CallRefused("Bandwidth's calls are connected by their script.", code=405)

    # --- out of it, and about it

    async def leave(self, call_connection_id: str) -> None:
        """Hang up."""
        await self.api.post(f"calls/{quoted(call_connection_id)}", {"state": "completed"})

    async def ask(self, command: str, call_connection_id: str) -> CallReported:
        """Whether there still is a call. What Bandwidth tells may be minutes old, so it cannot tell of a new one."""
        call = await self.look_up(call_connection_id)
        if call.state == OVER:
            return CallReported(command, call_connection_id, Connection.GONE)
        return CallReported(
            command,
            call_connection_id,
            Connection.CONNECTED if call.state == ANSWERED else Connection.CONNECTING,
            transcribing=None,
            server_call_id=call_connection_id,
        )

    async def check(self) -> None:
        """Ask for a call that cannot be: who may ask is told so."""
        try:
            await self.api.get("calls/c-health")
        except CallRefused as refused:
            if refused.code != NOT_FOUND:
                raise

    async def count_people(self, command: str, call_connection_id: str) -> PeopleCounted:
        """The call's two parties, for as long as there is a call: by their tracks, since both can have one number."""
        call = await self.look_up(call_connection_id)
        if call.state == OVER:
            raise CallRefused("The call is over.", code=NOT_FOUND, reason="api.404")
        return PeopleCounted(command, call_connection_id, PARTIES)

    async def look_up(self, call_id: str) -> CallState:
        """What Bandwidth says of the call; an array of one, too (seen in its own migration toolkit).

        Raises Unavailable for a call that it does not know: it may not know it yet.
        """
        try:
            body = await self.api.get(f"calls/{quoted(call_id)}")
        except CallRefused as refused:
            if refused.code != NOT_FOUND:
                raise
            raise Unavailable("Bandwidth does not know the call, or not yet.") from refused
        try:
            found = msgspec.json.decode(body, type=CallState | list[CallState])
        except msgspec.MsgspecError as error:
            raise Unavailable("Bandwidth's answer is none.") from error
        return found if isinstance(found, CallState) else next(iter(found), CallState())


def connected(session: Session, call_id: str) -> CallConnected:
    """The news that a call is there, as far as we are concerned."""
    return CallConnected(call_id, session.attempt, server_call_id=call_id)


def continuation_of(session: Session) -> str:
    """What the session's call goes on with."""
    return session.request.continuation or STAY


def unanswered() -> CallRefused:
    """Nobody knows whether a phone rings."""
    return CallRefused(
        "Bandwidth did not answer whether it placed the call.", code=504, reason="api.unanswered"
    )
