"""Events on their way to Event Grid: one after the other, each tried a few times."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

_log = logging.getLogger(__name__)
_TRY_SECONDS = 10
_PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds before the second and every further try."""
_HTTP_SUCCESS = range(200, 300)


class EventPublisher:
    """Posts events to one URL in the order in which they were given; one that is never taken is left out."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def publish(self, event: dict[str, Any]) -> None:
        """Post an event after those before it."""
        self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Post what is given, for ever."""
        while True:
            await self._deliver(await self._waiting.get())

    async def _deliver(self, event: dict[str, Any]) -> None:
        for pause in (*_PAUSES, None):
            if await self._taken(event):
                return
            if pause is not None:
                await asyncio.sleep(pause)
        _log.warning("%s was not taken by Event Grid", event["eventType"])

    async def _taken(self, event: dict[str, Any]) -> bool:
        limit = aiohttp.ClientTimeout(total=_TRY_SECONDS)
        try:
            async with self._session.post(self._url, json=[event], timeout=limit) as response:
                return response.status in _HTTP_SUCCESS
        except (aiohttp.ClientError, OSError) as error:
            # Its text could hold the URL, and that a key.
            _log.warning("%s not posted: %s", event["eventType"], type(error).__name__)
            return False


@asynccontextmanager
async def publishing(session: aiohttp.ClientSession, url: str | None) -> AsyncIterator[EventPublisher | None]:
    """A publisher that works until the block ends; none where there is no URL."""
    if url is None:
        yield None
        return
    publisher = EventPublisher(session, url)
    work = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        work.cancel()
        (outcome,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.error("events were no longer published", exc_info=outcome)
