"""What was erased is gone, whatever went wrong on the way."""

import asyncio
from typing import Any

import aiohttp
import pytest

from functions.errors import NotFound
from functions.lifecycle import events
from functions.lifecycle.deadlines import ERASE_AGAIN_MS, ERASE_FOR_MS, TRANSCRIPT_ENDS_WITHIN_MS
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import CallLocator, Connection, Desired, Session, State
from functions.services import erasure, people, sessions
from functions.services.applying import apply
from functions.services.claims import server_call_key
from functions.services.ports import SessionPorts
from functions.services.session_list import Filters, list_newest
from functions.services.transcript_sockets import open_socket
from functions.services.transcript_stream import Socket
from functions.triggers.call_events import data_of
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import (
    Clock,
    Tables,
    all_of,
    group_call,
    key_of,
    new_group,
    new_session,
    timers_of,
)
from tests.service.cloud import HERE, Cloud, take_in, watch
from tests.service.line import stream_ports
from tests.service.phones import answered, placed, sim_of
from tests.service.speech import ADA
from tests.service.steps import connecting, session_of, stopped, until_state
from tests.service.told import Told, nothing_is_left, raw, rows_with, speak, sweep_later

# --- what is gone


async def test_words_journal_claims_names_and_index_are_gone(
    told: Told, ports: SessionPorts, tables: Tables
) -> None:
    for secret in told.secrets:
        assert await rows_with(tables, secret) != []
    assert await erasure.erase(ports, told.session.id)
    await nothing_is_left(told)


async def test_an_erased_session_is_found_by_nobody(told: Told, ports: SessionPorts) -> None:
    await erasure.erase(ports, told.session.id)
    with pytest.raises(NotFound):
        await sessions.load(ports, told.session.id)
    with pytest.raises(NotFound):
        await sessions.stop(ports, told.session.id)
    with pytest.raises(NotFound):
        await sessions.name_speakers(ports, told.session.id, {ADA: told.name})
    assert await list_newest(ports.store, Filters(tag=told.tag), 5, None) == ([], None)


async def test_a_tombstone_remains_that_names_nobody_and_waits_for_nothing(
    told: Told, ports: SessionPorts, tables: Tables, clock: Clock
) -> None:
    await erasure.erase(ports, told.session.id)
    await sweep_later(ports, clock, TRANSCRIPT_ENDS_WITHIN_MS + ERASE_FOR_MS + 1)
    tombstone = await raw(ports, told.session)
    call = told.session.request.call
    assert isinstance(call, CallLocator)
    assert call.value not in str(tombstone)
    assert await rows_with(tables, call.value) == []
    assert tombstone.pending == ()
    await sweep_later(ports, clock, 180_000, 180_000)
    assert await timers_of(tables, told.session.id) == []


async def test_numbers_of_people_are_gone_in_the_end(
    ports: SessionPorts, tables: Tables, cloud: Cloud, clock: Clock
) -> None:
    session, rings = await answered(ports, cloud)
    await cloud.sim("POST", f"calls/{rings.sim_id}/hangup", {})
    await until_state(ports, session.id, State.STOPPED)
    await erasure.erase(ports, session.id)
    await sweep_later(ports, clock, TRANSCRIPT_ENDS_WITHIN_MS + ERASE_FOR_MS + 1)
    assert await rows_with(tables, rings.call.caller, rings.call.context) == []


async def test_it_takes_some_time_until_there_is_nothing_more_to_erase(
    told_running: Told, ports: SessionPorts, clock: Clock
) -> None:
    assert await erasure.erase(ports, told_running.session.id)
    assert await erasure.erase(ports, told_running.session.id)

    async def has_ended() -> bool:
        return (await raw(ports, told_running.session)).ended_at is not None

    await until_async(has_ended)
    await sweep_later(ports, clock, ERASE_AGAIN_MS + 1)
    for _ in range(2):
        assert not await erasure.erase(ports, told_running.session.id)
    await nothing_is_left(told_running)


async def test_an_unknown_session_cannot_be_erased(ports: SessionPorts, cloud: Cloud) -> None:
    with pytest.raises(NotFound):
        await erasure.erase(ports, new_session().id)


async def test_two_who_erase_at_once_both_may(told: Told, ports: SessionPorts) -> None:
    assert any(await asyncio.gather(*(erasure.erase(ports, told.session.id) for _ in range(4))))
    await nothing_is_left(told)


# --- sockets, and frames on their way


async def test_every_socket_of_the_session_is_closed(
    told_running: Told, ports: SessionPorts, cloud: Cloud
) -> None:
    viewer, stranger = await watch(cloud, told_running.session.id), await watch(cloud, new_session().id)

    async def transcript_sockets() -> list[Any]:
        found = await cloud.web_pubsub.connections("transcript")
        return [socket for socket in found if told_running.session.id in str(socket)]

    assert len(await transcript_sockets()) == 1
    await erasure.erase(ports, told_running.session.id)

    async def all_closed() -> bool:
        return await transcript_sockets() == []

    await until_async(all_closed)
    async with asyncio.timeout(20):
        while (await viewer.receive()).type is not aiohttp.WSMsgType.CLOSE:
            pass
    assert not stranger.closed
    await viewer.close()
    await stranger.close()


