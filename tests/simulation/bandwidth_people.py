"""Bandwidth's part of a world: calls that we place and answer, those of another application, and who speaks in them."""

import asyncio
from collections.abc import Callable
from typing import Any

from functions.lifecycle.bandwidth import LOCALES, PROVIDER
from functions.lifecycle.session import Session, StartRequest
from functions.services import sessions
from functions.transcript.bandwidth_frames import read_frame
from functions.triggers.bandwidth_input import (
    BandwidthCall,
    at_bandwidth,
    read_bandwidth_call,
)
from local.bandwidth_model.effects import SendWebhook
from local.bandwidth_model.hearing import track_of
from local.bandwidth_model.requests import CreateBody, CreateCall, ReplaceBxml
from local.bandwidth_model.state import Call
from local.bandwidth_model.steering import InjectFault
from local.conversation.steering import DescribeCall, EndCall, Leave, ListCalls, OwnLine, Ring, Speak
from tests.simulation.bandwidth import Bandwidth, live_of_ours
from tests.simulation.bandwidth_calls import APP, bandwidth_calls
from tests.simulation.bandwidth_doors import Doors, Rules, Wired
from tests.simulation.bandwidth_mishaps import BandwidthMishaps
from tests.simulation.bandwidth_numbers import CALLEES, NEVER, OURS, RULES, THEIR_APPLICATION, THEIRS, set_up
from tests.simulation.other_application import PAUSE, REDIRECT, SITE, OtherApplication, bxml
from tests.simulation.scene import Deed, Real, Scene

HANGUP = "<Hangup/>"
UNHEARD_OF = 0.5
NOT_CONNECTED = 0.02
"""How often a webhook does not reach us; one that asks nothing is tried once more."""


