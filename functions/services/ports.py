"""What the services need from the outside world. Adapters fill these Protocols."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from functions.lifecycle.commands import Pending
from functions.lifecycle.events import CallConnected, CallReported, ConnectAnswered, PeopleCounted
from functions.lifecycle.journal import Entry
from functions.lifecycle.session import Session, StartRequest
from functions.lifecycle.sharding import web_pubsub_of
from functions.services.counts import Counts
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor

type Clock = Callable[[], int]
"""Tells milliseconds since 1970."""

TRANSCRIPT_HUB = "transcript"
CAPTIONS_HUB = "captions"
"""Two hubs, since any client of a hub can raise events: only the provider's socket is where an event handler is."""
ANSWER_WITHIN_MS = 30_000
"""The calls' side answers within that, all its tries together; less than a command's lease."""


class Stored(msgspec.Struct, frozen=True):
    """A session as it was read, with the ETag that a save must match."""

    session: Session
    etag: str


class Claim(msgspec.Struct, frozen=True):
    """Which session has a call. Holds enough to make the session again; `claimed_at` is ms since 1970.

    `idempotency_claim` is the key of the claim under which the start that made it can be repeated, `digest` that of
    its request.
    """

    session_id: str
    request: StartRequest
    claimed_at: int
    idempotency_claim: str | None = None
    digest: str | None = None


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
    """A row of the index of sessions, newest first; `claims` are the keys that the session may have."""

    key: str
    session_id: str
    claims: tuple[str, ...] = ()


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

    async def note(self, stored: Stored, entry: Entry) -> Stored:
        """An entry that leaves the session as it is.

        Raises RowChanged if somebody saved meanwhile, RowExists if the entry is there already.
        """

    async def journal(self, session_id: str, after: str = "", most: int | None = None) -> list[Entry]:
        """The session's entries behind a place, oldest first, no more than so many."""

    async def list_newest(self, session: Session, claims: Iterable[str] = ()) -> None:
        """Put the session into the index, with the keys of its claims; a repeat does no harm."""

    async def unlist(self, listed: Listed) -> None:
        """Remove a row of the index; one that is gone already is no error."""

    def newest(self, after: str | None) -> AsyncIterator[Listed]:
        """The index, newest first, from behind a key."""

    def created_before(self, moment: int) -> AsyncIterator[Listed]:
        """The part of the index that is older than that (ms since 1970)."""

    async def erase_traces(self, session: Session) -> None:
        """Remove the session's journal and its row of the index; its own row stays."""


class Claims(Protocol):
    """Who has which call."""

    async def take(self, key: str, claim: Claim) -> StoredClaim:
        """A new claim. Raises RowExists."""

    async def read(self, key: str) -> StoredClaim | None:
        """The claim, or none."""

    async def replace(self, key: str, old: StoredClaim, claim: Claim) -> StoredClaim:
        """Another claim in its place. Raises RowChanged."""

    async def remove(self, key: str, old: StoredClaim) -> None:
        """Remove the claim; one that is gone already is no error. Raises RowChanged."""


class Timers(Protocol):
    """Due times, in a partition of their own."""

    async def put(self, timer: Timer) -> None:
        """Write the row; a repeat does no harm."""

    async def remove(self, timer: Timer) -> None:
        """Remove the row; one that is gone already is no error."""

    def due(self, now: int) -> AsyncIterator[Timer]:
        """The rows due by now (ms since 1970), earliest first."""


class Names(Protocol):
    """Names of people in calls, as Event Grid tells them; kept for a day or two.

    `call` is the hashed identity of a call (`claims.call_key`), `at` and `now` are ms since 1970.
    """

    async def put(self, call: str, names: dict[str, str], at: int) -> None:
        """Keep names by raw id; a newer one takes the older one's place."""

    async def of_call(self, call: str, now: int) -> dict[str, str]:
        """The names of a call, by raw id."""

    async def erase(self, call: str, now: int) -> None:
        """Forget the names of a call."""

    async def erase_older(self, now: int) -> int:
        """Forget names that were kept long enough; how many."""


class Calls(Protocol):
    """The calls' side. Every method raises CallRefused, or Unavailable when the outcome is unknown."""

    async def connect(self, session: Session, pending: Pending) -> ConnectAnswered | CallConnected:
        """Join, place or answer the session's call; the same pending command does it once, however often it is sent.

        CallConnected where nothing is left to wait for.
        """

    async def start_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to start, in the session's `asked_locale`."""

    async def stop_transcription(self, session: Session, call_connection_id: str) -> None:
        """Ask for the transcription to stop."""

    async def update_transcription(self, session: Session, call_connection_id: str, locale: str) -> None:
        """Ask for the transcription to go on in another locale."""

    async def invite(self, session: Session, pending: Pending) -> None:
        """Ring the target of a pending Invite; the same pending command rings once."""

    async def leave(self, call_connection_id: str) -> None:
        """Take the connection out of the call; on one that we placed or answered that hangs up."""

    async def ask(self, command: str, call_connection_id: str) -> CallReported:
        """What the connection is doing now."""

    async def count_people(self, command: str, call_connection_id: str) -> PeopleCounted:
        """Who is in the call, bots left out. Raises CallRefused with 404 for a connection that is gone."""

    async def check(self) -> None:
        """Nothing, if the provider answers and takes our credentials."""


class EventTopic(Protocol):
    """Where other systems hear of sessions."""

    async def publish(self, event: bytes) -> None:
        """Publish a CloudEvent (JSON). Raises CallRefused if the topic will never take it, else Unavailable."""


class Viewers(Protocol):
    """Those who read along, and the provider's sockets: the sessions of one Web PubSub resource."""

    async def send(self, session_id: str, message: bytes) -> None:
        """A JSON message to everybody who watches the session. Raises Unavailable."""

    async def check(self) -> None:
        """Raise Unavailable unless captions could be sent now."""

    async def grant(self, session_id: str, minutes: int) -> str:
        """The URL with which one viewer may receive the session's captions, and nothing else."""

    async def dismiss(self, session_id: str) -> None:
        """Close every socket of the session, its viewers' and the provider's. Raises Unavailable."""


def viewers_of(session: Session, viewers: Mapping[str, Viewers]) -> Viewers:
    """The viewers that have the session, of those at each Web PubSub resource."""
    return viewers[web_pubsub_of(session, viewers)]


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

    async def has_segment(self, session_id: str, segment_id: str) -> bool:
        """Whether the session has that final."""

    async def erase(self, session_id: str) -> None:
        """Remove everything of the session, in batches; one that is interrupted goes on with the next call."""


@dataclass(frozen=True)
class SessionPorts:
    """What the sessions' service works with.

    `calls` gives the calls' side (ACS's) when a command needs it, so that the frame path never imports the call SDK,
    and `other_calls` that of other providers, by name; `topic`
    gives the topic for events, and is none where there is none. `chance` gives that many random bytes; `longest_ms`
    is how long a session may last. `viewers` are by the name of their Web PubSub resource; those that are `draining`
    keep their sessions and get no more.
    """

    store: SessionStore
    claims: Claims
    timers: Timers
    names: Names
    segments: Callable[[], SegmentStore]
    calls: Callable[[], Calls]
    topic: Callable[[], EventTopic] | None
    viewers: Mapping[str, Viewers]
    clock: Clock
    chance: Callable[[int], bytes]
    longest_ms: int
    counts: Counts
    draining: frozenset[str] = frozenset()
    other_calls: Mapping[str, Callable[[], Calls]] = field(default_factory=dict)
