"""ACS's callbacks, and Event Grid's news, on their way to the app's own doors."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from functions.lifecycle.answer_rules import AnswerRule
from functions.lifecycle.session import StartAt
from functions.services.ports import SessionPorts
from functions.triggers import call_events, event_grid
from functions.triggers.event_grid_schemas import read_news
from local.acs_model.effects import SendCallback
from tests.simulation.hosts import OK
from tests.simulation.scene import Scene

RULES = (
    AnswerRule(to="4:+15550000001"),
    AnswerRule(to="8:acs:line", connect_to="8:acs:gus", start_at=StartAt.SETUP),
)
EVENT_GRID_PAUSES = (10, 30, 60, 300)


@dataclass(frozen=True)
class Rules:
    """As much of Settings as Event Grid's door needs."""

    answer_rules: tuple[AnswerRule, ...]


@dataclass(frozen=True)
class Wired:
    """As much of Services as ACS's doors need."""

    sessions: SessionPorts
    settings: Rules

    def now(self) -> int:
        return self.sessions.clock()


class AcsDoors:
    """The doors on all hosts."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.wired = Wired(scene.ports, Rules(RULES))

    async def post(self, callback: SendCallback) -> int | None:
        """A callback's way; the URL ends in the session's id."""
        await self.scene.mishaps.network_delay()

        async def take() -> None:
            for event in call_events.read_callbacks(json.dumps([callback.event]).encode()):
                await call_events.take_in(self.wired, callback.url.rpartition("/")[2], event)  # type: ignore[arg-type]

        status, _ = await self.scene.hosts.invoke(take())
        return 200 if status == OK else status

    async def publish(self, event: dict[str, Any]) -> None:
        """An event's way through Event Grid: late, out of order, twice, and again after a failure."""
        body = json.dumps([event]).encode()

        async def take() -> None:
            await event_grid.take_in_all(self.wired, read_news(body))  # type: ignore[arg-type]

        await asyncio.sleep(self.scene.chance.expovariate(2))
        for pause in EVENT_GRID_PAUSES:
            status, _ = await self.scene.hosts.invoke(take())
            if status == OK and not self.scene.mishaps.happens(0.1):
                return
            await asyncio.sleep(pause)
