"""A world: people in calls, users who start and stop, everything going wrong for a while, then calm, then the end."""

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from functions.lifecycle.answer_rules import AnswerRule
from functions.lifecycle.deadlines import due_at
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import CallLocator, LocatorKind, PlacedCall, Session, StartAt, StartRequest
from functions.services import erasure, sessions
from functions.services.applying import apply
from functions.services.counts import Counts
from functions.services.ports import SessionPorts
from functions.services.transcript_stream import StreamPorts
from functions.services.upkeep import sweep
from functions.triggers import call_events, event_grid
from functions.triggers.event_grid_schemas import read_news
from local.call_model.effects import SendCallback
from local.call_model.steering import (
    CallbackFaults,
    DescribeCall,
    DisturbCallbacks,
    DropSocket,
    EndCall,
    InjectFault,
    Join,
    Leave,
    Line,
    ListCalls,
    MakeCall,
    OwnLine,
    Ring,
    Speak,
    Speaker,
)
from tests.simulation.acs import Acs, SimulatedCalls
from tests.simulation.hosts import HOSTS, OK, Hosts
from tests.simulation.mishaps import ACS_OPERATIONS, Mishaps
from tests.simulation.storage import (
    Rows,
    SimulatedClaims,
    SimulatedNames,
    SimulatedSegments,
    SimulatedSessions,
    SimulatedTimers,
)
from tests.simulation.web_pubsub import ONE, TranscriptHub

RULES = (
    AnswerRule(to="4:+15550000001"),
    AnswerRule(to="8:acs:line", connect_to="8:acs:gus", start_at=StartAt.SETUP),
)
EVENT_GRID_PAUSES = (10, 30, 60, 300)
FAIL_LATER = ("connect", "start", "stop", "update", "create", "answer", "add-participant")
CODES = ((500, 9999), (500, 8578), (400, 8501), (400, 8581), (405, 8520))
WISHES = frozenset({"start-requested", "restart-requested", "stop-requested"})
BROKEN_FOR_GOOD = 0.03
SWEEP_SECONDS = 15
LATEST_MS = 2 * SWEEP_SECONDS * 1000 + 2000
"""Whatever is due is done within two sweeps."""
SETTLING_SECONDS = 120
"""What was asked before the calm may still be unanswered, and timers that failed rest."""
UNDER_WAY_SECONDS = 60
STORMY_SECONDS = 120
CALM_SECONDS = 1200
"""Longer than the pause between two looks at who is in a call."""
LAST_SECONDS = 1000
"""Longer than an erasure takes."""
LONGEST_MS = 24 * 3600 * 1000


@dataclass
class SimulatedViewers:
    """Fills Viewers; notes for every final caption whether its row was there first."""

    mishaps: Mishaps
    segments: Rows
    hub: TranscriptHub = field(init=False)
    captions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    too_early: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, session_id: str, message: bytes) -> None:
        """To everybody who watches."""
        await self.mishaps.storage_delay()
        content = msgspec.json.decode(message)
        if content["type"] == "caption" and content["final"]:
            self.captions.append((session_id, content))
            if (session_id, content["segmentId"]) not in self.segments.rows:
                self.too_early.append((session_id, content["segmentId"]))

    async def check(self) -> None:
        """Not asked for here."""
        raise NotImplementedError

    async def grant(self, session_id: str, minutes: int) -> str:
        """Not asked for here."""
        raise NotImplementedError

    async def dismiss(self, session_id: str) -> None:
        """Close every socket of the session."""
        await self.mishaps.storage_delay()
        self.hub.dismiss(session_id)


@dataclass
class SimulatedTopic:
    """Fills EventTopic; keeps what was published, as often as it was."""

    mishaps: Mishaps
    published: list[dict[str, Any]] = field(default_factory=list)

    async def publish(self, event: bytes) -> None:
        """To whoever wants to hear."""
        await self.mishaps.storage_delay()
        self.published.append(msgspec.json.decode(event))
        await self.mishaps.storage_delay()


@dataclass(frozen=True)
class Rules:
    """As much of Settings as Event Grid's door needs."""

    answer_rules: tuple[AnswerRule, ...]


@dataclass(frozen=True)
class Wired:
    """As much of Services as the doors need."""

    sessions: SessionPorts
    settings: Rules

    def now(self) -> int:
        return self.sessions.clock()


