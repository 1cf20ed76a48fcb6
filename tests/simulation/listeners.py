"""Who hears of sessions in a simulated world: viewers of captions, and the topic for events."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import Rows
from tests.simulation.web_pubsub import TranscriptHub


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
