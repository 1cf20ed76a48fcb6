"""Table Storage as the ports see it: every operation takes a while, and may fail before or after its effect."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from msgspec.structs import replace

from functions.errors import RowChanged, RowExists, Unavailable
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session
from functions.services.ports import Claim, Listed, Stored, StoredClaim, Timer
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor
from tests.simulation.mishaps import Mishaps

LATEST_MS = 9_999_999_999_999
DAY_MS = 86_400_000
LONGEST_NAME = 256
BEHIND_DIGITS = ":"
"""The character after `9`: finals' keys begin with a digit, streams' with a letter."""

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
        self.check(key, etag)
        return self.put(key, content)

    def check(self, key: tuple[str, str], etag: str) -> None:
        """Raise RowChanged unless the row is there as it was read."""
        if key not in self.rows or self.rows[key][1] != etag:
            raise RowChanged("somebody was faster")

    def remove(self, keys: list[tuple[str, str]]) -> None:
        """Remove rows; those that are gone already are no error."""
        for key in keys:
            self.rows.pop(key, None)

    def of(self, partition: str, prefix: str = "") -> list[tuple[str, Any]]:
        """A partition's rows, in order."""
        found = [(row, content) for (part, row), (content, _) in self.rows.items() if part == partition]
        return sorted((row, content) for row, content in found if row.startswith(prefix))


