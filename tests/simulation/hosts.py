"""Function hosts that die: whatever runs on one ends wherever it just is, and nothing of it is cleaned up."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from functions.errors import Unavailable, VerbatimError
from tests.simulation.mishaps import Mishaps

HOSTS = 2
OK, REFUSED, UNAVAILABLE, BROKEN = 204, 401, 503, 500


class Hosts:
    """Two hosts behind one address."""

    def __init__(self, mishaps: Mishaps) -> None:
        self.mishaps = mishaps
        self.running: list[set[asyncio.Task[Any]]] = [set() for _ in range(HOSTS)]
        self.world: set[asyncio.Task[Any]] = set()
        self.faults: list[str] = []

    def world_task[Result](self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Something that happens outside of the hosts, and so survives them."""
        task = asyncio.get_running_loop().create_task(work)
        self.world.add(task)
        task.add_done_callback(self.forget)
        return task

    def forget(self, task: asyncio.Task[Any]) -> None:
        """A task outside has ended; an error in it is one of the simulation itself."""
        self.world.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.faults.append(f"the world broke: {task.exception()!r}")

    async def invoke(self, work: Coroutine[Any, Any, Any]) -> tuple[int | None, Any]:
        """A status and what the work returned; no status where the host died."""
        host = self.mishaps.chance.randrange(HOSTS)
        task = asyncio.get_running_loop().create_task(work)
        self.running[host].add(task)
        await asyncio.wait([task])
        self.running[host].discard(task)
        if task.cancelled():
            return None, None
        return self.status_of(task)

    def status_of(self, task: asyncio.Task[Any]) -> tuple[int, Any]:
        """The status that a trigger would answer with."""
        error = task.exception()
        if error is None:
            return OK, task.result()
        if isinstance(error, Unavailable):
            return UNAVAILABLE, None
        if isinstance(error, VerbatimError):
            return REFUSED, None
        self.faults.append(f"an invocation broke: {error!r}")
        return BROKEN, None

    def crash(self, host: int) -> None:
        """End everything that runs there."""
        for task in self.running[host]:
            task.cancel()
