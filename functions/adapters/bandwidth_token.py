"""OAuth2 client credentials for Bandwidth: one token, kept until shortly before it ends."""

import asyncio
import time
from collections.abc import Callable

import aiohttp
import msgspec

from functions.errors import CallRefused, Unavailable

RENEW_BEFORE_SECONDS = 60
REFUSED = frozenset({400, 401, 403})
"""What a token endpoint answers to a client that it does not know (RFC 6749, 5.2)."""


class Granted(msgspec.Struct, frozen=True):
    """The endpoint's answer; `expires_in` is seconds."""

    access_token: str
    expires_in: float = 0


class BandwidthToken:
    """The token of one client. Bandwidth's SDK asks for it with HTTP Basic, and so do we."""

    def __init__(
        self, url: str, client_id: str, client_secret: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.url = url
        self.headers = {"Authorization": aiohttp.encode_basic_auth(client_id, client_secret, "utf-8")}
        self.clock = clock
        self.lock = asyncio.Lock()
        self.token = ""  # none yet  # nosec B105
        self.good_until = 0.0

    async def get(self, http: aiohttp.ClientSession) -> str:
        """A token that is good for a while. Raises CallRefused, Unavailable."""
        async with self.lock:
            if self.clock() >= self.good_until:
                granted = await self.ask(http)
                self.token = granted.access_token
                self.good_until = self.clock() + granted.expires_in - RENEW_BEFORE_SECONDS
            return self.token

    def forget(self, token: str) -> None:
        """Do not use that token again: Bandwidth does not take it any more."""
        if token == self.token:
            self.good_until = 0.0

    async def ask(self, http: aiohttp.ClientSession) -> Granted:
        """A new token. Raises CallRefused, Unavailable; neither tells what was answered."""
        form = {"grant_type": "client_credentials"}
        async with http.post(self.url, data=form, headers=self.headers, allow_redirects=False) as response:
            body = await response.read()
        if response.status in REFUSED:
            raise CallRefused("Bandwidth gave no token.", code=401, reason="api.401")
        try:
            if response.status != 200:  # noqa: PLR2004 -- HTTP's
                raise Unavailable(f"Bandwidth's token endpoint answered {response.status}.")
            return msgspec.json.decode(body, type=Granted)
        except msgspec.MsgspecError:
            raise Unavailable("Bandwidth's token endpoint gave an answer that is none.") from None