class BandwidthSide:
    """Fills Side. `people_ended` are the calls that people, or the other application, ended."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.chance = scene.chance
        self.bandwidth = Bandwidth(seed, scene.hosts, scene.mishaps, self.post)
        self.bandwidth.sockets = scene.hub
        self.bandwidth.is_known_to_be_in_call = scene.is_known_to_be_in_call
        self.others = OtherApplication(scene.chance, scene.words)
        calls = bandwidth_calls(self.bandwidth, scene.mishaps)
        scene.calls[PROVIDER] = lambda: calls
        scene.decoders[PROVIDER] = read_frame
        self.doors = Doors(scene.hosts, Wired(scene.ports, Rules(RULES), calls))
        self.mishaps = BandwidthMishaps(scene, self.bandwidth)
        self.continuations: dict[str, str] = {}
        self.people_ended: set[str] = set()
        self.calm_since: int | None = None
        self.deeds: tuple[tuple[Deed, int], ...] = (
            (self.place, 2), (self.think_better, 2), (self.ring, 3), (self.be_called_elsewhere, 1), (self.listen, 5), (self.talk, 6),
            (self.hang_up, 2), (self.go, 1), (self.interfere, 2), *self.mishaps.deeds,
        )  # fmt: skip

    async def post(self, webhook: SendWebhook) -> tuple[int | None, str]:
        """A webhook's way to us, or to the other application."""
        call_id = webhook.event["callId"]
        status: int | None = None
        body = ""
        if not webhook.hook.url.startswith(APP):
            status, body = self.others.answer(webhook)
        elif not self.scene.mishaps.happens(NOT_CONNECTED):
            status, body = await self.doors.knock(webhook)
            if status == 200:
                self.bandwidth.give(call_id, body)
        told = f"{webhook.event['eventType']} {webhook.event.get('cause', '')}"
        self.scene.note(f"call {call_id[:10]} tells {told} -> {status}")
        return status, body

    # --- what people do

    async def begin(self) -> None:
        """A few calls of the other application are under way."""
        await set_up(self.bandwidth)
        for _ in range(self.chance.randint(1, 3)):
            await self.be_called_elsewhere()

    async def place(self) -> None:
        """Somebody lets us call a person."""
        number = self.chance.choice((*CALLEES, NEVER))
        goes_on = self.chance.choice((None, None, REDIRECT))
        call = BandwidthCall(to=number, caller=OURS[0], continue_with=goes_on)
        await self.start(call, self.chance.choice((None, f"bw-{self.chance.randint(0, 3)}")))

    async def think_better(self) -> None:
        """Somebody lets us call a person, and stops that while it may still ring, or before we know its call."""
        if self.chance.random() < UNHEARD_OF:
            await self.mishaps.inject(InjectFault("create", "timeout-after"))
        before = set(self.scene.session_ids())
        self.scene.hosts.world_task(self.place())
        await asyncio.sleep(self.chance.uniform(0, 4))
        for session_id in sorted(set(self.scene.session_ids()) - before):
            await self.scene.do(f"stop {session_id[-6:]}", sessions.stop(self.scene.ports, session_id))

    async def listen(self) -> None:
        """Somebody lets us listen to a call of the other application, however that is getting on."""
        theirs = [call for call in self.bandwidth.calls() if call.application_id == THEIR_APPLICATION]
        if not theirs:
            return
        call_id = self.chance.choice(theirs[-4:]).call_id
        goes_on = self.continuations.setdefault(call_id, self.others.continuation())
        await self.start(BandwidthCall(call_id=call_id, continue_with=goes_on), None)

    async def start(self, call: BandwidthCall, key: str | None) -> None:
        """Start, by what the API reads."""
        locale, interims = self.chance.choice(LOCALES), self.chance.random() < 0.7
        request = StartRequest(read_bandwidth_call(call), locale, interim_results=interims)
        await self.scene.start(at_bandwidth(request, call), key)

    async def ring(self) -> None:
        """Somebody calls a number of ours."""
        await self.bandwidth.ask(self.ringing(self.chance.choice(OURS)))

    async def be_called_elsewhere(self) -> None:
        """The other application is called, or calls."""
        if self.chance.random() < 0.5:
            await self.bandwidth.ask(self.ringing(THEIRS))
            return
        number = self.chance.choice((*CALLEES, NEVER))
        body = CreateBody(
            caller=THEIRS, called=number, application_id=THEIR_APPLICATION, answer_url=f"{SITE}/answer"
        )
        await self.bandwidth.ask(CreateCall(body))

    def ringing(self, called: str) -> Ring:
        """Somebody rings and, once answered, talks."""
        lines = range(1000, 1000 + 4000 * self.chance.randint(0, 10), 4000)
        script = tuple(OwnLine(at=at, text=self.scene.words(3), duration=1500) for at in lines)
        return Ring(caller=f"+1555777{self.chance.randrange(10000):04}", called=called, script=script)

    async def talk(self) -> None:
        """People in a call say this and that."""
        call = self.any_call(lambda one: one.state == "answered")
        if call is None:
            return
        for _ in range(self.chance.randint(1, 6)):
            speaker = self.chance.choice((call.own_party, call.own_party, call.far_party, *call.joined))
            words, lasts = self.scene.words(self.chance.randint(1, 5)), self.chance.randint(300, 3000)
            delay = self.chance.choice((0, 0, 0, 2_000, 20_000))
            if not is_busy(call, speaker, self.bandwidth.now()):
                await self.bandwidth.ask(Speak(call.call_id, speaker, words, lasts, delay))
            await asyncio.sleep(self.chance.expovariate(0.3))

    def any_call(self, is_meant: Callable[[Any], bool]) -> Any:
        """A call of that sort, if there is one."""
        found = [call for call in self.bandwidth.calls() if is_meant(call)]
        return self.chance.choice(found) if found else None

    async def hang_up(self) -> None:
        """The call's own party hangs up."""
        call = self.any_call(lambda one: one.ended_at is None)
        if call is not None:
            await self.end(call.call_id)

    async def end(self, call_id: str) -> None:
        """Somebody ends a call."""
        self.people_ended.add(call_id)
        self.scene.note(f"call {call_id[:10]} is hung up")
        await self.bandwidth.ask(EndCall(call_id))

    async def go(self) -> None:
        """Whom a call was transferred to hangs up."""
        call = self.any_call(lambda one: one.joined and one.ended_at is None)
        if call is not None:
            await self.bandwidth.ask(Leave(call.call_id, call.joined[0]))

    async def interfere(self) -> None:
        """The other application gives a call of its own another script, one that may stop what we started."""
        await asyncio.sleep(self.chance.random())  # so that no two voices begin at one moment
        call = self.any_call(lambda one: one.application_id == THEIR_APPLICATION and one.state == "answered")
        if call is None:
            return
        own = f'<StartTranscription name="theirs-{next(self.scene.texts)}" tracks="both"/>'
        goes_on = self.others.going_on()
        verbs = self.chance.choice((f"<StopTranscription/>{PAUSE}", own + goes_on, goes_on, HANGUP))
        if verbs == HANGUP:
            self.people_ended.add(call.call_id)
        self.scene.note(f"call {call.call_id[:10]} is given {verbs[:60]}")
        await self.bandwidth.ask(ReplaceBxml(call.call_id, bxml(verbs)))

    # --- calm and end

    async def be_calm(self, *, broken: bool) -> None:
        """Everything works, or all but the start of a transcription."""
        self.calm_since = self.bandwidth.now()
        await self.mishaps.be_calm(broken=broken)

    async def all_leave(self) -> None:
        """Everybody goes home, one by one."""
        for call in self.bandwidth.calls():
            if call.ended_at is None:
                await self.end(call.call_id)

    async def truth(self) -> list[dict[str, Any]]:
        """Every call."""
        listed = (await self.bandwidth.ask(ListCalls())).body or {}
        return [(await self.bandwidth.ask(DescribeCall(call["simId"]))).body for call in listed["calls"]]

    def reality(self, session: Session) -> Real:
        """What becomes of the session's call, and of its transcription there."""
        call = self.bandwidth.call(session.call_connection_id)
        if call is None:
            return Real()
        live = [made for made in live_of_ours(call) if made.name.startswith(session.id)]
        return Real(call.state, bool(live), self.locale_of(live[0].name) if live else None)

    def locale_of(self, name: str) -> str:
        """In which locale a transcription was started; Bandwidth takes English for granted."""
        starts = (
            start for _, _, verbs in self.bandwidth.scripts for start in verbs if start.get("name") == name
        )
        return next(start for start in starts if start.tag == "StartTranscription").get(
            "preferredLanguages", LOCALES[0]
        )


def is_busy(call: Call, speaker: str, now: int) -> bool:
    """Whether somebody on the same track speaks already, or by a script: an engine hears one thing at a time there."""
    track = track_of(call, speaker)
    if speaker == call.own_party and isinstance(call.manners, Ring) and call.manners.script:
        return True
    return any(one.ends >= now and track_of(call, one.speaker) == track for one in call.utterances)
