"""Workers die and services fail in the midst of an erasure: it is finished all the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.errors import NotFound, Unavailable
from functions.lifecycle.deadlines import ERASE_FOR_MS, TRANSCRIPT_ENDS_WITHIN_MS
from functions.services import erasure, sessions
from functions.services.ports import SessionPorts
from functions.services.upkeep import sweep
from tests.service.bed import (
    Clock,
    Crashed,
    crash_after,
    crash_before,
    unwell,
)
from tests.service.cloud import HERE
from tests.service.told import Told, nothing_is_left, raw, sweep_later

STEPS: dict[str, tuple[str, str, int]] = {
    "sockets": ("viewers", "dismiss", 1),
    "words": ("segments", "erase", 1),
    "traces": ("store", "erase_traces", 1),
    "first claim": ("claims", "remove", 1),
    "second claim": ("claims", "remove", 2),
    "third claim": ("claims", "remove", 3),
    "names": ("names", "erase", 1),
    "more names": ("names", "erase", 2),
    "wish saved": ("store", "save", 1),
    "outcome saved": ("store", "save", 2),
}
MOMENTS = {"before": crash_before, "after": crash_after}
SERVICES = (
    ("viewers", "dismiss"),
    ("segments", "erase"),
    ("store", "erase_traces"),
    ("claims", "remove"),
    ("names", "erase"),
)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_between_any_two_steps_is_made_good_by_the_sweep(
    step: str, moment: str, told: Told, ports: SessionPorts, clock: Clock
) -> None:
    with pytest.raises(Crashed):
        await erasure.erase(crashing(ports, step, moment), told.session.id)
    if (step, moment) == ("wish saved", "before"):
        await erasure.erase(ports, told.session.id)  # its caller had no answer, and asks again
    await sweep_later(ports, clock, 46_000)
    await nothing_is_left(told)
    await sweep_later(ports, clock, TRANSCRIPT_ENDS_WITHIN_MS + ERASE_FOR_MS)
    assert not await erasure.erase(ports, told.session.id)
    assert (await raw(ports, told.session)).erasure_due is None


def crashing(ports: SessionPorts, step: str, moment: str) -> SessionPorts:
    """The ports of a worker that dies at that step."""
    port, method, nth = STEPS[step]
    return with_port(ports, port, lambda real: MOMENTS[moment](real, method, nth))


def with_port(ports: SessionPorts, name: str, change: Callable[[Any], Any]) -> SessionPorts:
    """The ports with another in place of one of them."""
    if name == "segments":
        return replace(ports, segments=lambda: change(ports.segments()))
    if name == "viewers":
        return replace(ports, viewers={HERE: change(ports.viewers[HERE])})
    return replace(ports, **{name: change(getattr(ports, name))})


async def test_a_sweep_that_dies_over_an_erasure_leaves_it_to_the_next(
    told: Told, ports: SessionPorts, clock: Clock
) -> None:
    with pytest.raises(Crashed):
        await erasure.erase(crashing(ports, "sockets", "before"), told.session.id)
    for step in ("sockets", "words", "traces"):
        clock.skip(46_000)
        with pytest.RaisesGroup(Crashed):
            await sweep(crashing(ports, step, "before"))
    await sweep_later(ports, clock, 46_000)
    await nothing_is_left(told)


@pytest.mark.parametrize(("port", "method"), SERVICES)
async def test_a_service_that_fails_is_asked_again_for_as_long_as_it_takes(
    port: str, method: str, told: Told, ports: SessionPorts, clock: Clock
) -> None:
    failing = with_port(ports, port, lambda real: unwell(real, method, Unavailable("down")))
    assert await erasure.erase(failing, told.session.id)
    with pytest.raises(NotFound):
        await sessions.load(ports, told.session.id)
    await sweep_later(failing, clock, *[300_000] * 24)
    assert await erasure.erase(failing, told.session.id)
    await sweep_later(ports, clock, 3_600_000)
    await nothing_is_left(told)
