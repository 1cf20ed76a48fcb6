"""Bandwidth's REST interface for calls: requests with a token, tried while they are not taken; errors in our words.

Paths, bodies and errors: Bandwidth's OpenAPI document for voice and its page on errors.
"""

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import aiohttp
import msgspec

from functions.adapters.bandwidth_token import BandwidthToken
from functions.errors import CallRefused, Unavailable
from functions.lifecycle.redaction import redact_message
from functions.services.ports import ANSWER_WITHIN_MS

TRY_SECONDS = 10
TOTAL_SECONDS = ANSWER_WITHIN_MS / 1000
NOT_TAKEN = frozenset({429, 503})
"""Too many requests, and overloaded: nothing was done, so a repeat is no second request."""
PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
LONGEST_PAUSE_SECONDS = 8.0
UNAUTHORIZED = 401
SERVER_ERROR = 500
NO_ERROR = 300
XML = "application/xml"


class Refusal(msgspec.Struct, frozen=True):
    """The body of an error."""

    description: str = ""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `retry_after` is seconds, none where it does not say."""

    status: int
    body: bytes
    retry_after: float | None = None


class BandwidthApi:
    """The calls of the account at `url`; `hidden` is in requests and must not come back in errors."""

    def __init__(self, url: str, token: BandwidthToken, hidden: str) -> None:
        self.url = url
        self.token = token
        self.hidden = hidden

    @cached_property
    def http(self) -> aiohttp.ClientSession:
        """The connections to Bandwidth, kept from the first request on."""
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TRY_SECONDS))

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()

    async def post(self, path: str, content: dict[str, Any]) -> bytes:
        """Send JSON. Raises CallRefused, Unavailable."""
        body = msgspec.json.encode(content)
        return await self.send("POST", path, body, "application/json")

    async def put_script(self, call_id: str, script: bytes) -> None:
        """Give a call another script. Raises CallRefused, Unavailable."""
        await self.send("PUT", f"calls/{quoted(call_id)}/bxml", script, XML)

    async def get(self, path: str) -> bytes:
        """Read. Raises CallRefused, Unavailable."""
        return await self.send("GET", path)

    async def send(self, method: str, path: str, body: bytes = b"", kind: str = XML) -> bytes:
        """The body of Bandwidth's answer. Raises CallRefused, Unavailable."""
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                answer = await self.until_taken(method, path, body, kind)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"Bandwidth: {type(error).__name__}.") from error
        if answer.status >= NO_ERROR:
            raise translate(answer, self.hidden)
        return answer.body

    async def until_taken(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        """Ask again, some times, while Bandwidth takes no requests; once more with a new token if it wants another."""
        for pause in PAUSES_SECONDS:
            answer = await self.ask(method, path, body, kind)
            if answer.status not in NOT_TAKEN:
                return answer
            await asyncio.sleep(min(answer.retry_after or pause, LONGEST_PAUSE_SECONDS))
        return await self.ask(method, path, body, kind)

    async def ask(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        """One request; two if the token was withdrawn before its time."""
        token = await self.token.get(self.http)
        answer = await self.ask_with(token, method, path, body, kind)
        if answer.status != UNAUTHORIZED:
            return answer
        self.token.forget(token)
        return await self.ask_with(await self.token.get(self.http), method, path, body, kind)

    async def ask_with(self, token: str, method: str, path: str, body: bytes, kind: str) -> Answer:
        """One request with that token; no redirection is followed, since the token would go along."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": kind} if body else {})
        url = f"{self.url}/{path}"
        async with self.http.request(
            method, url, data=body or None, headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, await response.read(), seconds_of(response))


def quoted(call_id: str) -> str:
    """A call id as a part of a path. Raises CallRefused for one that would lead elsewhere."""
    if not call_id or any(letter in call_id for letter in "/?#%\\") or call_id.startswith("."):
        raise CallRefused("That is no id of a call.", code=404, reason="api.404")
    return call_id


def seconds_of(response: aiohttp.ClientResponse) -> float | None:
    """When to ask again, if it is told in seconds."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def translate(answer: Answer, hidden: str) -> CallRefused | Unavailable:
    """The error in our words."""
    if answer.status >= SERVER_ERROR and answer.status not in NOT_TAKEN:
        return Unavailable(f"Bandwidth answered {answer.status}.")
    try:
        told = msgspec.json.decode(answer.body, type=Refusal).description
    except msgspec.MsgspecError:
        told = ""
    reason = f"api.{answer.status}"
    shown = redact_message(told.replace(hidden, "…"))
    return CallRefused(shown, code=answer.status, reason=reason)
