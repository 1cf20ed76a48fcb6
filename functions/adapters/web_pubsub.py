"""Azure Web PubSub: captions to viewers, the way in for ACS's transcript socket, the caller's signature."""

import hmac
from functools import lru_cache
from io import BytesIO

from azure.core.exceptions import AzureError
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from functions.errors import Unavailable
from functions.services.ports import CAPTIONS_HUB, TRANSCRIPT_HUB, group_of

TIMEOUTS = {"connection_timeout": 2, "read_timeout": 2}
"""Seconds; the SDK's own are minutes, in which nothing that tells viewers would go on."""


class WebPubSubViewers:
    """Fills the port Viewers."""

    def __init__(self, connection_string: str) -> None:
        self.connection_string = connection_string
        self.client = WebPubSubServiceClient.from_connection_string(
            connection_string, hub=CAPTIONS_HUB, **TIMEOUTS
        )

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
            raise Unavailable(f"Web PubSub: {type(error).__name__}.") from error

    async def check(self) -> None:
        """Raise Unavailable unless the service answers us."""
        try:
            await self.client.group_exists("health", retry_total=0)
        except AzureError as error:
            raise Unavailable(f"Web PubSub: {type(error).__name__}.") from error

    async def grant(self, session_id: str, minutes: int) -> str:
        """A URL that receives the session's captions: one group, no role."""
        token = await self.client.get_client_access_token(
            groups=[group_of(session_id)], minutes_to_expire=minutes
        )
        return str(token["url"])

    async def dismiss(self, session_id: str) -> None:
        """Close ACS's sockets, whose user is the session, then the viewers'; there may be none. Raises Unavailable."""
        try:
            async with transcript_hub(self.connection_string) as hub:
                await hub.close_user_connections(session_id, retry_total=1)
            await self.client.close_group_connections(group_of(session_id), retry_total=1)
        except AzureError as error:
            raise Unavailable(f"Web PubSub: {type(error).__name__}.") from error


def transcript_hub(connection_string: str) -> WebPubSubServiceClient:
    """The hub in which ACS's sockets are."""
    return WebPubSubServiceClient.from_connection_string(connection_string, hub=TRANSCRIPT_HUB, **TIMEOUTS)


async def open_transcript_url(connection_string: str, session_id: str, minutes: int) -> str:
    """The URL at which ACS opens the session's transcript socket; the session is the token's user."""
    async with transcript_hub(connection_string) as client:
        token = await client.get_client_access_token(user_id=session_id, minutes_to_expire=minutes)
        return str(token["url"])


def is_signed(signature: str, connection_id: str, keys: tuple[str, ...]) -> bool:
    """Whether one of the signatures in a `ce-signature` header is that of one of our keys."""
    expected = [sign(key, connection_id) for key in keys]
    given = [part.strip() for part in signature.split(",")]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected)


@lru_cache(maxsize=1024)
def sign(key: str, connection_id: str) -> str:
    """The signature of a connection's events, as Web PubSub writes it; the same for each of its frames."""
    return "sha256=" + hmac.digest(key.encode(), connection_id.encode(), "sha256").hex()
