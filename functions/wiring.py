"""Builds the services from the settings, each part when it is first asked for.

So a process that only sees frames never imports the call SDK, and indexing imports none of the SDKs at all.
"""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from functions.errors import Unauthorized
from functions.lifecycle.bandwidth import PROVIDER as BANDWIDTH
from functions.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials import AzureKeyCredential
    from azure.data.tables.aio import TableServiceClient

    from functions.adapters.api_tokens import ApiTokens
    from functions.adapters.bandwidth import BandwidthCalls
    from functions.adapters.managed_identity import ManagedIdentity
    from functions.adapters.signing_keys import SigningKeys
    from functions.adapters.web_pubsub import WebPubSub
    from functions.lifecycle.journal import Occurrence
    from functions.lifecycle.session import Session
    from functions.services.counts import Counts
    from functions.services.health import StorageCheck
    from functions.services.ports import Calls, EventTopic, SegmentStore, SessionPorts, Viewers
    from functions.services.transcript_stream import ReadFrame, StreamPorts

SIGN = "Check that WEB_PUBSUB_CONNECTION_STRING has an access key that is in force."
IDENTIFY = (
    "Let the hub's event handler authenticate with Web PubSub's managed identity, and check WEB_PUBSUB_IDENTITY, "
    "WEB_PUBSUB_AUDIENCE and AZURE_TENANT_ID."
)
LOG = logging.getLogger("verbatim.http")

# At INFO the SDKs log each request and its answer: several records a frame, for nobody.
logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)