@dataclass
class SimulatedSessions:
    """Fills SessionStore. `taken_in` counts how often each event of each session was.

    A row of the index has the session's id as its key, so that who judges a world finds it; its content is the key
    by which it is listed.
    """

    table: Rows
    index: Rows
    taken_in: Counter[tuple[str, str]] = field(default_factory=Counter)

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
            self.table.check((session.id, "session"), stored.etag)
            self.take_in(session.id, entry)
            return Stored(session, self.table.put((session.id, "session"), session))

        return await self.table.operate(replace)

    async def note(self, stored: Stored, entry: Entry) -> Stored:
        """An entry that leaves the session as it is, but for its ETag."""
        return await self.save(stored, stored.session, entry)

    def take_in(self, session_id: str, entry: Entry) -> None:
        """An entry, unless it is there. Raises RowExists."""
        self.table.create((session_id, f"event-{entry.key}"), entry)
        self.taken_in[session_id, entry.key] += 1

    async def journal(self, session_id: str, after: str = "", most: int | None = None) -> list[Entry]:
        """The entries behind a place."""
        rows = await self.table.operate(lambda: self.table.of(session_id, "event-"))
        entries = sorted((entry for _, entry in rows), key=lambda entry: entry.place)
        return [entry for entry in entries if entry.place > after][:most]

    async def list_newest(self, session: Session, claims: Iterable[str] = ()) -> None:
        """Into the index."""
        row = Listed(index_key(session), session.id, tuple(claims))
        await self.index.operate(lambda: self.index.put(("newest", session.id), row))

    def newest(self, after: str | None) -> AsyncIterator[Listed]:
        """The index."""
        return self.listed(after or "")

    def created_before(self, moment: int) -> AsyncIterator[Listed]:
        """The older part of the index."""
        return self.listed(f"{inverted(moment)}.")  # the character after the dash that follows the time

    async def listed(self, after: str) -> AsyncIterator[Listed]:
        """The index from behind a key."""
        rows = await self.index.operate(lambda: self.index.of("newest"))
        for row in sorted((row for _, row in rows), key=lambda row: row.key):
            if row.key > after:
                yield row

    async def unlist(self, listed: Listed) -> None:
        """Out of the index."""
        await self.index.operate(lambda: self.index.remove([("newest", listed.session_id)]))

    async def erase_traces(self, session: Session) -> None:
        """The journal in two batches, then the index."""
        for _ in range(2):
            entries = await self.table.operate(lambda: self.table.of(session.id, "event-"))
            some = [(session.id, row) for row, _ in entries[: (len(entries) + 1) // 2]]
            await self.table.operate(partial(self.table.remove, some))
        rest = [(session.id, row) for row, _ in self.table.of(session.id, "event-")]
        await self.table.operate(lambda: self.table.remove(rest))
        await self.index.operate(lambda: self.index.remove([("newest", session.id)]))


def index_key(session: Session) -> str:
    return f"{inverted(session.created_at)}-{session.id}"


def inverted(moment: int) -> str:
    """A moment as a text that sorts the newest first."""
    return f"{LATEST_MS - moment:013d}"


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

    async def remove(self, key: str, old: StoredClaim) -> None:
        """Remove the claim, unless it is another."""

        def drop() -> None:
            row = self.table.rows.get((key, "claim"))
            if row is not None and row[1] != old.etag:
                raise RowChanged("somebody was faster")
            self.table.remove([(key, "claim")])

        await self.table.operate(drop)


@dataclass
class SimulatedNames:
    """Fills Names. A row's content is the name with the moment it was told at."""

    table: Rows

    async def put(self, call: str, names: dict[str, str], at: int) -> None:
        """Keep names, the newest of each."""
        for raw_id, name in names.items():
            key = (day_of(at, call), raw_id)
            await self.table.operate(partial(self.keep, key, (at, name[:LONGEST_NAME])))

    def keep(self, key: tuple[str, str], told: tuple[int, str]) -> None:
        """Write the name, unless one that is not older is there."""
        if key not in self.table.rows or self.table.rows[key][0][0] < told[0]:
            self.table.put(key, told)

    async def of_call(self, call: str, now: int) -> dict[str, str]:
        """The names that the call told yesterday and today."""
        told = await self.table.operate(
            lambda: sorted((self.table.rows[key][0], key[1]) for key in self.rows_of(call, now))
        )
        return {raw_id: name for (_, name), raw_id in told}

    def rows_of(self, call: str, now: int) -> list[tuple[str, str]]:
        """The keys of the call's rows of yesterday and today."""
        days = day_of(now - DAY_MS, call), day_of(now, call)
        return [(day, row) for day in days for row, _ in self.table.of(day)]

    async def erase(self, call: str, now: int) -> None:
        """Forget the names of a call."""
        gone = await self.table.operate(lambda: self.rows_of(call, now))
        await self.table.operate(lambda: self.table.remove(gone))

    async def erase_older(self, now: int) -> int:
        """Forget names from before yesterday; how many."""
        yesterday = day_of(now - DAY_MS, "")

        def drop() -> int:
            gone = [key for key in self.table.rows if key[0] < yesterday]
            self.table.remove(gone)
            return len(gone)

        return await self.table.operate(drop)


def day_of(moment: int, call: str) -> str:
    """The partition of what a call told on a day (UTC)."""
    return f"{moment // DAY_MS:06d}-{call}"


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
            return await self.stored_anchor(key)
        return anchor

    async def stored_anchor(self, key: tuple[str, str]) -> Anchor:
        """The anchor that was there first, unless it was erased since."""
        row = await self.table.operate(lambda: self.table.rows.get(key))
        if row is None:
            raise Unavailable("the anchor was erased just now")
        found: Anchor = row[0]
        return found

    async def anchors(self, session_id: str) -> list[Anchor]:
        """The streams."""
        return [
            anchor for _, anchor in await self.table.operate(lambda: self.table.of(session_id, "stream-"))
        ]

    async def segments(
        self, session_id: str, after: str, columns: frozenset[str] | None = None, most: int | None = None
    ) -> AsyncIterator[Segment]:
        """The finals behind a key."""
        del most
        for row, segment in await self.table.operate(lambda: self.table.of(session_id)):
            if after < row < BEHIND_DIGITS:
                yield segment if columns is None else only(segment, columns)

    async def has_segment(self, session_id: str, segment_id: str) -> bool:
        """Whether the final is there."""
        return await self.table.operate(lambda: (session_id, segment_id) in self.table.rows)

    async def erase(self, session_id: str) -> None:
        """Everything of a session, a few rows at a time."""
        while rows := await self.table.operate(lambda: self.table.of(session_id)):
            some = [(session_id, row) for row, _ in rows[:5]]
            await self.table.operate(partial(self.table.remove, some))


def only(segment: Segment, columns: frozenset[str]) -> Segment:
    """A final of which only some columns were read; its place is in its key."""
    nothing = Segment(
        segment_id=segment.segment_id,
        stream="",
        seq=0,
        speaker="",
        text="",
        offset_ms=segment.offset_ms,
        received_at=0,
    )
    return replace(nothing, **{name: getattr(segment, name) for name in columns})
