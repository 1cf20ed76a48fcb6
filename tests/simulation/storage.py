"""Table Storage as the ports see it: every operation takes a while, and may fail before or after its effect."""

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from functions.errors import RowChanged, RowExists
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session
from functions.services.ports import Claim, Listed, Stored, StoredClaim, Timer
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor
from tests.simulation.mishaps import Mishaps

type Row = tuple[Any, str]


@dataclass
class Rows:
    """Rows with ETags, by (partition, row key); what is in here survives every crash."""

    mishaps: Mishaps
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    etags: Callable[[], int] = field(default_factory=lambda: itertools.count().__next__)

    async def operate[Result](self, operation: Callable[[], Result]) -> Result:
        """Do it between two delays; either may be where the process dies or the answer is lost."""
        await self.mishaps.storage_delay()
        result = operation()
        await self.mishaps.storage_delay()
        return result

    def create(self, key: tuple[str, str], content: Any) -> str:
        """Insert. Raises RowExists."""
        if key in self.rows:
            raise RowExists("it is there")
        return self.put(key, content)

    def put(self, key: tuple[str, str], content: Any) -> str:
        """Write, whatever was there."""
        etag = str(self.etags())
        self.rows[key] = content, etag
        return etag

    def replace(self, key: tuple[str, str], content: Any, etag: str) -> str:
        """Write if nobody else has. Raises RowChanged."""
        if key not in self.rows or self.rows[key][1] != etag:
            raise RowChanged("somebody was faster")
        return self.put(key, content)

    def of(self, partition: str, prefix: str = "") -> list[tuple[str, Any]]:
        """A partition's rows, in order."""
        found = [(row, content) for (part, row), (content, _) in self.rows.items() if part == partition]
        return sorted((row, content) for row, content in found if row.startswith(prefix))


@dataclass
class SimulatedSessions:
    """Fills SessionStore."""

    table: Rows
    index: Rows

    async def load(self, session_id: str) -> Stored | None:
        """The session, or none."""

        def get() -> Stored | None:
            row = self.table.rows.get((session_id, "session"))
            return None if row is None else Stored(*row)

        return await self.table.operate(get)

    async def insert(self, session: Session, entry: Entry) -> Stored:
        """A new session with its entry."""

        def create() -> Stored:
            if (session.id, "session") in self.table.rows:
                raise RowExists("it is there")
            self.table.create((session.id, f"event-{entry.key}"), entry)
            return Stored(session, self.table.create((session.id, "session"), session))

        return await self.table.operate(create)

    async def save(self, stored: Stored, session: Session, entry: Entry) -> Stored:
        """The session and the entry together."""

        def replace() -> Stored:
            if self.table.rows[session.id, "session"][1] != stored.etag:
                raise RowChanged("somebody was faster")
            self.table.create((session.id, f"event-{entry.key}"), entry)
            return Stored(session, self.table.put((session.id, "session"), session))

        return await self.table.operate(replace)

    async def note(self, session_id: str, entry: Entry) -> None:
        """An entry alone."""
        await self.table.operate(lambda: self.table.create((session_id, f"event-{entry.key}"), entry))

    async def journal(self, session_id: str) -> list[Entry]:
        """The entries."""
        entries = await self.table.operate(lambda: self.table.of(session_id, "event-"))
        return sorted((entry for _, entry in entries), key=lambda entry: entry.at)

    async def list_newest(self, session: Session) -> None:
        """Into the index."""
        await self.index.operate(lambda: self.index.put(("newest", session.id), session.id))

    async def newest(self, after: str | None) -> AsyncIterator[Listed]:
        """The index."""
        for row, session_id in reversed(await self.index.operate(lambda: self.index.of("newest"))):
            if after is None or row < after:
                yield Listed(row, session_id)


@dataclass
class SimulatedClaims:
    """Fills Claims."""

    table: Rows

    async def take(self, key: str, claim: Claim) -> StoredClaim:
        """A new claim."""
        etag = await self.table.operate(lambda: self.table.create((key, "claim"), claim))
        return StoredClaim(claim, etag)

    async def read(self, key: str) -> StoredClaim | None:
        """The claim, or none."""
        row = await self.table.operate(lambda: self.table.rows.get((key, "claim")))
        return None if row is None else StoredClaim(*row)

    async def replace(self, key: str, old: StoredClaim, claim: Claim) -> StoredClaim:
        """Another claim in its place."""
        etag = await self.table.operate(lambda: self.table.replace((key, "claim"), claim, old.etag))
        return StoredClaim(claim, etag)


@dataclass
class SimulatedTimers:
    """Fills Timers."""

    table: Rows

    async def put(self, timer: Timer) -> None:
        """Write the row."""
        await self.table.operate(lambda: self.table.put(("due", timer_key(timer)), timer))

    async def remove(self, timer: Timer) -> None:
        """Remove the row."""
        await self.table.operate(lambda: self.table.rows.pop(("due", timer_key(timer)), None))

    async def due(self, now: int) -> AsyncIterator[Timer]:
        """What is due."""
        for row, timer in await self.table.operate(lambda: self.table.of("due")):
            if row < f"{now + 1:013d}":
                yield timer


def timer_key(timer: Timer) -> str:
    return f"{timer.due:013d}-{timer.session_id}"


@dataclass
class SimulatedSegments:
    """Fills SegmentStore."""

    table: Rows

    async def insert_segment(self, session_id: str, segment: Segment) -> bool:
        """Store a final once."""
        try:
            await self.table.operate(lambda: self.table.create((session_id, segment.segment_id), segment))
        except RowExists:
            return False
        return True

    async def insert_anchor(self, session_id: str, anchor: Anchor) -> Anchor:
        """Store an anchor, or get the one that is there."""
        key = session_id, f"stream-{anchor.stream}"
        try:
            await self.table.operate(lambda: self.table.create(key, anchor))
        except RowExists:
            found: Anchor = await self.table.operate(lambda: self.table.rows[key][0])
            return found
        return anchor

    async def anchors(self, session_id: str) -> list[Anchor]:
        """The streams."""
        return [
            anchor for _, anchor in await self.table.operate(lambda: self.table.of(session_id, "stream-"))
        ]

    async def segments(
        self, session_id: str, after: str, columns: frozenset[str] | None = None, most: int | None = None
    ) -> AsyncIterator[Segment]:
        """The finals behind a key."""
        del columns, most
        for row, segment in await self.table.operate(lambda: self.table.of(session_id, "0")):
            if row > after:
                yield segment
