"""One call has one session, whoever starts it and whatever became of the one before."""

import asyncio
from functools import partial

import pytest
from msgspec.structs import replace

from functions.errors import Conflict, Unavailable
from functions.lifecycle import events
from functions.lifecycle.commands import AskCall, Pending
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import (
    CallLocator,
    Cause,
    Desired,
    LocatorKind,
    SessionError,
    StartRequest,
    State,
)
from functions.services import sessions
from functions.services.applying import apply
from functions.services.claims import (
    NOBODYS,
    SESSION_COMES_WITHIN_MS,
    holder_of,
    is_alive,
    point_to,
    take_call,
)
from functions.services.ports import Claim, SessionPorts
from functions.triggers.call_events import data_of
from tests.service.bed import Clock, entry_of, group_call, key_of, new_group, new_session, unwell
from tests.service.cloud import Cloud, take_in
from tests.service.steps import connecting, session_of, until_state
from tests.waiting import until


def server_call(server_call_id: str) -> StartRequest:
    return StartRequest(call=CallLocator(LocatorKind.SERVER_CALL, server_call_id), locale="en-US")


async def test_starts_of_one_call_at_once_get_one_session_and_one_bot(
    ports: SessionPorts, cloud: Cloud
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    answers = await asyncio.gather(*(sessions.start(ports, group_call(group)) for _ in range(6)))
    assert len({session.id for session, _ in answers}) == 1
    await until_state(ports, answers[0][0].id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1


async def test_starts_of_different_calls_get_different_sessions(ports: SessionPorts, cloud: Cloud) -> None:
    answers = await asyncio.gather(*(sessions.start(ports, group_call()) for _ in range(3)))
    assert len({session.id for session, _ in answers}) == 3
    assert all(moved for _, moved in answers)


async def test_a_call_whose_session_has_ended_gets_a_new_session(ports: SessionPorts, cloud: Cloud) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    first, _ = await sessions.start(ports, group_call(group))
    await until_state(ports, first.id, State.ACTIVE)
    await sessions.stop(ports, first.id)
    await until_state(ports, first.id, State.STOPPED)
    second, moved = await sessions.start(ports, group_call(group))
    assert moved
    assert second.id != first.id
    await until_state(ports, second.id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 2


async def test_a_session_that_is_stopping_is_wanted_again(ports: SessionPorts, cloud: Cloud) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    first, _ = await sessions.start(ports, group_call(group))
    await until_state(ports, first.id, State.ACTIVE)
    cloud.callbacks.deaf = True
    await sessions.stop(ports, first.id)
    again, moved = await sessions.start(ports, group_call(group))
    assert (again.id, moved) == (first.id, True)
    await until(lambda: cloud.callbacks.named(first.id, "TranscriptionStopped"))
    cloud.callbacks.deaf = False
    await take_in(ports, first.id, cloud.callbacks.named(first.id, "TranscriptionStopped")[0])
    await until_state(ports, first.id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1


async def test_a_start_that_finds_a_session_end_under_its_hands_makes_a_new_one(
    ports: SessionPorts, cloud: Cloud
) -> None:
    group = new_group()
    ended = new_session(request=group_call(group))
    await ports.claims.take(key_of(ended.request), Claim(ended.id, ended.request, ports.clock()))
    await ports.store.insert(ended, entry_of(ended))

    class EndsJustNow:
        """The store, in which the session ends right after it was looked at for the first time."""

        looks = 0

        def __getattr__(self, name: str) -> object:
            return getattr(ports.store, name)

        async def load(self, session_id: str) -> object:
            stored = await ports.store.load(session_id)
            self.looks += 1
            if self.looks == 1 and stored is not None:
                over = replace(stored.session, ended_at=1, desired=Desired.STOPPED, pending=())
                await ports.store.save(stored, over, entry_of(over, "over"))
            return stored

    session, moved = await sessions.start(
        SessionPorts(**vars(ports) | {"store": EndsJustNow()}), group_call(group)
    )
    assert moved
    assert session.id != ended.id
    assert session.ended_at is None


async def test_a_young_claim_without_a_session_gets_its_session_under_its_id(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group, ghost = new_group(), new_session()
    mine = replace(group_call(group), tag="of the claim")
    await ports.claims.take(key_of(mine), Claim(ghost.id, mine, clock()))
    session, moved = await sessions.start(ports, replace(mine, tag="of the finder"))
    assert (session.id, moved) == (ghost.id, True)
    assert session.request.tag == "of the claim"
    assert session.created_at == ghost.created_at


async def test_an_old_claim_without_a_session_is_replaced(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group, ghost = new_group(), new_session()
    request = group_call(group)
    old = clock() - SESSION_COMES_WITHIN_MS
    await ports.claims.take(key_of(request), Claim(ghost.id, request, old))
    session, _ = await sessions.start(ports, request)
    assert session.id != ghost.id
    found = await ports.claims.read(key_of(request))
    assert found is not None
    assert found.claim.session_id == session.id
    assert await ports.store.load(ghost.id) is None


async def test_an_old_claim_is_taken_over_by_one_of_many(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    ghost, request = new_session(), group_call()
    key = key_of(request)
    await ports.claims.take(key, Claim(ghost.id, request, clock() - SESSION_COMES_WITHIN_MS))
    mine = [Claim(new_session().id, request, clock()) for _ in range(5)]
    winners = await asyncio.gather(
        *(take_call(ports.claims, key, claim, partial(is_alive, ports.store, clock())) for claim in mine)
    )
    assert len({claim.session_id for claim in winners}) == 1


async def test_a_store_that_fails_makes_a_start_unavailable(ports: SessionPorts, cloud: Cloud) -> None:
    failing = vars(ports) | {"claims": unwell(ports.claims, "take", Unavailable("down"))}
    with pytest.raises(Unavailable):
        await sessions.start(SessionPorts(**failing), group_call())


# --- one call under two names


async def test_a_session_that_learns_that_another_has_its_call_leaves_and_points_to_it(
    ports: SessionPorts, cloud: Cloud
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    assert "/" in call["serverCallId"] or len(call["serverCallId"]) > 20
    holder, _ = await sessions.start(ports, server_call(call["serverCallId"]))
    await until_state(ports, holder.id, State.ACTIVE)
    loser, moved = await sessions.start(ports, group_call(group))
    assert moved
    ended = await until_state(ports, loser.id, State.STOPPED)
    assert (ended.replaced_by, ended.cause) == (holder.id, Cause.CLOSED)
    assert (await session_of(ports, holder.id)).state is State.ACTIVE
    found, moved = await sessions.start(ports, group_call(group))
    assert (found.id, moved) == (holder.id, False)
    states = [connection["state"] for connection in await cloud.connections(call["simId"])]
    assert states == ["connected", "disconnected"]


async def test_the_server_call_of_a_session_that_ended_is_free(ports: SessionPorts, cloud: Cloud) -> None:
    session = new_session()
    await ports.store.insert(session, entry_of(session))
    ended = new_session(ended_at=5)
    await ports.store.insert(ended, entry_of(ended))
    server_call_id = f"a/b?c#d\\{session.id}"
    assert await holder_of(ports.claims, ports.store, ended, server_call_id, ports.clock()) is None
    assert await holder_of(ports.claims, ports.store, session, server_call_id, ports.clock()) is None
    other = new_session()
    await ports.store.insert(other, entry_of(other))
    assert await holder_of(ports.claims, ports.store, other, server_call_id, ports.clock()) == session.id


async def test_callconnected_said_twice_does_not_make_a_session_its_own_rival(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = await connecting(ports, cloud, new_group())
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    said = data_of(connected)
    event = events.CallConnected(said.call_connection_id, 1, said.server_call_id, said.correlation_id)
    for event_id in ("one", "two"):
        after = await apply(ports, session.id, Occurrence("acs", event_id, event))
    assert after.replaced_by is None
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionStarted"))


async def test_only_the_losers_own_claim_is_given_away(ports: SessionPorts, cloud: Cloud) -> None:
    request = group_call()
    key = key_of(request)
    owner = Claim(new_session().id, request, 1)
    taken = await ports.claims.take(key, owner)
    holder = new_session().id
    await point_to(ports.claims, key, "somebody else", holder)
    assert await ports.claims.read(key) == taken
    await point_to(ports.claims, key, owner.session_id, holder)
    found = await ports.claims.read(key)
    assert found is not None
    assert found.claim == Claim(holder, NOBODYS, owner.claimed_at)


async def test_a_rival_that_only_a_question_reveals_makes_a_session_leave_too(
    ports: SessionPorts, cloud: Cloud
) -> None:
    holder = new_session()
    await ports.store.insert(holder, entry_of(holder))
    server_call_id = f"https://flight.example/{holder.id}"
    await holder_of(ports.claims, ports.store, holder, server_call_id, ports.clock())
    question = Pending("9-0", AskCall("ours"), first_sent_at=0, leased_until=2**42)
    asking = new_session(call_connection_id="ours", pending=(question,))
    await ports.store.insert(asking, entry_of(asking))
    report = events.CallReported("9-0", "ours", "connected", server_call_id=server_call_id)
    told = await apply(ports, asking.id, Occurrence("command", "9-0-1", report))
    assert told.replaced_by == holder.id
    assert told.desired is Desired.STOPPED


async def test_a_start_of_a_call_whose_session_is_failing_is_told_to_come_again(
    ports: SessionPorts, cloud: Cloud
) -> None:
    request = group_call(new_group())
    error = SessionError(code=500, sub_code=8580, message="shut down", remedy="again", retryable=True)
    failing = new_session(request=request, desired=Desired.STOPPED, error=error)
    await ports.store.insert(failing, entry_of(failing))
    await ports.claims.take(key_of(request), Claim(failing.id, request, ports.clock()))
    with pytest.raises(Conflict) as refused:
        await sessions.start(ports, request)
    assert "again" in refused.value.remedy


async def test_a_session_does_not_leave_a_call_to_one_that_was_never_written(
    ports: SessionPorts, cloud: Cloud
) -> None:
    server_call_id = f"flight/{new_group()}"
    ghost = Claim(new_session().id, server_call(server_call_id), ports.clock())
    await ports.claims.take(key_of(ghost.request), ghost)
    session = new_session()
    await ports.store.insert(session, entry_of(session))
    assert await holder_of(ports.claims, ports.store, session, server_call_id, ports.clock()) is None


async def test_a_session_does_not_leave_a_call_to_one_that_is_being_stopped(
    ports: SessionPorts, cloud: Cloud
) -> None:
    server_call_id = f"flight/{new_group()}"
    stopping = new_session(desired=Desired.STOPPED)
    await ports.store.insert(stopping, entry_of(stopping))
    await ports.claims.take(
        key_of(server_call(server_call_id)),
        Claim(stopping.id, server_call(server_call_id), ports.clock()),
    )
    session = new_session()
    await ports.store.insert(session, entry_of(session))
    assert await holder_of(ports.claims, ports.store, session, server_call_id, ports.clock()) is None
