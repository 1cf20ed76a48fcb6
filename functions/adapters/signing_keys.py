"""The tokens with which ACS signs its callbacks, checked against the keys that it publishes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import jwt

from functions.errors import Unauthorized, Unavailable

FETCH_SECONDS = 5
REMEDY = "Send the token that ACS signed for the resource whose immutable id is in ACS_RESOURCE_ID."
LEAST_PAUSE_MS = 10_000
"""Between two fetches, so that made-up key ids cannot make us flood the publisher."""
PAUSE_AFTER_FAILURE_MS = 1_000
FRESH_MS = 24 * 3600 * 1000
UNREADABLE = (aiohttp.ClientError, TimeoutError, ValueError, TypeError, AttributeError, jwt.PyJWTError)
"""What fetching and reading raise; PyJWT does not check that a key set is an object that holds a list."""


@dataclass(frozen=True)
class TokenRules:
    """What a good token says, and where its key is found."""

    issuer: str
    audience: str
    keys_url: str


class SigningKeys:
    """The published keys, fetched when one is asked for that is not there. `clock` tells ms."""

    def __init__(self, rules: TokenRules, clock: Callable[[], int]) -> None:
        self.rules = rules
        self.clock = clock
        self.keys: dict[str, jwt.PyJWK] = {}
        self.fetched_at: int | None = None
        self.next_fetch_at = 0
        self.fetching = asyncio.Lock()

    async def check(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears a good token; Unavailable if its key cannot be had."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.casefold() != "bearer" or not token:
            raise Unauthorized("There is no bearer token.", remedy=REMEDY)
        key = await self.key_of(token)
        try:
            jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self.rules.audience,
                issuer=self.rules.issuer,
                options={"require": ["exp", "iss", "aud"]},
                leeway=30,
            )
        except jwt.PyJWTError as error:
            raise Unauthorized(f"The token is no good: {type(error).__name__}.", remedy=REMEDY) from error

    async def key_of(self, token: str) -> jwt.PyJWK:
        """The key that the token names. Raises Unauthorized, Unavailable."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise Unauthorized("The token cannot be read.", remedy=REMEDY) from error
        key_id = str(header.get("kid"))
        if header.get("alg") != "RS256":
            raise Unauthorized("The token is not signed with RS256.", remedy=REMEDY)
        if key_id not in self.keys or self.is_stale():
            await self.fetch(key_id)
        if key_id not in self.keys:
            raise Unauthorized("The token's key is not a published one.", remedy=REMEDY)
        return self.keys[key_id]

    def is_stale(self) -> bool:
        """Whether the keys are so old that one may have been withdrawn."""
        return self.fetched_at is None or self.clock() - self.fetched_at > FRESH_MS

    async def fetch(self, key_id: str) -> None:
        """Fetch the keys, unless that was just done. Raises Unavailable."""
        async with self.fetching:
            if key_id in self.keys and not self.is_stale():
                return
            if self.clock() >= self.next_fetch_at:
                await self.renew()
            elif self.is_stale():
                raise Unavailable("The keys of ACS's callbacks could not be had a moment ago.")

    async def renew(self) -> None:
        """The keys anew; one that fails is not tried again at once. Raises Unavailable."""
        self.next_fetch_at = self.clock() + PAUSE_AFTER_FAILURE_MS
        self.keys = await self.download()
        self.fetched_at = self.clock()
        self.next_fetch_at = self.fetched_at + LEAST_PAUSE_MS

    async def download(self) -> dict[str, jwt.PyJWK]:
        """The published keys by their ids. Raises Unavailable."""
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(self.rules.keys_url, raise_for_status=True) as response,
            ):
                published = jwt.PyJWKSet.from_json(await response.text())
        except UNREADABLE as error:
            raise Unavailable(
                f"The keys of ACS's callbacks cannot be had: {type(error).__name__}."
            ) from error
        return {key.key_id: key for key in published.keys if key.key_id}
