"""Event Grid says that a call is over, be the callbacks of its connections lost or late: then ACS is asked at once."""

from dataclasses import replace

import pytest

from functions.errors import Conflict
from functions.lifecycle.session import Cause, Connection, Session, State
from functions.services import people, sessions
from functions.services.claims import server_call_key
from functions.services.ports import Claim, SessionPorts
from functions.services.upkeep import sweep
from tests.service.bed import (
    Clock,
    Crashed,
    WatchedPort,
    crash_after,
    crash_before,
    group_call,
    new_group,
    new_session,
)
from tests.service.cloud import Cloud, take_in
from tests.service.phones import answered, placed, sim_of
from tests.service.steps import session_of, started, stopped
from tests.waiting import until

SOURCE = "/subscriptions/local/communicationservices/local"
WAYS = ("joined", "placed", "answered")


async def end(ports: SessionPorts, session: Session, event_id: str = "1") -> None:
    await people.hear_end(ports, str(session.server_call_id), SOURCE, event_id)


async def in_a_call(way: str, ports: SessionPorts, cloud: Cloud) -> tuple[Session, str]:
    """A session in a call of that kind, and the call's id in the simulation."""
    if way == "joined":
        return await started(ports, cloud)
    session = await placed(ports, cloud) if way == "placed" else (await answered(ports, cloud))[0]
    return session, await sim_of(cloud, session)


async def over(cloud: Cloud, session: Session, sim_id: str) -> None:
    """The call is over, of which the session hears nothing."""
    cloud.callbacks.deaf = True
    await cloud.sim("POST", f"calls/{sim_id}/hangup", {})
    await until(lambda: cloud.callbacks.named(session.id, "CallDisconnected"))


@pytest.mark.parametrize("way", WAYS)
async def test_a_session_whose_callbacks_are_lost_ends_with_its_call(
    way: str, ports: SessionPorts, cloud: Cloud
) -> None:
    session, sim_id = await in_a_call(way, ports, cloud)
    await over(cloud, session, sim_id)
    await end(ports, session)
    ended = await session_of(ports, session.id)
    assert (ended.state, ended.cause, ended.connection) == (State.STOPPED, Cause.CLOSED, Connection.GONE)
    with pytest.raises(Conflict, match="Its call is over"):
        await sessions.restart(ports, session.id)


@pytest.mark.parametrize("way", WAYS)
async def test_news_of_an_end_that_is_none_end_nothing(way: str, ports: SessionPorts, cloud: Cloud) -> None:
    """They may be a day old, and of another call under the same id."""
    session, _ = await in_a_call(way, ports, cloud)
    await end(ports, session)
    assert (await session_of(ports, session.id)).state is State.ACTIVE


async def test_acs_is_asked_once(ports: SessionPorts, cloud: Cloud) -> None:
    session, sim_id = await started(ports, cloud)
    await over(cloud, session, sim_id)
    asked: list[str] = []
    watching = replace(ports, calls=lambda: WatchedPort(cloud.calls, [], asked.append))
    for _ in range(3):
        await end(watching, session)
    assert len(asked) == 1


async def test_news_of_the_end_that_come_again_are_one_entry(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    for _ in range(3):
        await end(ports, session)
    entries = await ports.store.journal(session.id)
    assert [entry.name for entry in entries].count("call-ended") == 1


async def test_the_callback_that_comes_after_changes_nothing(ports: SessionPorts, cloud: Cloud) -> None:
    session, sim_id = await started(ports, cloud)
    await over(cloud, session, sim_id)
    await end(ports, session)
    before = await session_of(ports, session.id)
    (disconnected,) = cloud.callbacks.named(session.id, "CallDisconnected")
    assert await take_in(ports, session.id, disconnected) == before


async def test_a_session_that_had_stopped_in_a_call_that_goes_on_learns_that_it_is_over(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, sim_id = await in_a_call("placed", ports, cloud)
    ended = await stopped(ports, session.id)
    assert ended.connection is Connection.CONNECTED
    await over(cloud, session, sim_id)
    await end(ports, session)
    after = await session_of(ports, session.id)
    assert (after.connection, after.ended_at) == (Connection.GONE, ended.ended_at)
    with pytest.raises(Conflict, match="Its call is over"):
        await sessions.restart(ports, session.id)


async def test_the_end_of_another_call_concerns_nobody(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    before = await session_of(ports, session.id)
    await people.hear_end(ports, f"another/{new_group()}", SOURCE, "1")
    assert await session_of(ports, session.id) == before


async def test_the_end_of_a_call_whose_session_was_never_made_concerns_nobody(
    ports: SessionPorts, cloud: Cloud
) -> None:
    ghost, server_call_id = new_session(), f"call/{new_group()}"
    claim = Claim(ghost.id, group_call(), ports.clock())
    await ports.claims.take(server_call_key(server_call_id), claim)
    await people.hear_end(ports, server_call_id, SOURCE, "1")
    assert await ports.store.load(ghost.id) is None


async def test_a_worker_that_dies_before_it_saves_the_news_leaves_them_to_the_next_delivery(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, sim_id = await started(ports, cloud)
    await over(cloud, session, sim_id)
    with pytest.raises(Crashed):
        await end(replace(ports, store=crash_before(ports.store, "save")), session)
    assert (await session_of(ports, session.id)).state is State.ACTIVE
    await end(ports, session)
    assert (await session_of(ports, session.id)).state is State.STOPPED


async def test_a_worker_that_dies_before_it_asks_leaves_the_question_to_the_sweep(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, sim_id = await started(ports, cloud)
    await over(cloud, session, sim_id)
    with pytest.raises(Crashed):
        await end(replace(ports, store=crash_after(ports.store, "save")), session)
    clock.skip(46_000)
    await sweep(ports)
    assert (await session_of(ports, session.id)).state is State.STOPPED


async def test_a_call_that_begins_again_under_its_name_gets_a_session_of_its_own(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, sim_id = await started(ports, cloud)
    await over(cloud, session, sim_id)
    await end(ports, session)
    second, moved = await sessions.start(ports, session.request)
    assert moved
    assert second.id != session.id
