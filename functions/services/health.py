"""Whether what we need answers."""

import asyncio
from collections.abc import Awaitable, Mapping

import msgspec

from functions.errors import CallRefused, Unavailable
from functions.lifecycle.result_codes import explain
from functions.services.performing import outcome_of
from functions.services.ports import Calls, Clock, SessionStore, Viewers

FRESH_MS = 5_000
"""Anybody may ask for our health: no more than one read in that time."""


class Readiness(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a dependency can be used, and if not, why."""

    ready: bool
    reason: str | None = None


class StorageCheck:
    """Asks Table Storage whether it answers, and remembers for a moment what it said."""

    def __init__(self, store: SessionStore, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.checking = asyncio.Lock()
        self.checked_at: int | None = None
        self.last = Readiness(ready=False)

    async def check(self) -> Readiness:
        """The readiness, not older than a few seconds; all who ask meanwhile wait for one answer."""
        async with self.checking:
            if self.checked_at is None or self.clock() - self.checked_at >= FRESH_MS:
                self.last = await readiness(self.store.load("health"))
                self.checked_at = self.clock()
        return self.last


async def check_all(
    storage: StorageCheck, viewers: Mapping[str, Viewers], calls: Mapping[str, Calls]
) -> dict[str, Readiness]:
    """Each dependency's readiness; `calls` are the providers of calls, by the names under which they are shown."""
    asked = [readiness(provider.check()) for provider in calls.values()]
    found = await asyncio.gather(storage.check(), check_each(viewers), *asked)
    return dict(zip(("tables", "webPubSub", *calls), found, strict=True))


async def check_each(viewers: Mapping[str, Viewers]) -> Readiness:
    """The readiness of all Web PubSub resources together; the reason names those that are not ready."""
    found = await asyncio.gather(*(readiness(each.check()) for each in viewers.values()))
    reasons = [f"{name}: {one.reason}" for name, one in zip(viewers, found, strict=True) if not one.ready]
    return Readiness(ready=not reasons, reason=" ".join(reasons) or None)


async def readiness(question: Awaitable[object]) -> Readiness:
    """What an answer, or none, says of the one that was asked."""
    try:
        await question
    except CallRefused as refused:
        error, _ = explain(outcome_of(refused))
        return Readiness(ready=False, reason=f"{refused} {error.remedy}")
    except Unavailable as error:
        return Readiness(ready=False, reason=str(error))
    return Readiness(ready=True)
