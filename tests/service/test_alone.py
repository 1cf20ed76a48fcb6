"""Nobody else is in the call for a minute: then we go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace as altered

from functions.lifecycle.deadlines import ALONE_FOR_MS, COUNT_AGAIN_MS
from functions.lifecycle.session import (
    CallLocator,
    Cause,
    Desired,
    LocatorKind,
    Session,
    StartRequest,
    State,
)
from functions.services import sessions
from functions.services.applying import load_any
from functions.services.ports import SessionPorts, Timer
from functions.services.upkeep import sweep
from tests.local_cloud.call_automation_process import ADA, BEN
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import Clock, entry_of
from tests.service.cloud import Cloud
from tests.service.phones import answered, in_call, new_phone, new_user, placed, sim_of
from tests.service.steps import noted_people, session_of, started, sweep_until, until_state
from tests.waiting import until

SOON_MS = 1_000


@dataclass(frozen=True)
class Room:
    """A call in which people come and go, and its session knows."""

    ports: SessionPorts
    cloud: Cloud
    session: Session
    sim_id: str

    async def news(self, does: str, raw_id: str) -> None:
        before = await noted_people(self.ports, self.session.id)
        await self.cloud.sim("POST", f"calls/{self.sim_id}/{does}", {"rawId": raw_id})
        await noted_people(self.ports, self.session.id, more_than=before)

    async def states(self) -> list[str]:
        return [str(one["state"]) for one in await self.cloud.connections(self.sim_id)]


async def joined(ports: SessionPorts, cloud: Cloud, **settings: Any) -> Room:
    session, sim_id = await started(ports, cloud, **settings)
    return Room(ports, cloud, session, sim_id)


async def goes(room: Room) -> Session:
    """The session once it has gone, which it wants as soon as it looked."""
    await sweep(room.ports)
    assert (await session_of(room.ports, room.session.id)).desired is Desired.STOPPED
    return await sweep_until(room.ports, room.session.id, State.STOPPED)


async def test_a_session_that_is_left_alone_leaves_after_a_minute_and_not_before(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    room = await joined(ports, cloud)
    clock.fixed = clock()
    await room.news("leave", ADA)
    clock.skip(ALONE_FOR_MS - 1)
    await sweep(ports)
    assert (await session_of(ports, room.session.id)).state is State.ACTIVE
    clock.skip(1)
    ended = await goes(room)
    assert (ended.cause, ended.error) == (Cause.CLOSED, None)
    assert await room.states() == ["disconnected"]


async def test_somebody_who_comes_back_in_time_keeps_us_in_the_call(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    room = await joined(ports, cloud)
    await room.news("leave", ADA)
    await room.news("join", BEN)
    clock.skip(ALONE_FOR_MS + SOON_MS)
    await sweep(ports)
    assert (await session_of(ports, room.session.id)).state is State.ACTIVE


async def test_somebody_who_came_back_unheard_of_keeps_us_in_the_call(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    room = await joined(ports, cloud)
    await room.news("leave", ADA)
    cloud.callbacks.deaf = True
    await cloud.sim("POST", f"calls/{room.sim_id}/join", {"rawId": BEN})
    clock.skip(ALONE_FOR_MS + SOON_MS)
    await sweep(ports)
    assert (await session_of(ports, room.session.id)).state is State.ACTIVE


async def test_that_everybody_went_is_found_out_though_nobody_said_so(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    room = await joined(ports, cloud)
    cloud.callbacks.deaf = True
    before = len(cloud.callbacks.named(room.session.id, "ParticipantsUpdated"))
    await cloud.sim("POST", f"calls/{room.sim_id}/leave", {"rawId": ADA})
    await until(lambda: len(cloud.callbacks.named(room.session.id, "ParticipantsUpdated")) > before)
    clock.skip(COUNT_AGAIN_MS + SOON_MS)
    cloud.callbacks.deaf = False
    await goes(room)
    assert await room.states() == ["disconnected"]


async def test_a_call_that_nobody_ever_joined_is_left(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    room = await joined(ports, cloud, speakers=[])
    clock.skip(ALONE_FOR_MS + SOON_MS)
    await goes(room)
    assert await room.states() == ["disconnected"]


async def test_alone_in_a_call_that_we_placed_we_hang_up(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session = await placed(ports, cloud)
    room = Room(ports, cloud, session, await sim_of(cloud, session))
    await room.news("join", new_user())  # no call of two any more
    for raw_id in await in_call(cloud, room.sim_id):
        if raw_id != session.own_id:
            await room.news("leave", raw_id)
    clock.skip(ALONE_FOR_MS + SOON_MS)
    await goes(room)
    assert await room.states() == ["disconnected"]


@pytest.mark.parametrize("called_as", [new_user, new_phone])
async def test_alone_in_a_call_that_we_answered_we_hang_up(
    called_as: Callable[[], str], ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, rings = await answered(ports, cloud, called=called_as(), speakers=[{"rawId": BEN}])
    room = Room(ports, cloud, session, rings.sim_id)
    for raw_id in (rings.call.caller, BEN):
        await room.news("leave", raw_id)
    clock.skip(ALONE_FOR_MS + SOON_MS)
    await goes(room)
    assert await room.states() == ["disconnected"]


@pytest.mark.parametrize("called_as", [new_user, new_phone])
async def test_a_caller_who_is_alone_with_us_is_not_hung_up_on(
    called_as: Callable[[], str], ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, rings = await answered(ports, cloud, called=called_as())
    for _ in range(3):
        clock.skip(COUNT_AGAIN_MS + SOON_MS)
        await sweep(ports)
    assert (await session_of(ports, session.id)).state is State.ACTIVE
    assert rings.call.caller in await in_call(cloud, rings.sim_id)


async def test_one_who_took_our_call_is_not_hung_up_on(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session = await placed(ports, cloud)
    for _ in range(3):
        clock.skip(COUNT_AGAIN_MS + SOON_MS)
        await sweep(ports)
    assert (await session_of(ports, session.id)).state is State.ACTIVE


async def test_one_who_took_our_call_is_not_hung_up_on_though_the_answer_was_lost(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    """Who we are in the call is in the answer; where that is lost, ACS is asked."""
    session = await placed(ports, cloud)
    stored = await load_any(ports, session.id)
    forgetful = altered(stored.session, own_id=None, count_people_at=ports.clock())
    await ports.store.save(stored, forgetful, entry_of(forgetful, "forgot"))
    await ports.timers.put(Timer(ports.clock(), session.id))
    await sweep(ports)
    after = await session_of(ports, session.id)
    assert (after.state, after.own_id) == (State.ACTIVE, session.own_id)


async def test_two_bots_of_ours_do_not_keep_each_other_company(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    """A session at its longest time stays in the call that it placed; the next one of this call joins it."""
    first = await placed(ports, cloud)
    sim_id = await sim_of(cloud, first)
    (callee,) = set(await in_call(cloud, sim_id)) - {first.own_id}
    clock.skip(first.must_end_at - first.created_at)
    await sweep_until(ports, first.id, State.STOPPED)
    locator = CallLocator(LocatorKind.SERVER_CALL, str(first.server_call_id))
    started_again, _ = await sessions.start(ports, StartRequest(call=locator, locale="en-US"))
    second = await until_state(ports, started_again.id, State.ACTIVE)
    bots = {str(first.own_id), str(second.own_id)}
    await until_told(ports, first, {callee, *bots})
    await cloud.sim("POST", f"calls/{sim_id}/leave", {"rawId": callee})
    for one in (first, second):
        await until_told(ports, one, bots)
    clock.skip(COUNT_AGAIN_MS + SOON_MS)
    await sweep(ports)
    await until_told(ports, second, {str(second.own_id)})
    clock.skip(ALONE_FOR_MS + SOON_MS)
    room = Room(ports, cloud, second, sim_id)
    await goes(room)
    assert await room.states() == ["disconnected", "disconnected"]


async def until_told(ports: SessionPorts, session: Session, people: set[str]) -> None:
    """Waits until the session's newest news is that these are in its call."""

    async def is_told() -> bool:
        entries = await ports.store.journal(session.id)
        news = [entry.detail for entry in entries if entry.name == "participants-changed"]
        newest = max(news, key=lambda told: int(told["sequence"]), default={"people": ()})
        return set(newest["people"]) == people

    await until_async(is_told)
