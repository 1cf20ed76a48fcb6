"""The service's own managed identity, whose token its events bear where there is no access key to sign with.

[Microsoft's page "Use a managed identity" for Web PubSub: the token is in `Authorization`, for the chosen audience.]
"""

import time
from dataclasses import dataclass, field

import aiohttp

_RENEW_BEFORE = 300.0  # seconds before the end of a token


@dataclass(slots=True)
class OwnIdentity:
    """Asks `endpoint` (App Service's protocol) for tokens of the identity `client_id` for `audience`."""

    endpoint: str
    header: str
    client_id: str
    audience: str
    _token: str = field(default="", repr=False)
    _renew_at: float = 0.0

    async def authorization(self, http: aiohttp.ClientSession) -> str:
        """The header's value. Raises aiohttp.ClientError."""
        if time.time() >= self._renew_at:
            await self._renew(http)
        return f"Bearer {self._token}"

    async def _renew(self, http: aiohttp.ClientSession) -> None:
        asked = {"api-version": "2019-08-01", "resource": self.audience, "client_id": self.client_id}
        headers = {"X-IDENTITY-HEADER": self.header}
        async with http.get(self.endpoint, params=asked, headers=headers, raise_for_status=True) as answer:
            given = await answer.json()
        self._token = given["access_token"]
        self._renew_at = float(given["expires_on"]) - _RENEW_BEFORE
