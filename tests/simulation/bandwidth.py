"""Bandwidth in a simulated world: the pure model on virtual time, its webhooks and sockets carried into the world."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, fromstring

from local.bandwidth_model import Voice
from local.bandwidth_model.effects import OpenSocket, SendWebhook
from local.bandwidth_model.inputs import WebhookAnswered
from local.bandwidth_model.state import Call, Transcription
from tests.simulation.hosts import Hosts
from tests.simulation.mishaps import Mishaps
from tests.simulation.virtual_stage import VirtualStage

ACCOUNT = "9900000"
SOCKETS = "pubsub.example"
"""Where our transcript sockets end."""

type Post = Callable[[SendWebhook], Coroutine[Any, Any, tuple[int | None, str]]]
"""Takes a webhook to whoever it is for; what is answered."""


class Script(NamedTuple):
    """A script of ours, at a moment (ms since 1970): pushed into a call, or answered when it asked what to do."""

    at: int
    call_id: str
    verbs: list[Element]


class Bandwidth(VirtualStage):
    """Runs the model. `scripts` are those that we gave to calls, `ended_by_us` the calls that we asked to be over,
    `hung_up_on` those of them in which people were known to talk, `most_live` how many transcriptions of ours a call ever had at once.
    """

    def __init__(self, seed: int, hosts: Hosts, mishaps: Mishaps, post: Post) -> None:
        self.voice = Voice(f"bandwidth {seed}", ACCOUNT, "https://voice.example")
        super().__init__(self.voice, hosts)
        self.mishaps = mishaps
        self.post = post
        self.scripts: list[Script] = []
        self.ended_by_us: set[str] = set()
        self.hung_up_on: set[str] = set()
        self.most_live: Counter[str] = Counter()
        self.is_known_to_be_in_call: Callable[[str], bool]

    def call(self, call_id: str | None) -> Call | None:
        """What is true of a call."""
        return self.voice._world.calls.get(call_id or "")

    def calls(self) -> list[Call]:
        """What is true of every call."""
        return list(self.voice._world.calls.values())

    def give(self, call_id: str, document: str) -> None:
        """Write down a script that we give to a call."""
        self.scripts.append(Script(self.now(), call_id, list(fromstring(document))))  # noqa: S314 -- our own

    def end_by_us(self, call_id: str) -> None:
        """We ask that a call be over, which is fair while it rings for all we know."""
        self.ended_by_us.add(call_id)
        call = self.call(call_id)
        if call is not None and call.state == "answered" and self.is_known_to_be_in_call(call_id):
            self.hung_up_on.add(call_id)

    def perform(self, effects: list[Any]) -> None:
        """Carry effects into the world, and look how much is transcribed meanwhile."""
        super().perform(effects)
        for call in self.calls():
            live = len(live_of_ours(call))
            self.most_live[call.call_id] = max(self.most_live[call.call_id], live)

    def do_own(self, effect: Any) -> None:
        """Carry what only Bandwidth does into the world; the token in a socket's URL is its session's id."""
        match effect:
            case SendWebhook():
                self.hosts.world_task(self.deliver(effect))
            case OpenSocket():
                session_id = parse_qs(urlsplit(effect.url).query)["access_token"][0]
                self.sockets.open(self, effect.socket_id, session_id, None)

    async def deliver(self, webhook: SendWebhook) -> None:
        """Send a webhook and tell the model how it went; whoever takes too long still does what it says."""
        await self.mishaps.network_delay()
        posting = self.hosts.world_task(self.post(webhook))
        await asyncio.wait([posting], timeout=webhook.seconds)
        status, body = posting.result() if posting.done() else (None, "")
        self.happened(WebhookAnswered(webhook.delivery_id, status, body))


def is_ours(made: Transcription) -> bool:
    """Whether a transcription's words come to us."""
    return urlsplit(made.verb.destination or "").hostname == SOCKETS


def live_of_ours(call: Call) -> list[Transcription]:
    """The transcriptions of ours that a call has now."""
    return [made for made in call.transcriptions if made.live and is_ours(made)]
