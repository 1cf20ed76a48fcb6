"""Carries events to the event handler over HTTP, with the service's retries."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

import aiohttp
from yarl import URL

from local.web_pubsub.cloud_events import (
    Event,
    Reply,
    handler_url,
    headers_of,
    signature_of,
    worth_retrying,
)
from local.web_pubsub.counters import Counters
from local.web_pubsub.errors import EventFailed
from local.web_pubsub.faults import Faults, UpstreamFault
from local.web_pubsub.own_identity import OwnIdentity
from local.web_pubsub.validation import Validation

# Below what a Python or Node server keeps an idle connection, so that none breaks under an event.
_IDLE = 4.0  # seconds
_HEADER_LIMIT = 64 * 1024  # bytes of one header of an answer: the connection state may be long


@dataclass(frozen=True, slots=True)
class Retries:
    """When a try that failed is repeated, and how long all tries may take together [E]; seconds."""

    after: tuple[float, ...] = (1.0, 3.0, 5.0)
    within: float = 100.0


@dataclass(frozen=True, slots=True)
class Handler:
    """Where a hub's events go, and what they prove their sender with; the URL may hold `{hub}` and `{event}`."""

    template: str
    keys: tuple[str, ...]
    identity: OwnIdentity | None = None


class Upstream:
    """The way to the event handlers of all hubs."""

    def __init__(self, session: aiohttp.ClientSession, retries: Retries, faults: Faults) -> None:
        self._session = session
        self._retries = retries
        self._faults = faults
        self._validation = Validation(self._ask)

    async def deliver(self, handler: Handler, event: Event, counters: Counters) -> Reply:
        """The handler's final answer. Raises EventFailed when there is none to be had."""
        try:
            async with asyncio.timeout(self._retries.within):
                return await self._deliver(handler, event, counters)
        except TimeoutError as error:
            raise EventFailed("The event handler did not answer in time.") from error

    async def close(self) -> None:
        """End the validations that still run."""
        await self._validation.close()

    async def _deliver(self, handler: Handler, event: Event, counters: Counters) -> Reply:
        headers = headers_of(event, signature_of(event.connection_id, handler.keys))
        if handler.identity is not None:
            headers["Authorization"] = await self._authorization(handler.identity)
        url = handler_url(handler.template, event.hub, event.name)

        async def once() -> Reply:
            return await self._try(url, headers, event, counters)

        if not await self._validation.passed(
            handler_url(handler.template, event.hub, "validate"), event.origin
        ):
            raise EventFailed("The event handler has not passed validation.")
        reply = await self._with_retries(once)
        if not self._faults.repeat_events or not reply.succeeded:
            return reply
        # As if the first answer had been lost: the repeat's answer is the one that counts.
        return await self._with_retries(once)

    async def _authorization(self, identity: OwnIdentity) -> str:
        try:
            return await identity.authorization(self._session)
        except aiohttp.ClientError as error:
            raise EventFailed("The service's identity gave no token.") from error

    async def _with_retries(self, once: Callable[[], Awaitable[Reply]]) -> Reply:
        for pause in self._retries.after:
            reply = await once()
            if not worth_retrying(reply.status):
                return reply
            await asyncio.sleep(pause)
        return await once()

    async def _try(self, url: str, headers: dict[str, str], event: Event, counters: Counters) -> Reply:
        fault = self._faults.next_upstream(event.name)
        if fault is not None and fault.do == "status":
            return Reply(fault.status)
        counters.upstream(len(event.payload.body))
        reply = await self._post(url, headers, event.payload.body)
        return _met_by(fault, reply)

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> Reply:
        try:
            async with self._session.post(
                URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                return await _read(response)
        except (aiohttp.ClientError, OSError):
            return Reply(None)

    async def _ask(self, url: str, origin: str) -> Reply:
        async def options() -> Reply:
            return await self._request("OPTIONS", url, origin)

        reply = await self._with_retries(options)
        if reply.status == HTTPStatus.NOT_FOUND:
            return await self._request("GET", url, origin)
        return reply

    async def _request(self, method: str, url: str, origin: str) -> Reply:
        headers = {"WebHook-Request-Origin": origin, "ce-awpsversion": "1.0"}
        try:
            async with self._session.request(
                method, URL(url, encoded=True), headers=headers, allow_redirects=False
            ) as response:
                return await _read(response)
        except (aiohttp.ClientError, OSError):
            return Reply(None)


def upstream_session() -> aiohttp.ClientSession:
    """The HTTP client for events: any number of connections, kept open between events."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        max_line_size=_HEADER_LIMIT,
        max_field_size=_HEADER_LIMIT,
    )


async def _read(response: aiohttp.ClientResponse) -> Reply:
    states = response.headers.getall("ce-connectionState", [])
    return Reply(
        status=response.status,
        content_type=response.headers.get("Content-Type", ""),
        body=await response.read(),
        state=states[-1] if states else None,
        cookies={name: cookie.value for name, cookie in response.cookies.items()},
        allowed_origins=tuple(response.headers.getall("WebHook-Allowed-Origin", [])),
    )


def _met_by(fault: UpstreamFault | None, reply: Reply) -> Reply:
    return reply if fault is None else replace(reply, status=None)