class Wiring:
    """Fills `Services`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def now(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    @cached_property
    def counts(self) -> "Counts":
        """What is counted between two lines of the log."""
        from functions.services.counts import Counts

        return Counts()

    @cached_property
    def identity(self) -> "ManagedIdentity":
        """The app itself, to services that it has no key for; azure-identity costs some 90 ms at import."""
        from functions.adapters.managed_identity import ManagedIdentity

        return ManagedIdentity(self.settings.client_id)

    def credential(self, key: str) -> "AzureKeyCredential | ManagedIdentity":
        """What opens a service: its key or, without one, the identity."""
        from azure.core.credentials import AzureKeyCredential

        return AzureKeyCredential(key) if key else self.identity

    @cached_property
    def tables(self) -> "TableServiceClient":
        """The storage account's tables."""
        from functions.adapters.tables.rows import open_tables, open_tables_as

        if self.settings.tables_connection_string:
            return open_tables(self.settings.tables_connection_string)
        return open_tables_as(self.settings.tables_endpoint, self.identity)

    @cached_property
    def segments(self) -> "SegmentStore":
        """Stored transcripts."""
        from functions.adapters.tables.segments import TableSegments

        return TableSegments(self.tables)

    @cached_property
    def web_pubsubs(self) -> "Mapping[str, WebPubSub]":
        """Where captions go out and ACS's frames come in, by name."""
        from functions.adapters.web_pubsub import WebPubSub

        return {
            told.name: WebPubSub(told.endpoint, self.credential(told.key))
            for told in self.settings.web_pubsubs
        }

    @cached_property
    def viewers(self) -> "Mapping[str, Viewers]":
        """Those who read along, by the name of their Web PubSub resource."""
        from functions.adapters.web_pubsub import WebPubSubViewers

        return {name: WebPubSubViewers(opened) for name, opened in self.web_pubsubs.items()}

    @cached_property
    def calls(self) -> "Calls":
        """ACS."""
        from functions.adapters.call_automation import AcsCalls, CallSettings

        return AcsCalls(
            CallSettings(
                endpoint=self.settings.acs_endpoint,
                credential=self.credential(self.settings.acs_access_key),
                cognitive_services_endpoint=self.settings.cognitive_services_endpoint,
                public_url=self.settings.public_url,
                web_pubsubs=self.web_pubsubs,
            )
        )

    @cached_property
    def bandwidth(self) -> "BandwidthCalls":
        """Bandwidth. Raises Unauthorized where the deployment has no account there."""
        from functions.adapters.bandwidth import BandwidthCalls, BandwidthSettings

        if self.settings.bandwidth is None:
            raise Unauthorized("This deployment serves no calls of Bandwidth.")
        told = asdict(self.settings.bandwidth)
        return BandwidthCalls(
            BandwidthSettings(**told, public_url=self.settings.public_url, web_pubsubs=self.web_pubsubs)
        )

    @cached_property
    def topic(self) -> "EventTopic":
        """Where other systems hear of sessions."""
        from functions.adapters.event_topic import EventGridTopic

        key = self.settings.event_topic_key
        return EventGridTopic(self.settings.event_topic_endpoint, self.credential(key))

    @cached_property
    def sessions(self) -> "SessionPorts":
        """For the sessions' service."""
        from functions.adapters.tables.claims import TableClaims
        from functions.adapters.tables.names import TableNames
        from functions.adapters.tables.sessions import TableSessions
        from functions.adapters.tables.timers import TableTimers
        from functions.services.ports import SessionPorts

        return SessionPorts(
            store=TableSessions(self.tables),
            claims=TableClaims(self.tables),
            timers=TableTimers(self.tables),
            names=TableNames(self.tables),
            segments=lambda: self.segments,
            calls=lambda: self.calls,
            topic=(lambda: self.topic) if self.settings.event_topic_endpoint else None,
            viewers=self.viewers,
            clock=self.now,
            chance=secrets.token_bytes,
            longest_ms=self.settings.longest_session_ms,
            counts=self.counts,
            draining=frozenset(told.name for told in self.settings.web_pubsubs if told.draining),
            other_calls={} if self.settings.bandwidth is None else {BANDWIDTH: lambda: self.bandwidth},
        )

    @cached_property
    def storage_check(self) -> "StorageCheck":
        """Whether Table Storage answers."""
        from functions.services.health import StorageCheck

        return StorageCheck(self.sessions.store, self.now)

    @cached_property
    def stream(self) -> "StreamPorts":
        """For the frame path."""
        from functions.services.transcript_stream import StreamPorts

        return StreamPorts(
            segments=self.segments,
            viewers=self.viewers,
            tell=self.tell,
            find=self.find,
            clock=self.now,
            interim_ms=self.settings.interim_ms,
            counts=self.counts,
            decoder=self.decoder,
        )

    def decoder(self, name: str) -> "ReadFrame":
        """The decoder of another provider's frames, imported with the first of them. Raises StateDamaged."""
        if name == BANDWIDTH:
            from functions.transcript import bandwidth_frames

            return bandwidth_frames.read_frame
        from functions.services.transcript_stream import no_other_decoder

        return no_other_decoder(name)

    async def tell(self, session_id: str, happened: "Occurrence") -> "Session":
        """Let a session's machine know of an event. Raises NotFound, Unavailable."""
        from functions.services.applying import apply

        return await apply(self.sessions, session_id, happened)

    async def find(self, session_id: str) -> "Session":
        """A session. Raises NotFound, Unavailable."""
        from functions.services import sessions

        return (await sessions.load(self.sessions, session_id)).session

    @cached_property
    def signer_of(self) -> Callable[[str, str, Mapping[str, str]], str | None]:
        """Compares signatures; looked up once, since every frame asks."""
        from functions.adapters.web_pubsub import signer_of

        return signer_of

    @cached_property
    def event_keys(self) -> dict[str, str]:
        """The access keys that sign events, by the name of their Web PubSub; empty where tokens are shown instead."""
        return {told.name: told.key for told in self.settings.web_pubsubs if told.key}

    async def check_event(self, connection_id: str, signature: str, authorization: str | None) -> str:
        """The name of the Web PubSub of ours that sent an event of this connection. Raises Unauthorized.

        Its signature tells, or, where it has no access key to sign with, the token of its identity.
        """
        if not self.event_keys:
            return await self.check_identity(authorization)
        signer = self.signer_of(signature, connection_id, self.event_keys)
        if signer is None:
            raise logged("The event is not signed by our Web PubSub.", "ce-signature", SIGN)
        return signer

    async def check_identity(self, authorization: str | None) -> str:
        """The name of the Web PubSub of ours whose identity's token this is. Raises Unauthorized, Unavailable."""
        if not authorization:
            raise logged("The event bears no token of our Web PubSub's identity.", "Authorization", IDENTIFY)
        claims = await self.web_pubsub_keys.check(authorization)
        return next(told.name for told in self.settings.web_pubsubs if told.identity == claims["oid"])

    @cached_property
    def web_pubsub_keys(self) -> "SigningKeys":
        """The keys that Entra publishes, for the tokens of the identities of our Web PubSub resources."""
        from functions.adapters.entra_tokens import entra_rules
        from functions.adapters.signing_keys import SigningKeys

        [told, *_] = resources = self.settings.web_pubsubs
        rules = entra_rules(
            self.settings.entra_authority,
            told.tenant,
            (told.audience,),
            remedy=IDENTIFY,
            claims={"oid": tuple(each.identity for each in resources)},
        )
        return SigningKeys(rules, self.now)

    @cached_property
    def signing_keys(self) -> "SigningKeys":
        """The keys that ACS publishes."""
        from functions.adapters.signing_keys import SigningKeys, TokenRules

        rules = TokenRules(
            issuers=(self.settings.callback_issuer,),
            audiences=(self.settings.acs_resource_id,),
            keys_url=self.settings.callback_keys_url,
            whose="ACS's",
            remedy="Send the token that ACS signed for the resource whose immutable id is in ACS_RESOURCE_ID.",
        )
        return SigningKeys(rules, self.now)

    @cached_property
    def api_tokens(self) -> "ApiTokens":
        """Who signed in with Entra ID. Raises Unauthorized where nobody can."""
        from functions.adapters.api_tokens import ApiTokens

        if self.settings.sign_in is None:
            raise Unauthorized("Nobody can sign in to this deployment.")
        return ApiTokens(self.settings.sign_in, self.now)

    async def check_person(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears a token of Entra ID that opens the API."""
        await self.api_tokens.check(authorization)

    def check_webhook(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears the name and password that Bandwidth was given."""
        from functions.adapters.basic_auth import check_basic

        told = self.settings.bandwidth
        check_basic(authorization, None if told is None else (told.webhook_user, told.webhook_password))

    async def answer_bandwidth(self, session: "Session") -> bytes:
        """What a call of Bandwidth does that was just answered, as BXML."""
        return await self.bandwidth.script(session)

    async def check_callback(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears a token of ACS for our resource."""
        await self.signing_keys.check(authorization)


def logged(detail: str, field: str, remedy: str) -> Unauthorized:
    """The refusal of an event, in the log too: Web PubSub shows nobody what it is answered."""
    LOG.warning("an event of the transcript socket was refused: %s %s", detail, remedy)
    return Unauthorized(detail, field=field, remedy=remedy)
