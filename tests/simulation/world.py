"""A world: people in calls, users who start and stop, everything going wrong for a while, then calm, then the end."""

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import CallLocator, LocatorKind, Session, StartRequest
from functions.services import sessions
from functions.services.sessions import SessionPorts
from functions.services.transcript_stream import StreamPorts
from functions.services.upkeep import sweep
from functions.triggers import call_events
from local.call_model.effects import SendCallback
from local.call_model.steering import (
    CallbackFaults,
    DescribeCall,
    DisturbCallbacks,
    DropSocket,
    EndCall,
    InjectFault,
    Line,
    ListCalls,
    MakeCall,
    Speak,
    Speaker,
)
from tests.simulation.acs import Acs, SimulatedCalls
from tests.simulation.hosts import HOSTS, Hosts
from tests.simulation.mishaps import ACS_OPERATIONS, Mishaps
from tests.simulation.storage import (
    Rows,
    SimulatedClaims,
    SimulatedSegments,
    SimulatedSessions,
    SimulatedTimers,
)
from tests.simulation.web_pubsub import TranscriptHub

SWEEP_SECONDS = 15
STORMY_SECONDS = 120
CALM_SECONDS = 400
LAST_SECONDS = 400
LONGEST_MS = 24 * 3600 * 1000


@dataclass
class SimulatedViewers:
    """Fills Viewers; notes for every final caption whether its row was there first."""

    mishaps: Mishaps
    segments: Rows
    captions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)

    async def send(self, session_id: str, message: bytes) -> None:
        """To everybody who watches."""
        await self.mishaps.storage_delay()
        content = msgspec.json.decode(message)
        if content["type"] == "caption" and content["final"]:
            self.captions.append((session_id, content))
            if (session_id, content["segmentId"]) not in self.segments.rows:
                self.too_early.append(content["segmentId"])

    async def check(self) -> None:
        """Not asked for here."""
        raise NotImplementedError

    async def grant(self, session_id: str, minutes: int) -> str:
        """Not asked for here."""
        raise NotImplementedError


@dataclass(frozen=True)
class Wired:
    """As much of Services as callbacks need."""

    sessions: SessionPorts