async def test_no_new_socket_is_let_in(told_running: Told, ports: SessionPorts, tables: Tables) -> None:
    await erasure.erase(ports, told_running.session.id)
    frames = stream_ports(ports, tables)
    with pytest.raises(NotFound):
        await open_socket(
            frames, Socket("s", told_running.session.id, HERE), told_running.session.call_connection_id, "0"
        )


async def test_a_frame_that_comes_in_late_is_erased_by_a_later_sweep(
    told: Told, ports: SessionPorts, tables: Tables, clock: Clock
) -> None:
    clock.fixed = clock()
    await erasure.erase(ports, told.session.id)
    for minute in range(11):
        await speak(tables, told.session, f"{told.words} {minute}", 1_000 + minute)
        await sweep_later(ports, clock, ERASE_AGAIN_MS + 1)
        assert await all_of(tables.segments.segments(told.session.id, "")) == []
    assert await rows_with(tables, told.words) == []


async def test_erasing_goes_on_until_ten_minutes_after_the_last_socket_is_gone(
    told_running: Told, ports: SessionPorts, tables: Tables, clock: Clock
) -> None:
    opened = Occurrence("test", "socket", events.SocketOpened("s"))
    await apply(ports, told_running.session.id, opened)
    await stopped(ports, told_running.session.id)
    await erasure.erase(ports, told_running.session.id)
    await sweep_later(ports, clock, ERASE_FOR_MS)
    assert (await raw(ports, told_running.session)).erasure_due is not None
    await speak(tables, told_running.session, told_running.words)
    await sweep_later(ports, clock, TRANSCRIPT_ENDS_WITHIN_MS + 1_000, ERASE_AGAIN_MS)
    assert (await raw(ports, told_running.session)).erasure_due is None
    assert await rows_with(tables, told_running.words) == []


# --- a session that still runs


async def test_a_session_that_runs_leaves_its_call(
    told_running: Told, ports: SessionPorts, cloud: Cloud
) -> None:
    await erasure.erase(ports, told_running.session.id)

    async def is_out() -> bool:
        return [found["state"] for found in await cloud.connections(told_running.sim_id)] == ["disconnected"]

    await until_async(is_out)
    after = await raw(ports, told_running.session)
    assert (after.desired, after.names, after.speakers) == (Desired.STOPPED, {}, {})


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_a_session_that_placed_or_answered_its_call_stops_and_hangs_up_on_nobody(
    way: str, ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud) if way == "placed" else (await answered(ports, cloud))[0]
    sim_id = await sim_of(cloud, session)
    await erasure.erase(ports, session.id)

    async def is_silent() -> bool:
        (connection,) = await cloud.connections(sim_id)
        return not connection["transcribing"]

    await until_async(is_silent)
    (connection,) = await cloud.connections(sim_id)
    assert connection["state"] == "connected"


async def test_a_session_that_is_still_joining_leaves_as_soon_as_it_can(
    ports: SessionPorts, tables: Tables, cloud: Cloud, clock: Clock
) -> None:
    session, name = await connecting(ports, cloud, new_group()), f"name of {new_group()}"
    await people.hear_names(ports, server_call_id_of(cloud, session), {ADA: name})
    await erasure.erase(ports, session.id)
    cloud.callbacks.deaf = False
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    await take_in(ports, session.id, connected)

    async def has_ended() -> bool:
        return (await raw(ports, session)).ended_at is not None

    await until_async(has_ended)
    after = await raw(ports, session)
    assert (after.connection, after.names) == (Connection.GONE, {})
    await sweep_later(ports, clock, ERASE_AGAIN_MS + 1)
    assert await rows_with(tables, name) == []
    assert await ports.claims.read(server_call_key(str(after.server_call_id))) is None


def server_call_id_of(cloud: Cloud, session: Session) -> str:
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    return str(data_of(connected).server_call_id)


async def test_the_call_of_an_erased_session_may_be_started_again(told: Told, ports: SessionPorts) -> None:
    await erasure.erase(ports, told.session.id)
    again, moved = await sessions.start(ports, group_call(group_of(told.session)))
    assert moved
    assert again.id != told.session.id
    await until_state(ports, again.id, State.ACTIVE)


def group_of(session: Session) -> str:
    assert isinstance(session.request.call, CallLocator)
    return session.request.call.value


async def test_claims_and_names_that_another_session_has_now_stay(told: Told, ports: SessionPorts) -> None:
    second, _ = await sessions.start(ports, group_call(group_of(told.session)))
    active = await until_state(ports, second.id, State.ACTIVE)
    await erasure.erase(ports, told.session.id)
    for key in (key_of(second.request), server_call_key(str(active.server_call_id))):
        claim = await ports.claims.read(key)
        assert claim is not None
        assert claim.claim.session_id == second.id
    assert (await session_of(ports, second.id)).names == {ADA: told.name}
