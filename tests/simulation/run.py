"""Runs worlds."""

import logging
from typing import NamedTuple

from tests.simulation import properties
from tests.simulation.virtual_time import run_virtually
from tests.simulation.world import Kind, World


class Verdict(NamedTuple):
    """Whose calls a world had, how many mishaps, and what is wrong with it."""

    kind: Kind
    faults: int
    violations: list[str]


def violations_of(seed: int) -> list[str]:
    """What is wrong with the world of a seed; nothing, if all is well."""
    return verdict_of(seed).violations


def verdict_of(seed: int) -> Verdict:
    """What a world went through, and what is wrong with it."""
    return run_virtually(live_and_judge(seed))


async def live_and_judge(seed: int) -> Verdict:
    """The verdict on a world that is gone afterwards."""
    world = World(seed)
    try:
        violations = await judge(world)
        return Verdict(world.kind, world.scene.mishaps.count, violations)
    finally:
        world.close()


async def judge(world: World) -> list[str]:
    """Live, and judge after the calm and at the end."""
    await world.live()
    wrong = await properties.after_the_calm(world)
    await world.end()
    return wrong + await properties.at_the_end(world)


def quiet() -> None:
    """What the services log about mishaps is no news here."""
    logging.getLogger("verbatim").setLevel(logging.CRITICAL)
