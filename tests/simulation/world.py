"""A world: people in calls, users who start and stop, everything going wrong for a while, then calm, then the end."""

import asyncio
from enum import StrEnum
from random import Random

from functions.lifecycle.bandwidth import PROVIDER
from functions.lifecycle.deadlines import due_at
from functions.services import sessions
from functions.services.upkeep import sweep
from tests.simulation.acs_people import AcsSide
from tests.simulation.bandwidth_people import BandwidthSide
from tests.simulation.hosts import HOSTS
from tests.simulation.scene import Deed, Scene, Side
from tests.simulation.users import Users
from tests.simulation.virtual_time import virtual_now

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


class Kind(StrEnum):
    """Whose calls a world has."""

    ACS = "ACS's calls"
    BANDWIDTH = "Bandwidth's"
    BOTH = "both"


def kind_of(seed: int) -> Kind:
    """Whose calls the world of a seed has."""
    return Random(f"kind {seed}").choice(list(Kind))


class World:
    """Everything of one seed."""

    def __init__(self, seed: int) -> None:
        self.scene = Scene(seed)
        self.users = Users(self.scene)
        self.kind = kind_of(seed)
        self.sides: dict[str, Side] = {}
        if self.kind is not Kind.BANDWIDTH:
            self.sides[""] = AcsSide(self.scene, seed)
        if self.kind is not Kind.ACS:
            self.sides[PROVIDER] = BandwidthSide(self.scene, seed)
        self.overdue: set[str] = set()

    def close(self) -> None:
        """The world is no more."""
        for task in self.scene.hosts.world:
            task.cancel()

    async def live(self) -> None:
        """Storm, calm, end."""
        for side in self.sides.values():
            await side.begin()
        self.scene.hosts.world_task(self.sweep_forever())
        await self.storm()
        await self.be_calm()
        self.scene.hosts.world_task(self.watch_deadlines())
        await asyncio.sleep(CALM_SECONDS)

    async def storm(self) -> None:
        """For a while people act and things break."""
        chance, hosts = self.scene.chance, self.scene.hosts
        kinds, weights = zip(*self.deeds(), strict=True)
        loop = asyncio.get_running_loop()
        until = loop.time() + STORMY_SECONDS
        while loop.time() < until:
            deed = chance.choices(kinds, weights)[0]
            hosts.world_task(deed())
            if chance.random() < 0.2:
                hosts.world_task(deed())  # two at the same moment
            await asyncio.sleep(chance.expovariate(0.4))

    def deeds(self) -> list[tuple[Deed, int]]:
        """What happens in a storm, each with its weight; what is of each provider half as often where there are two."""
        own = [
            (deed, 2 * weight // len(self.sides))
            for side in self.sides.values()
            for deed, weight in side.deeds
        ]
        return [(self.users.stop, 6), (self.users.wish, 8), (self.crash, 4), *own]

    async def crash(self) -> None:
        """A host dies."""
        self.scene.note("crash")
        self.scene.mishaps.count += 1
        self.scene.hosts.crash(self.scene.chance.randrange(HOSTS))

    async def be_calm(self) -> None:
        """From now on everything works; in a few worlds all but the start of a transcription."""
        self.scene.mishaps.calm = True
        broken = self.scene.chance.random() < BROKEN_FOR_GOOD
        for side in self.sides.values():
            await side.be_calm(broken=broken)
        self.scene.note("calm")

    async def end(self) -> None:
        """Every session is stopped, everybody goes home, one by one."""
        for session_id in self.scene.session_ids():
            await self.scene.hosts.invoke(sessions.stop(self.scene.ports, session_id))
        await asyncio.sleep(UNDER_WAY_SECONDS)
        for side in self.sides.values():
            await side.all_leave()
        await asyncio.sleep(LAST_SECONDS)

    async def sweep_forever(self) -> None:
        """The timer trigger."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.scene.hosts.invoke(sweep(self.scene.ports))

    async def watch_deadlines(self) -> None:
        """From some time after the calm on, whatever is due must soon be done."""
        await asyncio.sleep(SETTLING_SECONDS)
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for session in self.scene.all_sessions():
                due = due_at(session)
                if due is not None and due < virtual_now() - LATEST_MS:
                    self.overdue.add(session.id)
