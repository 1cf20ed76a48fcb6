"""Tokens of the app's managed identity, for the SDKs and for what we ask ourselves."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.exceptions import AzureError
from azure.identity.aio import ManagedIdentityCredential

from functions.errors import Unavailable

LIMITS: dict[str, Any] = {
    "retry_total": 2,
    "retry_backoff_factor": 0.2,
    "retry_backoff_max": 1,
    "connection_timeout": 2,
    "read_timeout": 5,
}
"""Seconds; the endpoint is on the machine itself, and the library's own tries go on for minutes."""
REMEDY = (
    "Check that the app has a managed identity, and that AZURE_CLIENT_ID, if it is set, is that identity's."
)
UNREADABLE = (AzureError, KeyError, ValueError)
"""What azure-identity raises; on an answer without a resource or with an odd expiry it is not an error of its own."""

# It logs what the endpoint answered, token included, if it cannot read it (seen in 1.27.0).
logging.getLogger("azure.identity").setLevel(logging.CRITICAL)


class ManagedIdentity:
    """An AsyncTokenCredential that fails in our words: its Unavailable goes through the SDKs as it is.

    It keeps its tokens until shortly before they end.
    """

    def __init__(self, client_id: str) -> None:
        self.credential = ManagedIdentityCredential(client_id=client_id or None, **LIMITS)

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for the scope. Raises Unavailable."""
        with in_our_words():
            token: AccessToken = await self.credential.get_token(*scopes, **options)
        return token

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """The same, and what is known of it. Raises Unavailable."""
        with in_our_words():
            token: AccessTokenInfo = await self.credential.get_token_info(*scopes, options=options)
        return token

    async def close(self) -> None:
        """Close the connection to the endpoint."""
        await self.credential.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.close()


@contextmanager
def in_our_words() -> Iterator[None]:
    """What goes wrong is Unavailable; the library's own error can quote a token, so it does not come along."""
    try:
        yield
    except UNREADABLE as error:
        raise Unavailable(f"The managed identity gave no token: {type(error).__name__}. {REMEDY}") from None
