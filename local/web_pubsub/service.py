"""The running service: its hubs and what they share."""

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from local.entra_callers import EntraCallers
from local.tls import TlsSite
from local.web_pubsub.faults import Faults
from local.web_pubsub.hub import Hub
from local.web_pubsub.own_identity import OwnIdentity
from local.web_pubsub.upstream import Handler, Retries, Upstream

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is set up; `keys` are the primary and, if there is one, the secondary.

    Without keys, `callers` are let in by their tokens, and events bear the token of `identity`.
    """

    keys: tuple[str, ...]
    hubs: tuple[str, ...] = ()
    handlers: dict[str, str] = field(default_factory=dict)  # hub -> URL template
    repeat_events: bool = False
    retries: Retries = field(default_factory=Retries)
    recovery: float = 30.0  # seconds that a reliable connection outlives its socket
    callers: EntraCallers | None = None
    identity: OwnIdentity | None = None
    tls: TlsSite | None = None


@dataclass(slots=True)
class Service:
    """What every request works on."""

    settings: Settings
    faults: Faults
    upstream: Upstream
    hubs: dict[str, Hub] = field(default_factory=dict)
    stopping: bool = False
    own_key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    def hub(self, name: str) -> Hub:
        """The hub of this name, in lower case [E]. As in the cloud, one that nobody configured is a
        hub too: it only has no event handler.
        """
        return self.hubs.setdefault(name, Hub(name))

    @property
    def client_keys(self) -> tuple[str, ...]:
        """What clients' tokens are signed with: the access keys, else a key that nobody sees."""
        return self.settings.keys or (self.own_key,)

    def handler(self, hub: str) -> Handler | None:
        """Where the hub's events go."""
        template = self.settings.handlers.get(hub)
        return None if template is None else Handler(template, self.settings.keys, self.settings.identity)

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody waits for."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """End what runs beside."""
        running = list(self._background)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.upstream.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("Work beside the requests failed.", exc_info=task.exception())


def now() -> float:
    """Seconds since the epoch, for tokens."""
    return time.time()
