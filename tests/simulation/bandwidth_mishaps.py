"""What goes wrong at Bandwidth, and who tries to get in that should not."""

import json
from typing import Any

from local.bandwidth_model.steering import DisturbWebhooks, InjectFault, WebhookFaults
from local.conversation.effects import SendFrame
from local.conversation.steering import DropSocket
from tests.simulation.bandwidth import Bandwidth
from tests.simulation.scene import Deed, Scene
from tests.simulation.web_pubsub import STRANGER

REQUESTS = ("create", "create", "get", "modify", "replace-bxml", "replace-bxml")
CAUSES = {
    "create": ("busy", "rejected", "error", "account-limit"),
    "start-transcription": ("connection-error", "error", "duplicate", "track-limit"),
    "transcribe": ("connection-error", "error"),
}


class BandwidthMishaps:
    """Does them to the model, and to the hub."""

    def __init__(self, scene: Scene, bandwidth: Bandwidth) -> None:
        self.scene = scene
        self.chance = scene.chance
        self.bandwidth = bandwidth
        self.deeds: tuple[tuple[Deed, int], ...] = (
            (self.drop_socket, 2), (self.refuse, 2), (self.end_badly, 1), (self.disturb, 1), (self.intrude, 1),
        )  # fmt: skip

    async def drop_socket(self) -> None:
        """The sockets of a call break; Bandwidth opens no others."""
        calls = [call for call in self.bandwidth.calls() if call.transcriptions]
        if calls:
            self.scene.mishaps.count += 1
            await self.bandwidth.ask(DropSocket(self.chance.choice(calls).call_id))

    async def refuse(self) -> None:
        """The next requests of one kind are refused, not heard, or done without an answer."""
        ways = ("status", "timeout-before", "timeout-after")
        await self.inject(
            InjectFault(
                self.chance.choice(REQUESTS),  # type: ignore[arg-type]  # one of the names it knows
                self.chance.choice(ways),  # type: ignore[arg-type]  # one of the ways it knows
                status=self.chance.choice((503, 429, 500)),
                retry_after=self.chance.choice((None, 1)),
                times=self.chance.choice((1, 1, 3, 8, 40)),
            )
        )

    async def end_badly(self) -> None:
        """The next calls or transcriptions come to nothing."""
        operation = self.chance.choice(list(CAUSES))
        cause = self.chance.choice(CAUSES[operation])
        times = self.chance.choice((1, 1, 2, 10))
        await self.inject(InjectFault(operation, "cause", cause=cause, times=times))  # type: ignore[arg-type]  # one of the names it knows

    async def inject(self, fault: InjectFault) -> None:
        """Let something go wrong."""
        self.scene.mishaps.count += 1
        self.scene.note(f"fault {fault.operation} {fault.do} {fault.cause} x{fault.times}")
        await self.bandwidth.ask(fault)

    async def disturb(self) -> None:
        """Webhooks come twice, late, out of order or never."""
        faults = WebhookFaults(
            repeat=self.chance.choice((0, 0.3, 1)),
            drop=self.chance.choice((0, 0, 0.1, 0.4)),
            shuffle=self.chance.choice((0, 3000)),
        )
        self.scene.mishaps.count += 1
        await self.bandwidth.ask(DisturbWebhooks(faults))

    async def intrude(self) -> None:
        """Somebody who has the address of a session's socket, but not its ticket, says something there."""
        sessions = [one for one in self.scene.all_sessions() if one.request.provider and one.ended_at is None]
        if not sessions:
            return
        self.scene.mishaps.count += 1
        session = self.chance.choice(sessions)
        Intruder(self.scene, f"{STRANGER}-{next(self.scene.texts)}").talk(
            session.id, session.call_connection_id or "", self.chance.choice((None, "", "guessed"))
        )

    async def be_calm(self, *, broken: bool) -> None:
        """Nothing goes wrong any more, but if it is `broken`, no transcription ever starts."""
        self.bandwidth.voice._world.faults.clear()
        if broken:
            await self.bandwidth.ask(
                InjectFault("start-transcription", "cause", cause="error", times=1_000_000)
            )
        await self.bandwidth.ask(DisturbWebhooks(WebhookFaults()))


class Intruder:
    """A socket of nobody whom we know; `name` is its id, and what is said on it."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.name = name

    def happened(self, event: Any) -> None:
        """Whatever becomes of the socket."""

    def talk(self, session_id: str, call_id: str, ticket: str | None) -> None:
        """Open, say whose one is (or not, without a ticket), say something, close."""
        self.scene.hub.open(self, self.name, session_id, None)
        if ticket is not None:
            about = {"callId": call_id, "realtimeTranscriptionId": "t-theirs"}
            self.send({"eventType": "start", "metadata": about, "customParams": {"ticket": ticket}})
        for number in range(3):
            self.send(words(f"{self.name}.{number}"))
        self.scene.hub.close(self.name)

    def send(self, frame: dict[str, Any]) -> None:
        """A frame."""
        self.scene.hub.send(SendFrame(self.name, json.dumps(frame), binary=False))


def words(text: str) -> dict[str, Any]:
    """Something final."""
    moment = "2026-11-20T22:13:39.000Z"
    return {
        "eventType": "transcription",
        "track": "inbound",
        "startTime": moment,
        "endTime": moment,
        "isPartial": False,
        "transcript": text,
    }
