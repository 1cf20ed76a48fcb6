"""ACS's part of a world: people in calls, users who start sessions of them, and what goes wrong at ACS."""

from typing import Any

from functions.lifecycle.session import CallLocator, LocatorKind, PlacedCall, Session, StartAt, StartRequest
from local.acs_model.steering import DisturbCallbacks, InjectFault, Join, MakeCall
from local.conversation.steering import (
    CallbackFaults,
    DescribeCall,
    DropSocket,
    EndCall,
    Leave,
    Line,
    ListCalls,
    OwnLine,
    Ring,
    Speak,
    Speaker,
)
from tests.simulation.acs import Acs
from tests.simulation.acs_calls import SimulatedCalls
from tests.simulation.acs_doors import RULES, AcsDoors
from tests.simulation.scene import Deed, Real, Scene

OPERATIONS = (
    "connect", "get", "hang-up", "start", "stop", "update", "create", "answer", "add-participant", "participants",
)  # fmt: skip
FAIL_LATER = ("connect", "start", "stop", "update", "create", "answer", "add-participant")
CODES = ((500, 9999), (500, 8578), (400, 8501), (400, 8581), (405, 8520))


class AcsSide:
    """Fills Side."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.chance = scene.chance
        doors = AcsDoors(scene)
        self.acs = Acs(seed, scene.hosts, doors.post, doors.publish)
        self.acs.sockets = scene.hub
        self.acs.is_known_to_be_in_call = scene.is_known_to_be_in_call
        calls = SimulatedCalls(self.acs, scene.mishaps)
        scene.calls[""] = lambda: calls
        self.sim_calls: list[dict[str, Any]] = []
        self.deeds: tuple[tuple[Deed, int], ...] = (
            (self.start, 6), (self.speak, 8), (self.drop_socket, 2), (self.hang_up, 1), (self.fail, 2),
            (self.disturb, 1), (self.place, 1), (self.ring, 2), (self.come, 1), (self.go, 2),
        )  # fmt: skip

    # --- what people do

    async def begin(self) -> None:
        """A few calls are under way."""
        for _ in range(self.chance.randint(1, 3)):
            await self.make_call()

    async def make_call(self) -> None:
        """People meet, and follow a script."""
        people = tuple(Speaker(raw_id=f"8:acs:{name}", display_name=name) for name in ("ada", "ben", "cyd"))
        made = MakeCall(
            speakers=people,
            script=self.script(people),
            group_call_id=f"group-{len(self.sim_calls)}" if self.chance.random() < 0.7 else None,
            room_id=f"room-{len(self.sim_calls)}",
            callback_first=self.chance.random() < 0.1,
            offset_form=self.chance.choice(("relative", "relative", "counting-down")),
        )
        self.sim_calls.append((await self.acs.ask(made)).body or {})

    def script(self, people: tuple[Speaker, ...]) -> tuple[Line, ...]:
        """Who says what when; some finals come late."""
        at, script = 0, []
        for _ in range(self.chance.randint(0, 12)):
            at += self.chance.randint(500, 15_000)
            delay = self.chance.choice((0, 0, 0, 2_000, 20_000))
            words = self.scene.words(self.chance.randint(1, 6))
            speaker = self.chance.choice(people).raw_id
            script.append(Line(at, speaker, words, self.chance.randint(300, 3000), delay))
        return tuple(script)

    async def start(self) -> None:
        """Somebody starts a session of a call, by any of its names."""
        call = self.chance.choice(self.sim_calls)
        names = {kind: call[kind.value] for kind in LocatorKind if call.get(kind.value)}
        if not names:
            return
        kind = self.chance.choice(list(names))
        request = StartRequest(CallLocator(kind, names[kind]), "en-US", start_at=self.moment())
        await self.scene.start(request, self.chance.choice((None, None, f"key-{self.chance.randint(0, 2)}")))

    def moment(self) -> StartAt:
        """When a transcription is to start."""
        return self.chance.choice((StartAt.CONNECTED, StartAt.CONNECTED, StartAt.SETUP))

    async def place(self) -> None:
        """Somebody lets us call people."""
        people = self.chance.choice((("8:acs:dan",), ("8:acs:dan", "8:acs:eve"), ("4:+15551230001",)))
        key = self.chance.choice((None, f"place-{self.chance.randint(0, 3)}"))
        await self.scene.start(StartRequest(PlacedCall(people), "en-US", start_at=self.moment()), key)

    async def ring(self) -> None:
        """Somebody calls us."""
        caller = self.chance.choice(("8:acs:fay", "4:+15551230002"))
        lines = range(1000, 6000, 1000)
        script = tuple(OwnLine(at=at, text=self.scene.words(3), duration=800) for at in lines)
        rung = Ring(caller=caller, called=self.chance.choice(RULES).to, display_name="Fay", script=script)
        self.sim_calls.append((await self.acs.ask(rung)).body or {})

    async def come(self) -> None:
        """Somebody joins a call."""
        call = self.chance.choice(self.sim_calls)
        await self.acs.ask(Join(call["simId"], f"8:acs:late-{next(self.scene.texts)}", "Late"))

    async def go(self) -> None:
        """Somebody leaves a call."""
        call = self.chance.choice(self.sim_calls)
        described = (await self.acs.ask(DescribeCall(call["simId"]))).body or {}
        people = [one["rawId"] for one in described["participants"] if not one["rawId"].startswith("28:")]
        if people:
            await self.acs.ask(Leave(call["simId"], self.chance.choice(people)))

    async def speak(self) -> None:
        """Somebody says something out of script."""
        call = self.chance.choice(self.sim_calls)
        text = self.scene.words(2)
        await self.acs.ask(Speak(call["simId"], "8:acs:ada", text, self.chance.randint(300, 2500)))

    async def hang_up(self) -> None:
        """Everybody goes home."""
        await self.acs.ask(EndCall(self.chance.choice(self.sim_calls)["simId"]))

    # --- what goes wrong

    async def drop_socket(self) -> None:
        """ACS's sockets of a call break."""
        call = self.chance.choice(self.sim_calls)
        reopen = self.chance.choice((0, 500, 2_000, 15_000))
        self.scene.mishaps.count += 1
        await self.acs.ask(DropSocket(call["simId"], reopen, self.chance.choice(("continue", "restart"))))

    async def fail(self) -> None:
        """The next requests of one kind go wrong."""
        operation = self.chance.choice(OPERATIONS)
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
        self.scene.mishaps.count += 1
        self.scene.note(f"fault {fault.operation} {fault.do}")
        await self.acs.ask(fault)

    async def disturb(self) -> None:
        """Callbacks come twice, late, out of order or never."""
        faults = CallbackFaults(
            repeat=self.chance.choice((0, 0.3, 1)),
            drop=self.chance.choice((0, 0, 0.1, 0.4)),
            shuffle=self.chance.choice((0, 3000)),
        )
        self.scene.mishaps.count += 1
        await self.acs.ask(DisturbCallbacks(faults))

    # --- calm and end

    async def be_calm(self, *, broken: bool) -> None:
        """Everything works, or all but the start of a transcription."""
        self.acs.be_calm()
        if broken:
            await self.acs.ask(InjectFault("start", "code", code=500, sub_code=9999, times=1_000_000))
        await self.acs.ask(DisturbCallbacks(CallbackFaults()))

    async def all_leave(self) -> None:
        """Everybody goes home, one by one."""
        for call in await self.truth():
            for one in call["participants"]:
                await self.acs.ask(Leave(call["simId"], one["rawId"]))

    async def truth(self) -> list[dict[str, Any]]:
        """Every call, those included that sprang from our joining an empty group."""
        listed = (await self.acs.ask(ListCalls())).body or {}
        return [(await self.acs.ask(DescribeCall(call["simId"]))).body or {} for call in listed["calls"]]

    def reality(self, session: Session) -> Real:
        """What becomes of the session's connection."""
        connection = self.acs.calls._world.connections.get(session.call_connection_id or "")
        if connection is None:
            return Real()
        transcription = connection.transcription
        transcribing = transcription.phase in ("active", "stopping")
        return Real(connection.state, transcribing, transcription.locale)
