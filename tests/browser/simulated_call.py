"""A call that the stand-in for Call Automation plays: made, talked in, disturbed, asked what was said."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from local.stack import Stack

ANN = "8:acs:6f0a1d3e-0d4c-4a57-93a8-2f6a7b1c9e10_0000001a-11aa-22bb-33cc-444455556601"
BEN = "8:acs:6f0a1d3e-0d4c-4a57-93a8-2f6a7b1c9e10_0000001a-11aa-22bb-33cc-444455556602"
TWO = {ANN: "Ann", BEN: "Ben"}
SOON = {"connected": 60, "started": 60, "stopped": 60, "disconnected": 60}

type Said = list[tuple[str, str]]
"""Speaker's raw id and text, in order."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Where calls are made: one local cloud's stand-ins."""

    stack: Stack
    client: aiohttp.ClientSession

    async def call(
        self, script: Sequence[dict[str, Any]] = (), *, speed: float = 1.0, people: Mapping[str, str] = TWO
    ) -> "Call":
        """A group call of people (names by raw id), who begin their script once they are transcribed."""
        group = str(uuid.uuid4())
        speakers = [{"rawId": raw_id, "displayName": name} for raw_id, name in people.items()]
        wanted = {"groupCallId": group, "speakers": speakers, "script": list(script), "speed": speed}
        made = await self.steer("/sim/calls", {**wanted, "startScript": "on-transcription", "timings": SOON})
        return Call(self, made["simId"], group)

    async def steer(self, path: str, body: dict[str, Any]) -> Any:
        """Post to the stand-in for calls."""
        url = self.stack.plan.call_automation_url + path
        async with self.client.post(url, json=body, raise_for_status=True) as response:
            return await response.json() if response.content_length else None

    async def is_dealt_with(self, session_id: str) -> bool:
        """Whether all that came on a session's transcript socket so far was answered: stored, and sent to viewers."""
        url = f"{self.stack.plan.web_pubsub_url}/sim/connections"
        selected = {"hub": "transcript", "userId": session_id}
        async with self.client.get(url, params=selected, raise_for_status=True) as response:
            sockets = await response.json()
        return all(socket["framesReceived"] == socket["eventsDelivered"] for socket in sockets)

    async def drop_viewers(self) -> list[str]:
        """Break every viewer's captions connection. Returns their ids."""
        answer = await self._steer_web_pubsub("/sim/connections/drop?hub=captions", {})
        dropped: list[str] = answer["dropped"]
        return dropped

    @asynccontextmanager
    async def losing_captions(self) -> AsyncIterator[None]:
        """Nothing that is sent to viewers arrives."""
        await self._steer_web_pubsub("/sim/faults", {"sends": {"times": 1_000_000}})
        yield
        await self._steer_web_pubsub("/sim/faults", {"sends": {"times": 0}})

    async def _steer_web_pubsub(self, path: str, body: dict[str, Any]) -> Any:
        url = self.stack.plan.web_pubsub_url + path
        async with self.client.post(url, json=body, raise_for_status=True) as response:
            return await response.json()


@dataclass(frozen=True, slots=True)
class Call:
    """A call under way."""

    phone: Phone
    sim_id: str
    group: str

    async def speak(self, speaker: str, text: str, duration: int = 400) -> None:
        """Somebody says something now, for `duration` ms."""
        await self.steer("speak", {"speaker": speaker, "text": text, "duration": duration})

    async def steer(self, what: str, body: dict[str, Any] | None = None) -> None:
        """Do something to the call."""
        await self.phone.steer(f"/sim/calls/{self.sim_id}/{what}", body or {})

    async def start_session(self, until: str = "active", **wanted: Any) -> str:
        """Have it transcribed, without a page. Returns the session's id when it is in that state."""
        url = f"{self.phone.stack.plan.functions_url}/api/sessions"
        request = {"call": {"groupCallId": self.group}, **wanted}
        async with self.phone.client.post(url, json=request, raise_for_status=True) as response:
            session: dict[str, str] = await response.json()
        async with asyncio.timeout(30):
            while session["state"] != until:
                await asyncio.sleep(0.05)
                async with self.phone.client.get(f"{url}/{session['id']}") as response:
                    session = await response.json()
        return session["id"]

    async def spoken(self) -> Said:
        """What the transcript's socket received, in the order in which it was said."""
        url = f"{self.phone.stack.plan.call_automation_url}/sim/calls/{self.sim_id}"
        async with self.phone.client.get(url, raise_for_status=True) as response:
            parts = (await response.json())["spoken"]
        received = sorted((part for part in parts if part["received"]), key=lambda part: part["offsetMs"])
        return [(part["speaker"], part["text"]) for part in received]


def line(at: int, speaker: str, text: str, duration: int = 800, delay: int = 0) -> dict[str, Any]:
    """A line of a script; ms at speed 1."""
    return {"at": at, "speaker": speaker, "text": text, "duration": duration, "delay": delay}


def small_talk(lines: int, topic: str = "tea") -> list[dict[str, Any]]:
    """Two people who take turns, a line a second, now and then at once, and with a late final."""
    return [
        line(
            index * 1000,
            (ANN, BEN)[index % 2],
            f"This is what we say about {topic}, line {index}.",
            duration=1500 if index % 4 == 0 else 800,
            delay=2500 if index % 5 == 1 else 0,
        )
        for index in range(lines)
    ]
