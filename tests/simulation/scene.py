"""What everybody in a simulated world shares: chance, hosts, storage, the app's ports, and the story so far."""

import itertools
from collections.abc import Awaitable, Callable, Coroutine
from random import Random
from typing import Any, NamedTuple, Protocol

from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session, StartRequest
from functions.services import sessions
from functions.services.applying import apply
from functions.services.counts import Counts
from functions.services.ports import Calls, SessionPorts
from functions.services.transcript_stream import ReadFrame, StreamPorts
from tests.simulation.hosts import Hosts
from tests.simulation.listeners import SimulatedTopic, SimulatedViewers
from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import (
    Rows,
    SimulatedClaims,
    SimulatedNames,
    SimulatedSegments,
    SimulatedSessions,
    SimulatedTimers,
)
from tests.simulation.virtual_time import virtual_now
from tests.simulation.web_pubsub import ONE, TranscriptHub

LONGEST_MS = 24 * 3600 * 1000
WISHES = frozenset({"start-requested", "restart-requested", "stop-requested"})
TABLES = ("sessions", "index", "claims", "timers", "segments", "names")

type Deed = Callable[[], Awaitable[None]]


class Real(NamedTuple):
    """What really becomes of a session's connection: its state as its provider says, none if there is none."""

    state: str | None = None
    transcribing: bool = False
    locale: str | None = None


class Side(Protocol):
    """A provider's part of a world; `deeds` are what people do there and what goes wrong, each with a weight."""

    deeds: tuple[tuple[Deed, int], ...]

    async def begin(self) -> None:
        """There are calls."""

    async def be_calm(self, *, broken: bool) -> None:
        """Nothing goes wrong any more, but if it is `broken`, no transcription ever starts."""

    async def all_leave(self) -> None:
        """Everybody goes home, one by one."""

    async def truth(self) -> list[dict[str, Any]]:
        """What really happened in every call."""

    def reality(self, session: Session) -> Real:
        """What really becomes of a session now."""


class Scene:
    """Everything of one seed but its providers, which put their ports into `calls` and their decoders into `decoders`.

    ACS's name is the empty one.
    """

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.mishaps = Mishaps(Random(seed + 1))
        self.hosts = Hosts(self.mishaps)
        self.tables = {name: Rows(self.mishaps) for name in TABLES}
        self.topic = SimulatedTopic(self.mishaps)
        self.viewers = SimulatedViewers(self.mishaps, self.tables["segments"])
        self.store = SimulatedSessions(self.tables["sessions"], self.tables["index"])
        self.segments = SimulatedSegments(self.tables["segments"])
        self.calls: dict[str, Callable[[], Calls]] = {}
        self.decoders: dict[str, ReadFrame] = {}
        self.ports = self.ports_of(Random(seed + 2).randbytes)
        self.hub = TranscriptHub(self.hosts, self.mishaps, self.stream_ports())
        self.viewers.hub = self.hub
        self.texts = itertools.count()
        self.trace: list[tuple[int, str]] = []

    def ports_of(self, chance: Callable[[int], bytes]) -> SessionPorts:
        """What the sessions' service works with."""
        return SessionPorts(
            store=self.store,
            claims=SimulatedClaims(self.tables["claims"]),
            timers=SimulatedTimers(self.tables["timers"]),
            names=SimulatedNames(self.tables["names"]),
            segments=lambda: self.segments,
            calls=lambda: self.calls[""](),  # noqa: PLW0108 -- ACS comes into a world later
            other_calls=self.calls,
            topic=lambda: self.topic,
            viewers={ONE: self.viewers},
            clock=virtual_now,
            chance=chance,
            longest_ms=LONGEST_MS,
            counts=Counts(),
        )

    def stream_ports(self) -> StreamPorts:
        """What the frame path works with."""
        return StreamPorts(
            segments=self.segments,
            viewers={ONE: self.viewers},
            tell=self.tell,
            find=self.find,
            clock=virtual_now,
            interim_ms=500,
            counts=Counts(),
            decoder=lambda name: self.decoders[name],
        )

    async def tell(self, session_id: str, happened: Occurrence) -> Session:
        """Let a session's machine know of an event."""
        return await apply(self.ports, session_id, happened)

    async def find(self, session_id: str) -> Session:
        """A session that was not erased."""
        return (await sessions.load(self.ports, session_id)).session

    async def do(self, what: str, work: Coroutine[Any, Any, Any]) -> tuple[int | None, Any]:
        """Let a host do something, and note what came of it."""
        status, answer = await self.hosts.invoke(work)
        self.note(f"{what} -> {status}")
        return status, answer

    async def start(self, request: StartRequest, key: str | None) -> None:
        """Somebody starts a session."""
        status, answer = await self.hosts.invoke(sessions.start(self.ports, request, key))
        self.note(f"start {str(request.call)[-50:]} {key or ''} -> {status} {answer and answer[0].id[-6:]}")

    def words(self, count: int) -> str:
        """Words that nobody says again, so that every part of an utterance can be told from every other."""
        utterance = next(self.texts)
        return " ".join(f"w{utterance}.{number}" for number in range(count))

    def note(self, line: str) -> None:
        """A line of the story."""
        self.trace.append((virtual_now(), line))

    # --- what can be seen

    def session_ids(self) -> list[str]:
        """Every session that there ever was."""
        return [partition for (partition, row) in self.tables["sessions"].rows if row == "session"]

    def session(self, session_id: str) -> Session:
        """A session as it is stored."""
        found: Session = self.tables["sessions"].rows[session_id, "session"][0]
        return found

    def all_sessions(self) -> list[Session]:
        """Every session as it is stored."""
        return [self.session(session_id) for session_id in self.session_ids()]

    def is_known_to_be_in_call(self, connection_id: str) -> bool:
        """Whether a session has heard that this connection of its own is established."""
        return any(
            one.call_connection_id == connection_id and one.connected_at is not None
            for one in self.all_sessions()
        )

    def last_wish(self, session_id: str) -> tuple[str, int]:
        """What users asked for last, `start-requested`, `restart-requested` or `stop-requested`, and when (ms)."""
        entries = [content for _, content in self.tables["sessions"].of(session_id, "event-")]
        wishes = [entry for entry in entries if entry.name in WISHES]
        if not wishes:
            return "erasure-requested", 0
        last = max(wishes, key=lambda entry: entry.revision)
        return last.name, last.at
