"""Signed tokens (JWT, RS256) of others, checked against the keys that their issuer publishes."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt

from functions.errors import Unauthorized, Unavailable

FETCH_SECONDS = 5
LEEWAY_SECONDS = 30
REMEMBERED = 64
"""Tokens that were found good; one that comes with each frame is not checked anew each time."""
LEAST_PAUSE_MS = 10_000
"""Between two fetches, so that made-up key ids cannot make us flood the publisher."""
PAUSE_AFTER_FAILURE_MS = 1_000
TOLD_AGAIN_AFTER_MS = 10_000
"""Anybody may knock, so a reason is in the log at most so often."""
MOST_REASONS = 32
FRESH_MS = 24 * 3600 * 1000
UNREADABLE = (aiohttp.ClientError, TimeoutError, ValueError, TypeError, AttributeError, jwt.PyJWTError)
"""What fetching and reading raise; PyJWT does not check that a key set is an object that holds a list."""
LOG = logging.getLogger("verbatim.http")


@dataclass(frozen=True)
class TokenRules:
    """What a good token says, and where its key is found: at `keys_url`, which publishes the keys of `whose` tokens.

    Each of `claims` must be in it with one of its values here. `remedy` tells who was refused what to send.
    """

    issuers: tuple[str, ...]
    audiences: tuple[str, ...]
    keys_url: str
    whose: str
    remedy: str
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Good:
    """A token that was found good, until `ends` (ms since 1970)."""

    claims: Mapping[str, Any]
    ends: int


class SigningKeys:
    """The published keys, fetched when one is asked for that is not there. `clock` tells ms."""

    def __init__(self, rules: TokenRules, clock: Callable[[], int]) -> None:
        self.rules = rules
        self.clock = clock
        self.keys: dict[str, jwt.PyJWK] = {}
        self.good: dict[bytes, Good] = {}
        self.told: dict[str, int] = {}
        self.fetched_at: int | None = None
        self.next_fetch_at = 0
        self.fetching = asyncio.Lock()

    async def check(self, authorization: str | None) -> Mapping[str, Any]:
        """The claims of the good token that the header bears.

        Raises Unauthorized if there is none, Unavailable if its key cannot be had.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.casefold() != "bearer" or not token:
            raise Unauthorized("There is no bearer token.", remedy=self.rules.remedy)
        if not token.isascii():
            raise self.refusal("The token cannot be read.")
        digest = hashlib.sha256(token.encode()).digest()
        known = self.good.get(digest)
        if known is not None and self.clock() < known.ends and not self.is_stale():
            return known.claims
        claims = self.judge(token, await self.key_of(token))
        self.remember(digest, claims)
        return claims

    def judge(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        """The token's claims. Raises Unauthorized unless they are what the rules want."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self.rules.audiences,
                issuer=self.rules.issuers,
                options={"require": ["exp", "iss", "aud"]},
                leeway=LEEWAY_SECONDS,
            )
        except jwt.InvalidAudienceError as error:
            raise self.refusal(f"The token is for another audience: {audience_of(token)}.") from error
        except jwt.PyJWTError as error:
            raise self.refusal(f"The token is no good: {type(error).__name__}.") from error
        for name, wanted in self.rules.claims.items():
            if not claims.get(name) or claims[name] not in wanted:
                raise self.refusal(f"The token is of somebody else: its {name} is another.")
        return claims

    def remember(self, digest: bytes, claims: Mapping[str, Any]) -> None:
        """Keep a good token's claims until it ends; the oldest of too many go."""
        self.good.pop(digest, None)
        while len(self.good) >= REMEMBERED:
            del self.good[next(iter(self.good))]
        self.good[digest] = Good(claims, int(claims["exp"]) * 1000)

    def refusal(self, detail: str) -> Unauthorized:
        """The token is not taken; why is in the log, where whoever made a wrong setting can find it."""
        now = self.clock()
        if now - self.told.get(detail, -TOLD_AGAIN_AFTER_MS) >= TOLD_AGAIN_AFTER_MS:
            if len(self.told) >= MOST_REASONS:
                self.told.clear()
            self.told[detail] = now
            LOG.warning("a token was refused: %s %s", detail, self.rules.remedy)
        return Unauthorized(detail, remedy=self.rules.remedy)

    async def key_of(self, token: str) -> jwt.PyJWK:
        """The key that the token names. Raises Unauthorized, Unavailable."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise self.refusal("The token cannot be read.") from error
        key_id = str(header.get("kid"))
        if header.get("alg") != "RS256":
            raise self.refusal("The token is not signed with RS256.")
        if key_id not in self.keys or self.is_stale():
            await self.fetch(key_id)
        if key_id not in self.keys:
            raise self.refusal("The token's key is not a published one.")
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
                raise Unavailable(f"The keys of {self.rules.whose} tokens could not be had a moment ago.")

    async def renew(self) -> None:
        """The keys anew; one that fails is not tried again at once. Raises Unavailable."""
        self.next_fetch_at = self.clock() + PAUSE_AFTER_FAILURE_MS
        self.keys = await self.download()
        self.good.clear()  # what a withdrawn key signed is judged anew
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
                f"The keys of {self.rules.whose} tokens cannot be had: {type(error).__name__}."
            ) from error
        return {key.key_id: key for key in published.keys if key.key_id}


def audience_of(token: str) -> str:
    """What a token with a good signature is for, in so many words; a wrong setting is found by it."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return str(claims.get("aud"))[:128]
