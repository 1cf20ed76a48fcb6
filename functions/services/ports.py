"""What the services need from the outside world. Adapters fill these Protocols."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from functions.lifecycle.commands import Pending
from functions.lifecycle.events import CallReported, ConnectAnswered
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session, StartRequest
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor

type Clock = Callable[[], int]
"""Tells milliseconds since 1970."""

TRANSCRIPT_HUB = "transcript"
CAPTIONS_HUB = "captions"
"""Two hubs, since any client of a hub can raise events: only ACS's socket is where an event handler is."""
ANSWER_WITHIN_MS = 30_000
"""The calls' side answers within that, all its tries together; less than a command's lease."""


class Stored(msgspec.Struct, frozen=True):
    """A session as it was read, with the ETag that a save must match."""

    session: Session
    etag: str


class Claim(msgspec.Struct, frozen=True):
    """Which session has a call. Holds enough to make the session again; `claimed_at` is ms since 1970."""

    session_id: str
    request: StartRequest
    claimed_at: int


class StoredClaim(msgspec.Struct, frozen=True):
    """A claim as it was read."""

    claim: Claim
    etag: str


class Timer(msgspec.Struct, frozen=True):
    """A reason to look at a session at `due` (ms since 1970), not before `not_before` after failures."""

    due: int
    session_id: str
    failures: int = 0
    not_before: int = 0


class Listed(msgspec.Struct, frozen=True):
    """A row of the index of sessions, newest first."""

    key: str
    session_id: str


def group_of(session_id: str) -> str:
    """The group of the captions hub in which a session's viewers are."""
    return f"session-{session_id}"


class SessionStore(Protocol):
    """Sessions and their journals; each session is a partition."""

    async def load(self, session_id: str) -> Stored | None:
        """The session, or none."""

    async def insert(self, session: Session, entry: Entry) -> Stored:
        """A new session with its first entry, in one transaction. Raises RowExists."""

    async def save(self, stored: Stored, session: Session, entry: Entry) -> Stored:
        """The session's new state and the entry, in one transaction.

        Raises RowChanged if somebody else saved first, RowExists if the entry is there already.
        """

    async def note(self, session_id: str, entry: Entry) -> None:
        """An entry alone. Raises RowExists."""

    async def journal(self, session_id: str) -> list[Entry]:
        """The session's entries, oldest first."""

    async def list_newest(self, session: Session) -> None:
        """Put the session into the index; a repeat does no harm."""

    def newest(self, after: str | None) -> AsyncIterator[Listed]:
        """The index, newest first, from behind a key."""


class Claims(Protocol):
    """Who has which call."""

    async def take(self, key: str, claim: Claim) -> StoredClaim:
        """A new claim. Raises RowExists."""

    async def read(self, key: str) -> StoredClaim | None:
        """The claim, or none."""

    async def replace(self, key: str, old: StoredClaim, claim: Claim) -> StoredClaim:
        """Another claim in its place. Raises RowChanged."""


class Timers(Protocol):
    """Due times, in a partition of their own."""

    async def put(self, timer: Timer) -> None:
        """Write the row; a repeat does no harm."""

    async def remove(self, timer: Timer) -> None:
        """Remove the row; one that is gone already is no error."""

    def due(self, now: int) -> AsyncIterator[Timer]:
        """The rows due by now (ms since 1970), earliest first."""


class Calls(Protocol):
    """The calls' side. Every method raises CallRefused, or Unavailable when the outcome is unknown."""

    async def connect(self, session: Session, pending: Pending) -> ConnectAnswered:
        """Join the session's call; the same pending command joins it once, however often it is sent."""

    async def start_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to start."""

    async def stop_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to stop."""

    async def leave(self, call_connection_id: str) -> None:
        """Take the connection out of the call."""

    async def ask(self, command: str, call_connection_id: str) -> CallReported:
        """What the connection is doing now."""


class Viewers(Protocol):
    """Those who read along."""

    async def send(self, session_id: str, message: bytes) -> None:
        """A JSON message to everybody who watches the session. Raises Unavailable."""

    async def check(self) -> None:
        """Raise Unavailable unless captions could be sent now."""

    async def grant(self, session_id: str, minutes: int) -> str:
        """The URL with which one viewer may receive the session's captions, and nothing else."""


class SegmentStore(Protocol):
    """Finals and streams. Every method raises Unavailable after a short time."""

    async def insert_segment(self, session_id: str, segment: Segment) -> bool:
        """Store a final; false if it is there already."""

    async def insert_anchor(self, session_id: str, anchor: Anchor) -> Anchor:
        """Store a stream's anchor, or get the one that is there already."""

    async def anchors(self, session_id: str) -> list[Anchor]:
        """The session's streams."""

    def segments(
        self, session_id: str, after: str, columns: frozenset[str] | None = None, most: int | None = None
    ) -> AsyncIterator[Segment]:
        """The finals behind a row key, in order; `most` is how many the reader will take, if it knows."""
