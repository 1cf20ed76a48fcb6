"""Azure Web PubSub: captions to viewers, the way in for ACS's transcript socket, the caller's signature."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from functions.errors import Unavailable
from functions.services.ports import CAPTIONS_HUB, TRANSCRIPT_HUB, group_of

TIMEOUTS = {"connection_timeout": 2, "read_timeout": 2}
"""Seconds; the SDK's own are minutes, in which nothing that tells viewers would go on."""
REFUSED = frozenset({401, 403})
ROLE = (
    "Check the access key in WEB_PUBSUB_CONNECTION_STRING; or, with WEB_PUBSUB_ENDPOINT, that the app's managed "
    "identity has the role Web PubSub Service Owner there."
)


@dataclass(frozen=True)
class WebPubSub:
    """Where a Web PubSub resource is, and what opens it."""

    endpoint: str
    credential: AzureKeyCredential | AsyncTokenCredential

    def hub(self, name: str) -> WebPubSubServiceClient:
        """A client of one hub."""
        return WebPubSubServiceClient(self.endpoint, name, self.credential, **TIMEOUTS)


class WebPubSubViewers:
    """Fills the port Viewers at one resource."""

    def __init__(self, web_pubsub: WebPubSub) -> None:
        self.web_pubsub = web_pubsub
        self.client = web_pubsub.hub(CAPTIONS_HUB)

    async def send(self, session_id: str, message: bytes) -> None:
        """A JSON message to the session's group. Raises Unavailable.

        As a stream the bytes go out as they are; as `bytes` the SDK (1.3.0) would make them a base64 string.
        One try: a caption that comes seconds late is of no use, and viewers fetch what they missed.
        """
        group = group_of(session_id)
        try:
            await self.client.send_to_group(
                group, BytesIO(message), content_type="application/json", retry_total=0
            )
        except AzureError as error:
            raise translate(error) from error

    async def check(self) -> None:
        """Raise Unavailable unless the service answers us."""
        try:
            await self.client.group_exists("health", retry_total=0)
        except AzureError as error:
            raise translate(error) from error

    async def grant(self, session_id: str, minutes: int) -> str:
        """A URL that receives the session's captions: one group, no role. Raises Unavailable."""
        return await client_url(self.client, minutes, groups=[group_of(session_id)])

    async def dismiss(self, session_id: str) -> None:
        """Close ACS's sockets, whose user is the session, then the viewers'; there may be none. Raises Unavailable."""
        try:
            async with self.web_pubsub.hub(TRANSCRIPT_HUB) as hub:
                await hub.close_user_connections(session_id, retry_total=1)
            await self.client.close_group_connections(group_of(session_id), retry_total=1)
        except AzureError as error:
            raise translate(error) from error


async def open_transcript_url(web_pubsub: WebPubSub, session_id: str, minutes: int) -> str:
    """The URL at which the provider opens the session's socket; the session is its token's user. Raises Unavailable."""
    async with web_pubsub.hub(TRANSCRIPT_HUB) as client:
        return await client_url(client, minutes, user_id=session_id)


async def client_url(client: WebPubSubServiceClient, minutes: int, **who: Any) -> str:
    """A URL with which a client connects. Raises Unavailable: without an access key the service makes the token."""
    try:
        token = await client.get_client_access_token(minutes_to_expire=minutes, retry_total=1, **who)
    except AzureError as error:
        raise translate(error) from error
    return str(token["url"])


def translate(error: AzureError) -> Unavailable:
    """The error in our words."""
    if isinstance(error, HttpResponseError) and error.status_code in REFUSED:
        return Unavailable(f"Web PubSub answered {error.status_code}. {ROLE}")
    return Unavailable(f"Web PubSub: {type(error).__name__}.")


def signer_of(signature: str, connection_id: str, keys: Mapping[str, str]) -> str | None:
    """The name of the resource whose key made one of the signatures in a `ce-signature` header; none if none did."""
    if not signature.isascii() or not connection_id.isascii():
        return None
    given = [part.strip() for part in signature.split(",")]
    for name, key in keys.items():
        expected = sign(key, connection_id)
        for one in given:
            if hmac.compare_digest(one, expected):
                return name
    return None


@lru_cache(maxsize=1024)
def sign(key: str, connection_id: str) -> str:
    """The signature of a connection's events, as Web PubSub writes it; the same for each of its frames."""
    return "sha256=" + hmac.digest(key.encode(), connection_id.encode(), "sha256").hex()