class World:
    """Everything of one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.mishaps = Mishaps(Random(seed + 1))
        self.hosts = Hosts(self.mishaps)
        self.tables = {
            name: Rows(self.mishaps) for name in ("sessions", "index", "claims", "timers", "segments")
        }
        self.viewers = SimulatedViewers(self.mishaps, self.tables["segments"])
        self.acs = Acs(seed, self.hosts, self.post)
        calls = SimulatedCalls(self.acs, self.mishaps)
        bytes_of_chance = Random(seed + 2).randbytes
        self.ports = SessionPorts(
            store=SimulatedSessions(self.tables["sessions"], self.tables["index"]),
            claims=SimulatedClaims(self.tables["claims"]),
            timers=SimulatedTimers(self.tables["timers"]),
            calls=lambda: calls,
            viewers=self.viewers,
            clock=self.acs.now,
            chance=bytes_of_chance,
            longest_ms=LONGEST_MS,
        )
        self.stream = StreamPorts(
            segments=SimulatedSegments(self.tables["segments"]),
            viewers=self.viewers,
            tell=self.tell,
            find=self.find,
            clock=self.acs.now,
            interim_ms=500,
        )
        self.hub = TranscriptHub(self.acs, self.hosts, self.mishaps, self.stream)
        self.acs.sockets = self.hub
        self.sim_calls: list[dict[str, Any]] = []
        self.texts = itertools.count()
        self.trace: list[tuple[int, str]] = []

    def close(self) -> None:
        """The world is no more."""
        for task in self.hosts.world:
            task.cancel()

    # --- the app's doors

    async def tell(self, session_id: str, happened: Occurrence) -> Session:
        return await sessions.apply(self.ports, session_id, happened)

    async def find(self, session_id: str) -> Session:
        return (await sessions.load(self.ports, session_id)).session

    async def post(self, callback: SendCallback) -> int | None:
        """A callback's way; the URL ends in the session's id."""
        await self.mishaps.network_delay()

        async def take() -> None:
            for event in call_events.read_callbacks(json.dumps([callback.event]).encode()):
                await call_events.take_in(Wired(self.ports), callback.url.rpartition("/")[2], event)  # type: ignore[arg-type]

        status, _ = await self.hosts.invoke(take())
        return 200 if status == 204 else status

    # --- what people do

    async def make_call(self) -> None:
        """People meet, and follow a script."""
        people = tuple(Speaker(raw_id=f"8:acs:{name}", display_name=name) for name in ("ada", "ben", "cyd"))
        at, script = 0, []
        for _ in range(self.chance.randint(0, 12)):
            at += self.chance.randint(500, 15_000)
            delay = self.chance.choice((0, 0, 0, 2_000, 20_000))
            words = self.words(self.chance.randint(1, 6))
            script.append(
                Line(
                    at,
                    self.chance.choice(people).raw_id,
                    words,
                    self.chance.randint(300, 3000),
                    delay,
                )
            )
        made = MakeCall(
            speakers=people,
            script=tuple(script),
            group_call_id=f"group-{len(self.sim_calls)}",
            callback_first=self.chance.random() < 0.1,
            offset_form=self.chance.choice(("relative", "relative", "counting-down")),
        )
        self.sim_calls.append((await self.acs.ask(made)).body or {})

    def words(self, count: int) -> str:
        """Words that nobody says again, so that every part of an utterance can be told from every other."""
        utterance = next(self.texts)
        return " ".join(f"w{utterance}.{number}" for number in range(count))

    async def start(self) -> None:
        """Somebody starts a session of a call, by either of its names."""
        call = self.chance.choice(self.sim_calls)
        by_group = self.chance.random() < 0.7
        kind = LocatorKind.GROUP_CALL if by_group else LocatorKind.SERVER_CALL
        value = call["groupCallId"] if by_group else call["serverCallId"]
        status, answer = await self.hosts.invoke(
            sessions.start(self.ports, StartRequest(CallLocator(kind, value), "en-US"))
        )
        self.note(f"start {value[:12]} -> {status} {answer and answer[0].id[-6:]}")

    async def stop(self) -> None:
        """Somebody stops a session."""
        known = self.session_ids()
        if not known:
            return
        session_id = self.chance.choice(known)
        status, _ = await self.hosts.invoke(sessions.stop(self.ports, session_id))
        self.note(f"stop {session_id[-6:]} -> {status}")

    async def speak(self) -> None:
        """Somebody says something out of script."""
        call = self.chance.choice(self.sim_calls)
        text = self.words(2)
        await self.acs.ask(Speak(call["simId"], "8:acs:ada", text, self.chance.randint(300, 2500)))

    async def drop_socket(self) -> None:
        """ACS's sockets of a call break."""
        call = self.chance.choice(self.sim_calls)
        reopen = self.chance.choice((0, 500, 2_000, 15_000))
        await self.acs.ask(DropSocket(call["simId"], reopen, self.chance.choice(("continue", "restart"))))

    async def hang_up(self) -> None:
        """Everybody goes home."""
        await self.acs.ask(EndCall(self.chance.choice(self.sim_calls)["simId"]))

    async def crash(self) -> None:
        """A host dies."""
        self.note("crash")
        self.hosts.crash(self.chance.randrange(HOSTS))

    async def fail_acs(self) -> None:
        """The next requests of one kind go wrong."""
        fault = InjectFault(
            self.chance.choice(ACS_OPERATIONS),  # type: ignore[arg-type]  # one of the names it knows
            self.chance.choice(("status", "timeout-before", "timeout-after")),
            status=self.chance.choice((503, 429, 500)),
            times=self.chance.randint(1, 3),
        )
        self.note(f"fault {fault.operation} {fault.do}")
        await self.acs.ask(fault)

    async def disturb(self) -> None:
        """Callbacks come twice, late, out of order or never."""
        faults = CallbackFaults(
            repeat=self.chance.choice((0, 0.3, 1)),
            drop=self.chance.choice((0, 0, 0.1, 0.4)),
            shuffle=self.chance.choice((0, 3000)),
        )
        await self.acs.ask(DisturbCallbacks(faults))

    # --- the course of things

    async def live(self) -> None:
        """Storm, calm, end."""
        for _ in range(self.chance.randint(1, 3)):
            await self.make_call()
        self.hosts.world_task(self.sweep_forever())
        await self.storm()
        await self.be_calm()
        await asyncio.sleep(CALM_SECONDS)

    async def storm(self) -> None:
        """For a while people act and things break."""
        deeds: tuple[tuple[Callable[[], Any], int], ...] = (
            (self.start, 6), (self.stop, 3), (self.speak, 8), (self.drop_socket, 2),
            (self.hang_up, 1), (self.crash, 2), (self.fail_acs, 2), (self.disturb, 1),
        )  # fmt: skip
        kinds, weights = zip(*deeds, strict=True)
        loop = asyncio.get_running_loop()
        until = loop.time() + STORMY_SECONDS
        while loop.time() < until:
            deed = self.chance.choices(kinds, weights)[0]
            self.hosts.world_task(deed())
            if self.chance.random() < 0.2:
                self.hosts.world_task(deed())  # two at the same moment
            await asyncio.sleep(self.chance.expovariate(0.4))

    async def be_calm(self) -> None:
        """From now on everything works."""
        self.mishaps.calm = True
        self.acs.be_calm()
        await self.acs.ask(DisturbCallbacks(CallbackFaults()))
        self.note("calm")

    async def end(self) -> None:
        """Every session is stopped, every call ends."""
        for session_id in self.session_ids():
            await self.hosts.invoke(sessions.stop(self.ports, session_id))
        await asyncio.sleep(LAST_SECONDS)

    async def sweep_forever(self) -> None:
        """The timer trigger."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.hosts.invoke(sweep(self.ports))

    # --- what can be seen

    def session_ids(self) -> list[str]:
        return [partition for (partition, row) in self.tables["sessions"].rows if row == "session"]

    def session(self, session_id: str) -> Session:
        found: Session = self.tables["sessions"].rows[session_id, "session"][0]
        return found

    async def truth(self) -> list[dict[str, Any]]:
        """What really happened in every call, those included that sprang from our joining an empty group."""
        listed = (await self.acs.ask(ListCalls())).body or {}
        return [(await self.acs.ask(DescribeCall(call["simId"]))).body or {} for call in listed["calls"]]

    def last_wish(self, session_id: str) -> tuple[str, int]:
        """What users asked for last, `start-requested` or `stop-requested`, and when (ms since 1970)."""
        entries = [content for _, content in self.tables["sessions"].of(session_id, "event-")]
        wishes = [entry for entry in entries if entry.name in {"start-requested", "stop-requested"}]
        last = max(wishes, key=lambda entry: entry.revision)
        return last.name, last.at

    def note(self, line: str) -> None:
        self.trace.append((self.acs.now(), line))
