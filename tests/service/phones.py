"""Calls that we place or answer: who rings whom, and who picks up."""

import itertools
from dataclasses import dataclass
from typing import Any

from functions.lifecycle.session import IncomingCall, PlacedCall, Session, StartRequest, State
from functions.services import incoming, sessions
from functions.services.ports import SessionPorts
from tests.local_cloud.call_automation_process import ADA
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import CHANCE
from tests.service.cloud import Cloud
from tests.service.steps import running, until_state

OURS = "+15550000001"
QUICK = {"connected": 20, "started": 60, "stopped": 20, "updated": 20, "disconnected": 20}
NUMBERS = itertools.count(2_000_000)


def new_phone() -> str:
    return f"4:+1555{next(NUMBERS)}"


def new_user() -> str:
    return f"{ADA.rpartition('-')[0]}-{CHANCE.randbytes(6).hex()}"


def call_to(*targets: str, **more: Any) -> StartRequest:
    """A start of a call that we place; to a phone that nobody else has, if nobody is named."""
    return StartRequest(call=PlacedCall(targets or (new_phone(),), OURS), locale="en-US", **more)


async def instruct(cloud: Cloud, target: str, **manners: Any) -> None:
    """What the target does when it is rung: it picks up at once, if nothing else is said."""
    await cloud.sim("POST", "answering", {"target": target, "timings": QUICK} | manners)


async def placed(ports: SessionPorts, cloud: Cloud, **more: Any) -> Session:
    """A session whose transcription of a call that we placed runs."""
    target = new_phone()
    await instruct(cloud, target)
    session, _ = await sessions.start(ports, call_to(target, **more))
    active = await until_state(ports, session.id, State.ACTIVE)
    return await running(ports, cloud, session.id, await sim_of(cloud, active))


@dataclass(frozen=True)
class Ringing:
    """A call that rings: its id in the simulation, and what a rule for it asks for."""

    sim_id: str
    request: StartRequest
    call: IncomingCall


async def ringing(
    cloud: Cloud, connect_to: str | None = None, called: str | None = None, **manners: Any
) -> Ringing:
    caller, called = new_phone(), called or new_phone()
    given = {"from": caller, "to": called, "timings": QUICK} | manners
    told = await cloud.sim("POST", "incoming", given)
    call = IncomingCall(caller, called, told["serverCallId"], told["incomingCallContext"], connect_to)
    return Ringing(told["simId"], StartRequest(call=call, locale="en-US"), call)


async def answered(ports: SessionPorts, cloud: Cloud, **manners: Any) -> tuple[Session, Ringing]:
    """A session whose transcription of a call that we answered runs."""
    rings = await ringing(cloud, **manners)
    session = await incoming.answer(ports, rings.request)
    assert session is not None
    return await running(ports, cloud, session.id, rings.sim_id), rings


async def sim_of(cloud: Cloud, session: Session) -> str:
    """The simulation's id of the call that a session is in."""
    calls = (await cloud.sim("GET", "calls"))["calls"]
    return str(next(call["simId"] for call in calls if call["serverCallId"] == session.server_call_id))


async def in_call(cloud: Cloud, sim_id: str) -> list[str]:
    """The raw ids of everybody in the call."""
    return [one["rawId"] for one in (await cloud.sim("GET", f"calls/{sim_id}"))["participants"]]


async def until_in_call(cloud: Cloud, sim_id: str, raw_id: str) -> None:
    async def is_in() -> bool:
        return raw_id in await in_call(cloud, sim_id)

    await until_async(is_in)
