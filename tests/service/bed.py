"""What service tests stand on: a clock that can be moved, workers that die, ports that are watched."""

import itertools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from azure.data.tables.aio import TableServiceClient
from msgspec.structs import replace

from functions.adapters.tables.claims import TableClaims
from functions.adapters.tables.names import TableNames
from functions.adapters.tables.segments import TableSegments
from functions.adapters.tables.sessions import TableSessions
from functions.adapters.tables.timers import TableTimers
from functions.lifecycle.commands import Connect, Pending
from functions.lifecycle.events import StartRequested
from functions.lifecycle.identity import ulid
from functions.lifecycle.journal import Entry, Occurrence, write_entry
from functions.lifecycle.session import (
    CallLocator,
    Connection,
    LocatorKind,
    Session,
    StartRequest,
    Transcription,
)
from functions.services.claims import call_key
from functions.services.ports import Timer

HOUR_MS = 3_600_000
TABLES = (
    "VerbatimSessions",
    "VerbatimSessionIndex",
    "VerbatimClaims",
    "VerbatimTimers",
    "VerbatimNames",
    "VerbatimSegments",
)
CHANCE = random.Random(1)
NUMBERS = itertools.count(1)


@dataclass
class Clock:
    """The real time, moved on by `ahead` ms; or one fixed moment."""

    ahead: int = 0
    fixed: int | None = None

    def __call__(self) -> int:
        now = time.time_ns() // 1_000_000 if self.fixed is None else self.fixed
        return now + self.ahead

    def skip(self, ms: int) -> None:
        self.ahead += ms


@dataclass(frozen=True)
class Tables:
    """The adapters over one storage account."""

    client: TableServiceClient
    sessions: TableSessions
    claims: TableClaims
    timers: TableTimers
    names: TableNames
    segments: TableSegments


def tables_of(client: TableServiceClient) -> Tables:
    return Tables(
        client=client,
        sessions=TableSessions(client),
        claims=TableClaims(client),
        timers=TableTimers(client),
        names=TableNames(client),
        segments=TableSegments(client),
    )


def new_group() -> str:
    return f"group-{next(NUMBERS)}-{CHANCE.randbytes(4).hex()}"


def group_call(group: str | None = None) -> StartRequest:
    return StartRequest(call=CallLocator(LocatorKind.GROUP_CALL, group or new_group()), locale="en-US")


def key_of(request: StartRequest) -> str:
    """The key of the claim on the call that a start names."""
    assert isinstance(request.call, CallLocator)
    return call_key(request.call)


def new_session(created_at: int | None = None, **changed: Any) -> Session:
    """A session that waits for the answer to its connect."""
    moment = Clock()() if created_at is None else created_at
    connect = Pending("0-0", Connect(1), first_sent_at=moment, leased_until=moment + 45_000)
    request = changed.get("request") or group_call()
    session = Session(
        id=ulid(moment, CHANCE.randbytes(10)),
        request=request,
        locale=request.locale,
        speakers=request.speakers,
        created_at=moment,
        must_end_at=moment + 24 * HOUR_MS,
        ticket="ticket",
        secret="secret",
        revision=1,
        pending=(connect,),
    )
    return replace(session, **changed)


def transcribed(created_at: int | None = None, **changed: Any) -> Session:
    """A session in its call, which is transcribed; nothing is to be done for it."""
    moment = Clock()() if created_at is None else created_at
    given: dict[str, Any] = {
        "pending": (),
        "connection": Connection.CONNECTED,
        "call_connection_id": "connection",
        "connected_at": moment,
        "transcription": Transcription.ACTIVE,
        "asked_locale": "en-US",
        "confirmed_locale": "en-US",
        "started_at": moment,
        "active_since": moment,
        "timer": moment + 1_000_000,
    }
    return new_session(moment, **given | changed)


def entry_of(session: Session, event_id: str = "first", at: int | None = None) -> Entry:
    happened = Occurrence("test", event_id, StartRequested())
    return write_entry(happened, session, session.created_at if at is None else at)


async def all_of[Item](items: AsyncIterator[Item]) -> list[Item]:
    return [item async for item in items]


async def timers_of(tables: Tables, session_id: str) -> list[Timer]:
    """Every timer row of a session, due or not."""
    rows = await all_of(tables.timers.due(9_999_999_999_998))
    return [timer for timer in rows if timer.session_id == session_id]


# --- workers that die


class Crashed(BaseException):
    """The worker's process is gone; nothing in the product may catch it."""


@dataclass
class CrashingPort:
    """A real port; the worker dies before its `nth` call of `method`, or after the `nth` that ended well."""

    port: Any
    method: str
    after: bool
    nth: int = 1
    calls: int = field(default=0, init=False)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.port, name)
        if name != self.method:
            return real

        async def dying(*given: Any, **named: Any) -> Any:
            if not self.after:
                self.count()
            answer = await real(*given, **named)
            if self.after:
                self.count()
            return answer

        return dying

    def count(self) -> None:
        self.calls += 1
        if self.calls == self.nth:
            raise Crashed(f"{'after' if self.after else 'before'} {self.method}")


def crash_before(port: Any, method: str, nth: int = 1) -> Any:
    return CrashingPort(port, method, after=False, nth=nth)


def crash_after(port: Any, method: str, nth: int = 1) -> Any:
    return CrashingPort(port, method, after=True, nth=nth)


type Deed = Callable[[], Awaitable[object]]
"""What somebody else does meanwhile."""


@dataclass
class InterruptedPort:
    """A real port; somebody else is faster, once, before or after the first call of `method`."""

    port: Any
    method: str
    deed: Deed
    after: bool
    done: bool = field(default=False, init=False)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.port, name)
        if name != self.method:
            return real

        async def interrupted(*given: Any, **named: Any) -> Any:
            if not self.after:
                await self.interrupt()
            answer = await real(*given, **named)
            if self.after:
                await self.interrupt()
            return answer

        return interrupted

    async def interrupt(self) -> None:
        if not self.done:
            self.done = True
            await self.deed()


def just_before(port: Any, method: str, deed: Deed) -> Any:
    return InterruptedPort(port, method, deed, after=False)


def just_after(port: Any, method: str, deed: Deed) -> Any:
    return InterruptedPort(port, method, deed, after=True)


@dataclass
class WatchedPort:
    """A real port; each method's name goes to `before` first, and to `seen` when it has ended well."""

    port: Any
    seen: list[str]
    before: Callable[[str], object] = str

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.port, name)

        async def watched(*given: Any, **named: Any) -> Any:
            self.before(name)
            answer = await real(*given, **named)
            self.seen.append(name)
            return answer

        return watched


def watched(port: Any, seen: list[str]) -> Any:
    return WatchedPort(port, seen)


def unwell(port: Any, method: str, error: Exception) -> Any:
    """A real port of which one method fails at once."""

    def fail(name: str) -> None:
        if name == method:
            raise error

    return WatchedPort(port, [], fail)
