"""Simulated calls: made, talked in, disturbed, and asked what was really said and done."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.end_to_end.cloud import Cloud, eventually

ADA = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-00a7-e64a-5c3a0d006c74"
BEN = "8:acs:6d889502-3d7a-41a8-befa-d21fd80e8767_00000028-2f1d-11b8-f75b-6d4b0d006c75"
PEOPLE = [{"rawId": ADA}, {"rawId": BEN}]
"""Without names: those would be told by Event Grid, at any moment."""
QUICK = {"connected": 30, "started": 60, "stopped": 30, "updated": 30, "disconnected": 30}
NEVER = 3_600_000
"""Ms that no test waits for."""
SPEED = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """A simulated call; `group` is empty, and so is `room`, where it has none."""

    sim_id: str
    group: str
    server_call_id: str
    room: str = ""

    @property
    def by_group(self) -> dict[str, str]:
        """The call named by its group."""
        return {"groupCallId": self.group}

    @property
    def by_room(self) -> dict[str, str]:
        """The call named by its room."""
        return {"roomId": self.room}

    @property
    def by_server(self) -> dict[str, str]:
        """The call named by its server call id."""
        return {"serverCallId": self.server_call_id}


def line(at: int, text: str, speaker: str = ADA, duration: int = 2000) -> dict[str, Any]:
    """A line of a script; times in ms, which pass twenty times as fast. `QUICK` and other timings do not."""
    return {"at": at, "speaker": speaker, "text": text, "duration": duration}


async def steer(cloud: Cloud, path: str, body: Any = None) -> Any:
    """Post to the stand-in for calls."""
    answer = await cloud.ask("POST", cloud.stack.plan.call_automation_url + path, body or {})
    assert answer.status < 300, answer.text
    return answer.body if answer.text else None


async def make_call(
    cloud: Cloud, script: Sequence[Mapping[str, Any]] = (), *, callback_first: bool = False, **timings: int
) -> Call:
    """A call of two people, who begin their script once they are transcribed."""
    group = str(uuid4())
    given = {
        "groupCallId": group,
        "speakers": PEOPLE,
        "script": script,
        "startScript": "on-transcription",
        "speed": SPEED,
        "timings": QUICK | timings,
        "callbackFirst": callback_first,
    }
    made = await steer(cloud, "/sim/calls", given)
    return Call(made["simId"], group, made["serverCallId"])


async def make_room(cloud: Cloud, script: Sequence[Mapping[str, Any]] = (), **timings: int) -> Call:
    """A call in a room, with the same people."""
    room = str(uuid4().int)[:17]
    given = {
        "roomId": room,
        "speakers": PEOPLE,
        "script": script,
        "startScript": "on-transcription",
        "speed": SPEED,
        "timings": QUICK | timings,
    }
    made = await steer(cloud, "/sim/calls", given)
    return Call(made["simId"], "", made["serverCallId"], room)


async def look_at(cloud: Cloud, call: Call) -> Any:
    """What was really said and done."""
    answer = await cloud.ask("GET", f"{cloud.stack.plan.call_automation_url}/sim/calls/{call.sim_id}")
    return answer.body


async def connections_of(cloud: Cloud, call: Call) -> list[dict[str, Any]]:
    """The bot's connections to the call."""
    connections: list[dict[str, Any]] = (await look_at(cloud, call))["connections"]
    return connections


async def all_calls(cloud: Cloud) -> list[dict[str, Any]]:
    """Every call that there ever was."""
    answer = await cloud.ask("GET", f"{cloud.stack.plan.call_automation_url}/sim/calls")
    calls: list[dict[str, Any]] = answer.body["calls"]
    return calls


async def hang_up_everywhere(cloud: Cloud) -> None:
    """Every call that is under way ends."""
    for call in await all_calls(cloud):
        if call["endedAt"] is None:
            await steer(cloud, f"/sim/calls/{call['simId']}/hangup")


async def speak(cloud: Cloud, call: Call, text: str, speaker: str = ADA) -> None:
    """Somebody says something."""
    spoken = {"speaker": speaker, "text": text, "duration": 1000}
    await steer(cloud, f"/sim/calls/{call.sim_id}/speak", spoken)


async def was_received(cloud: Cloud, call: Call, text: str) -> None:
    """Waits until Web PubSub has the words in full; they are stored a moment later (`stores`)."""

    async def look() -> bool:
        spoken = (await look_at(cloud, call))["spoken"]
        return any(part["text"] == text and part["received"] for part in spoken)

    await eventually(look)


async def leaves(cloud: Cloud, call: Call, raw_id: str) -> None:
    """Somebody goes, the others stay."""
    await steer(cloud, f"/sim/calls/{call.sim_id}/leave", {"rawId": raw_id})


async def joins(cloud: Cloud, call: Call, raw_id: str, name: str = "") -> None:
    """Somebody comes into the call."""
    await steer(cloud, f"/sim/calls/{call.sim_id}/join", {"rawId": raw_id, "displayName": name})


async def hang_up(cloud: Cloud, call: Call) -> None:
    """Everybody leaves the call."""
    await steer(cloud, f"/sim/calls/{call.sim_id}/hangup")


async def inject(cloud: Cloud, operation: str, do: str, **more: int) -> None:
    """The next request of an operation goes wrong."""
    await steer(cloud, "/sim/faults", {"operation": operation, "do": do, **more})


async def faults_to_come(cloud: Cloud) -> list[dict[str, Any]]:
    """The faults that no request has met yet."""
    answer = await cloud.ask("GET", cloud.stack.plan.call_automation_url + "/sim/faults")
    faults: list[dict[str, Any]] = answer.body["faults"]
    return faults


@asynccontextmanager
async def held_back(cloud: Cloud, *names: str) -> AsyncIterator[None]:
    """Callbacks of these names come only afterwards."""
    await steer(cloud, "/sim/faults", {"hold": names})
    try:
        yield
    finally:
        await steer(cloud, "/sim/faults", {"hold": []})


@asynccontextmanager
async def without_its_socket(cloud: Cloud, session: Mapping[str, Any]) -> AsyncIterator[None]:
    """The session's transcript socket breaks; ACS stands still, so it opens the next one only afterwards."""
    acs = cloud.stack.call_automation
    acs.pause()
    try:
        url = f"{cloud.stack.plan.web_pubsub_url}/sim/connections/drop?hub=transcript&userId={session['id']}"
        assert (await cloud.ask("POST", url)).body["dropped"]
        yield
    finally:
        acs.resume()


async def disturb_callbacks(cloud: Cloud, **faults: float) -> None:
    """From now on callbacks go astray like this; with nothing they no longer do."""
    await steer(cloud, "/sim/faults", {"callbacks": faults})