class World:
    """Everything of one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.mishaps = Mishaps(Random(seed + 1))
        self.hosts = Hosts(self.mishaps)
        self.tables = {
            name: Rows(self.mishaps)
            for name in ("sessions", "index", "claims", "timers", "segments", "names")
        }
        self.viewers = SimulatedViewers(self.mishaps, self.tables["segments"])
        self.topic = SimulatedTopic(self.mishaps)
        self.acs = Acs(seed, self.hosts, self.post, self.publish)
        calls = SimulatedCalls(self.acs, self.mishaps)
        bytes_of_chance = Random(seed + 2).randbytes
        self.segments = SimulatedSegments(self.tables["segments"])
        self.store = SimulatedSessions(self.tables["sessions"], self.tables["index"])
        self.ports = SessionPorts(
            store=self.store,
            claims=SimulatedClaims(self.tables["claims"]),
            timers=SimulatedTimers(self.tables["timers"]),
            names=SimulatedNames(self.tables["names"]),
            segments=lambda: self.segments,
            calls=lambda: calls,
            topic=lambda: self.topic,
            viewers={ONE: self.viewers},
            clock=self.acs.now,
            chance=bytes_of_chance,
            longest_ms=LONGEST_MS,
            counts=Counts(),
        )
        self.stream = StreamPorts(
            segments=self.segments,
            viewers={ONE: self.viewers},
            tell=self.tell,
            find=self.find,
            clock=self.acs.now,
            interim_ms=500,
            counts=Counts(),
        )
        self.hub = TranscriptHub(self.acs, self.hosts, self.mishaps, self.stream)
        self.acs.sockets = self.hub
        self.acs.is_known_to_be_in_call = self.is_known_to_be_in_call
        self.viewers.hub = self.hub
        self.wired = Wired(self.ports, Rules(RULES))
        self.sim_calls: list[dict[str, Any]] = []
        self.texts = itertools.count()
        self.trace: list[tuple[int, str]] = []
        self.erased: set[str] = set()
        self.overdue: set[str] = set()

    def close(self) -> None:
        """The world is no more."""
        for task in self.hosts.world:
            task.cancel()

    # --- the app's doors

    async def tell(self, session_id: str, happened: Occurrence) -> Session:
        return await apply(self.ports, session_id, happened)

    async def find(self, session_id: str) -> Session:
        return (await sessions.load(self.ports, session_id)).session

    async def post(self, callback: SendCallback) -> int | None:
        """A callback's way; the URL ends in the session's id."""
        await self.mishaps.network_delay()

        async def take() -> None:
            for event in call_events.read_callbacks(json.dumps([callback.event]).encode()):
                await call_events.take_in(self.wired, callback.url.rpartition("/")[2], event)  # type: ignore[arg-type]

        status, _ = await self.hosts.invoke(take())
        return 200 if status == 204 else status

    async def publish(self, event: dict[str, Any]) -> None:
        """An event's way through Event Grid: late, out of order, twice, and again after a failure."""
        body = json.dumps([event]).encode()

        async def take() -> None:
            await event_grid.take_in_all(self.wired, read_news(body))  # type: ignore[arg-type]

        await asyncio.sleep(self.chance.expovariate(2))
        for pause in EVENT_GRID_PAUSES:
            status, _ = await self.hosts.invoke(take())
            if status == OK and not self.mishaps.happens(0.1):
                return
            await asyncio.sleep(pause)

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
                    at=at,
                    speaker=self.chance.choice(people).raw_id,
                    text=words,
                    duration=self.chance.randint(300, 3000),
                    delay=delay,
                )
            )
        made = MakeCall(
            speakers=people,
            script=tuple(script),
            group_call_id=f"group-{len(self.sim_calls)}" if self.chance.random() < 0.7 else None,
            room_id=f"room-{len(self.sim_calls)}",
            callback_first=self.chance.random() < 0.1,
            offset_form=self.chance.choice(("relative", "relative", "counting-down")),
        )
        self.sim_calls.append((await self.acs.ask(made)).body or {})

    def words(self, count: int) -> str:
        """Words that nobody says again, so that every part of an utterance can be told from every other."""
        utterance = next(self.texts)
        return " ".join(f"w{utterance}.{number}" for number in range(count))

    async def start(self) -> None:
        """Somebody starts a session of a call, by any of its names."""
        call = self.chance.choice(self.sim_calls)
        names = {kind: call[kind.value] for kind in LocatorKind if call.get(kind.value)}
        if not names:
            return
        kind = self.chance.choice(list(names))
        request = StartRequest(CallLocator(kind, names[kind]), "en-US", start_at=self.moment())
        key = self.chance.choice((None, None, f"key-{self.chance.randint(0, 2)}"))
        await self.ask_for(request, key)

    def moment(self) -> StartAt:
        """When a transcription is to start."""
        return self.chance.choice((StartAt.CONNECTED, StartAt.CONNECTED, StartAt.SETUP))

    async def ask_for(self, request: StartRequest, key: str | None) -> None:
        """Start, and note what came of it."""
        status, answer = await self.hosts.invoke(sessions.start(self.ports, request, key))
        self.note(f"start {str(request.call)[-50:]} {key or ''} -> {status} {answer and answer[0].id[-6:]}")

    async def place(self) -> None:
        """Somebody lets us call people."""
        people = self.chance.choice((("8:acs:dan",), ("8:acs:dan", "8:acs:eve"), ("4:+15551230001",)))
        key = self.chance.choice((None, f"place-{self.chance.randint(0, 3)}"))
        await self.ask_for(StartRequest(PlacedCall(people), "en-US", start_at=self.moment()), key)

    async def ring(self) -> None:
        """Somebody calls us."""
        caller = self.chance.choice(("8:acs:fay", "4:+15551230002"))
        script = tuple(OwnLine(at=at, text=self.words(3), duration=800) for at in range(1000, 6000, 1000))
        rung = Ring(caller=caller, called=self.chance.choice(RULES).to, display_name="Fay", script=script)
        self.sim_calls.append((await self.acs.ask(rung)).body or {})

    async def come(self) -> None:
        """Somebody joins a call."""
        call = self.chance.choice(self.sim_calls)
        await self.acs.ask(Join(call["simId"], f"8:acs:late-{next(self.texts)}", "Late"))

    async def go(self) -> None:
        """Somebody leaves a call."""
        call = self.chance.choice(self.sim_calls)
        described = (await self.acs.ask(DescribeCall(call["simId"]))).body or {}
        people = [one["rawId"] for one in described["participants"] if not one["rawId"].startswith("28:")]
        if people:
            await self.acs.ask(Leave(call["simId"], self.chance.choice(people)))

    async def wish(self) -> None:
        """Somebody wants something of a session that is there."""
        known = self.session_ids()
        if not known:
            return
        session_id = self.chance.choice(known)
        locale = self.chance.choice(("en-US", "de-DE", "fr-FR"))
        wishes: tuple[tuple[str, Callable[[], Coroutine[Any, Any, Any]], int], ...] = (
            ("restart", lambda: sessions.restart(self.ports, session_id), 3),
            (f"locale {locale}", lambda: sessions.change_locale(self.ports, session_id, locale), 3),
            ("names", lambda: sessions.name_speakers(self.ports, session_id, {"8:acs:ada": "Ada"}), 1),
            ("erase", lambda: erasure.erase(self.ports, session_id), 1),
        )
        name, work, _ = self.chance.choices(wishes, [weight for _, _, weight in wishes])[0]
        status, _ = await self.hosts.invoke(work())
        if name == "erase" and status == OK:
            self.erased.add(session_id)
        self.note(f"{name} {session_id[-6:]} -> {status}")

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
        self.mishaps.count += 1
        await self.acs.ask(DropSocket(call["simId"], reopen, self.chance.choice(("continue", "restart"))))

    async def hang_up(self) -> None:
        """Everybody goes home."""
        await self.acs.ask(EndCall(self.chance.choice(self.sim_calls)["simId"]))

    async def crash(self) -> None:
        """A host dies."""
        self.note("crash")
        self.mishaps.count += 1
        self.hosts.crash(self.chance.randrange(HOSTS))

    async def fail_acs(self) -> None:
        """The next requests of one kind go wrong."""
        operation = self.chance.choice(ACS_OPERATIONS)
        ways = ("status", "timeout-before", "timeout-after", *(("code",) * (operation in FAIL_LATER)))
        code, sub_code = self.chance.choice(CODES)
        fault = InjectFault(
            operation,  # type: ignore[arg-type]  # one of the names it knows
            self.chance.choice(ways),  # type: ignore[arg-type]  # one of the ways it knows
            status=self.chance.choice((503, 429, 500)),
            code=code,
            sub_code=sub_code,
            times=self.chance.choice((1, 1, 2, 3, 40)),
        )
        self.mishaps.count += 1
        self.note(f"fault {fault.operation} {fault.do}")
        await self.acs.ask(fault)

    async def disturb(self) -> None:
        """Callbacks come twice, late, out of order or never."""
        faults = CallbackFaults(
            repeat=self.chance.choice((0, 0.3, 1)),
            drop=self.chance.choice((0, 0, 0.1, 0.4)),
            shuffle=self.chance.choice((0, 3000)),
        )
        self.mishaps.count += 1
        await self.acs.ask(DisturbCallbacks(faults))

    # --- the course of things

    async def live(self) -> None:
        """Storm, calm, end."""
        for _ in range(self.chance.randint(1, 3)):
            await self.make_call()
        self.hosts.world_task(self.sweep_forever())
        await self.storm()
        await self.be_calm()
        self.hosts.world_task(self.watch_deadlines())
        await asyncio.sleep(CALM_SECONDS)

    async def storm(self) -> None:
        """For a while people act and things break."""
        deeds: tuple[tuple[Callable[[], Any], int], ...] = (
            (self.start, 6), (self.stop, 3), (self.speak, 8), (self.drop_socket, 2),
            (self.hang_up, 1), (self.crash, 2), (self.fail_acs, 2), (self.disturb, 1),
            (self.place, 1), (self.ring, 2), (self.come, 1), (self.go, 2), (self.wish, 4),
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
        """From now on everything works; in a few worlds all but the start of a transcription."""
        self.mishaps.calm = True
        self.acs.be_calm()
        if self.chance.random() < BROKEN_FOR_GOOD:
            await self.acs.ask(InjectFault("start", "code", code=500, sub_code=9999, times=1_000_000))
        await self.acs.ask(DisturbCallbacks(CallbackFaults()))
        self.note("calm")

    async def end(self) -> None:
        """Every session is stopped, everybody goes home, one by one."""
        for session_id in self.session_ids():
            await self.hosts.invoke(sessions.stop(self.ports, session_id))
        await asyncio.sleep(UNDER_WAY_SECONDS)
        for call in await self.truth():
            for one in call["participants"]:
                await self.acs.ask(Leave(call["simId"], one["rawId"]))
        await asyncio.sleep(LAST_SECONDS)

    async def sweep_forever(self) -> None:
        """The timer trigger."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.hosts.invoke(sweep(self.ports))

    async def watch_deadlines(self) -> None:
        """From some time after the calm on, whatever is due must soon be done."""
        await asyncio.sleep(SETTLING_SECONDS)
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for session_id in self.session_ids():
                due = due_at(self.session(session_id))
                if due is not None and due < self.acs.now() - LATEST_MS:
                    self.overdue.add(session_id)

    # --- what can be seen

    def session_ids(self) -> list[str]:
        return [partition for (partition, row) in self.tables["sessions"].rows if row == "session"]

    def is_known_to_be_in_call(self, connection_id: str) -> bool:
        """Whether a session has heard that this connection of its own is established."""
        sessions = map(self.session, self.session_ids())
        return any(
            one.call_connection_id == connection_id and one.connected_at is not None for one in sessions
        )

    def session(self, session_id: str) -> Session:
        found: Session = self.tables["sessions"].rows[session_id, "session"][0]
        return found

    async def truth(self) -> list[dict[str, Any]]:
        """What really happened in every call, those included that sprang from our joining an empty group."""
        listed = (await self.acs.ask(ListCalls())).body or {}
        return [(await self.acs.ask(DescribeCall(call["simId"]))).body or {} for call in listed["calls"]]

    def last_wish(self, session_id: str) -> tuple[str, int]:
        """What users asked for last, `start-requested`, `restart-requested` or `stop-requested`, and when (ms)."""
        entries = [content for _, content in self.tables["sessions"].of(session_id, "event-")]
        wishes = [entry for entry in entries if entry.name in WISHES]
        if not wishes:
            return "erasure-requested", 0
        last = max(wishes, key=lambda entry: entry.revision)
        return last.name, last.at

    def note(self, line: str) -> None:
        self.trace.append((self.acs.now(), line))
