"""The handshake that lets this service send events to an address (CloudEvents webhook validation)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.web_pubsub.cloud_events import Reply, allows

HOLDS = 60.0  # seconds until a pass is renewed, and the longest pause after a failure [E]
FIRST_PAUSE = 1.0  # seconds after the first failure; doubles [E]
WITHIN = 10.0  # seconds for a validation, its tries included [E]

_log = logging.getLogger(__name__)

type Ask = Callable[[str, str], Awaitable[Reply]]  # (url, origin): the answer to OPTIONS


@dataclass(slots=True)
class _Record:
    passed: bool = True
    pause: float = FIRST_PAUSE  # seconds
    due: float = 0.0  # loop time
    first: asyncio.Task[bool] | None = None
    running: asyncio.Task[bool] | None = None


class Validation:
    """Remembers, by address, whether events may be sent there."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._records: dict[str, _Record] = {}

    async def passed(self, url: str, origin: str) -> bool:
        """Whether events may go to this address.

        Only the first validation is waited for; later ones run beside, and the last known
        result counts meanwhile [E]. So after a failure it takes an event to try again.
        """
        record = self._records.setdefault(url, _Record())
        if self._is_due(record):
            record.running = asyncio.create_task(self._validate(record, url, origin))
        if record.first is None:
            record.first = record.running
        if record.first is not None and not record.first.done():
            return await asyncio.shield(record.first)
        return record.passed

    async def close(self) -> None:
        """End what still runs."""
        running = [record.running for record in self._records.values() if record.running is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    @staticmethod
    def _is_due(record: _Record) -> bool:
        idle = record.running is None or record.running.done()
        return idle and asyncio.get_running_loop().time() >= record.due

    async def _validate(self, record: _Record, url: str, origin: str) -> bool:
        passed = await self._answer(url, origin)
        record.pause = _next_pause(record, passed=passed)
        record.due = asyncio.get_running_loop().time() + record.pause
        record.passed = passed
        return passed

    async def _answer(self, url: str, origin: str) -> bool:
        try:
            async with asyncio.timeout(WITHIN):
                reply = await self._ask(url, origin)
        except TimeoutError:
            _log.warning("The event handler did not answer the validation within %s s.", WITHIN)
            return False
        if not allows(reply, origin):
            _log.warning("The event handler did not allow this origin (status %s).", reply.status)
            return False
        return True


def _next_pause(record: _Record, *, passed: bool) -> float:
    if passed:
        return HOLDS
    if record.passed:
        return FIRST_PAUSE
    return min(2 * record.pause, HOLDS)
