"""Load, decide, save, perform: what a save costs, and what holds when many things happen at once."""

import asyncio
import logging
from dataclasses import replace

import pytest
from msgspec import structs

from functions.adapters.web_pubsub import WebPubSubViewers
from functions.errors import NotFound
from functions.lifecycle import events
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.pending import FIRST_PAUSE_MS
from functions.lifecycle.session import CallLocator, Desired, LocatorKind, StartRequest, State
from functions.lifecycle.view import view_call
from functions.services import sessions
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.services.session_list import Filters, list_newest
from functions.services.upkeep import sweep
from functions.triggers.call_events import data_of
from tests.service.bed import (
    Clock,
    entry_of,
    group_call,
    just_before,
    new_group,
    new_session,
    transcribed,
    watched,
)
from tests.service.cloud import (
    HERE,
    IMPATIENT_SECONDS,
    Cloud,
    next_message,
    opened_by_key,
    silent_service,
    take_in,
    watch,
)
from tests.service.steps import HTTP_LOG, connecting, requests, session_of, stopped, until_state


async def test_a_call_is_transcribed_from_start_to_stop(ports: SessionPorts, cloud: Cloud) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    session, moved = await sessions.start(ports, group_call(group))
    assert moved
    active = await until_state(ports, session.id, State.ACTIVE)
    assert active.server_call_id == call["serverCallId"]
    assert "/" in call["serverCallId"] or "=" in call["serverCallId"]
    _, moved = await sessions.stop(ports, session.id)
    assert moved
    await until_state(ports, session.id, State.STOPPED)
    (connection,) = await cloud.connections(call["simId"])
    assert connection["state"] == "disconnected"
    ended = await stopped(ports, session.id)
    assert await sessions.stop(ports, session.id) == (ended, False)


async def test_an_event_that_only_changes_the_session_costs_a_read_and_a_transaction(
    ports: SessionPorts, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    caplog.set_level(logging.INFO, HTTP_LOG)
    changed = await apply(ports, session.id, Occurrence("test", "opened", events.SocketOpened("s")))
    assert changed.sockets == ("s",)
    assert requests(caplog) == ["GET VerbatimSessions", "POST $batch"]


async def test_an_event_with_an_earlier_deadline_costs_one_timer_row_more_and_its_outcome_no_read(
    ports: SessionPorts, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    session = await connecting(ports, cloud, new_group())
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    event = events.CallConnected(data_of(connected).call_connection_id, 1)
    caplog.set_level(logging.INFO, HTTP_LOG)
    starting = await apply(ports, session.id, Occurrence("acs", "connected", event))
    assert starting.state is State.STARTING
    assert starting.pending == ()
    sent = requests(caplog)
    assert sent[0] == "GET VerbatimSessions"
    assert sent[1].endswith("VerbatimTimers")
    assert sent[2:] == ["POST $batch", "POST $batch"]


async def test_a_timer_row_stands_before_the_session_that_needs_it(ports: SessionPorts, cloud: Cloud) -> None:
    seen: list[str] = []
    watching = replace(ports, timers=watched(ports.timers, seen), store=watched(ports.store, seen))
    await sessions.start(watching, group_call())
    assert seen.index("put") < seen.index("insert")
    assert seen.index("list_newest") < seen.index("insert")


async def test_one_event_for_two_workers_at_once_is_one_entry_and_performed_once(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = await connecting(ports, cloud, new_group())
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    await asyncio.gather(*(take_in(watching, session.id, connected) for _ in range(4)))
    await take_in(watching, session.id, connected)
    assert performed == ["start_transcription"]
    entries = await ports.store.journal(session.id)
    assert [entry.name for entry in entries].count("call-connected") == 1


async def test_eight_events_at_once_all_take_effect(ports: SessionPorts, cloud: Cloud) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    happened = [Occurrence("test", f"{n}", events.SocketOpened(f"socket-{n}")) for n in range(8)]
    await asyncio.gather(*(apply(ports, session.id, one) for one in happened))
    entries = await ports.store.journal(session.id)
    assert sorted(entry.detail["socket"] for entry in entries if entry.name == "socket-opened") == [
        f"socket-{n}" for n in range(8)
    ]
    assert (await session_of(ports, session.id)).revision == session.revision + 8


async def test_an_event_that_changes_nothing_is_in_the_journal_and_its_repeat_is_not(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    for _ in range(2):
        noted = Occurrence("calls/with/slashes#?", "id/1", events.CallbackNoted("ParticipantsUpdated"))
        assert await apply(ports, session.id, noted) == session
    names = [entry.name for entry in await ports.store.journal(session.id)]
    assert names.count("callback-noted") == 1


async def test_news_that_meant_nothing_is_looked_at_again_if_somebody_saved_meanwhile(
    ports: SessionPorts, cloud: Cloud
) -> None:
    """Who is in the call is told before the answer that names our connection was saved."""
    session = new_session()
    await ports.store.insert(session, entry_of(session))
    answer = Occurrence("command", "0-0-1", events.ConnectAnswered("0-0", 1, "ours"))
    late = replace(ports, store=just_before(ports.store, "note", lambda: apply(ports, session.id, answer)))
    people = Occurrence("acs", "1", events.ParticipantsChanged("ours", ("8:acs:ada",), 1))
    after = await apply(late, session.id, people)
    assert (after.call_connection_id, after.participants_seen) == ("ours", 1)
    assert after == await session_of(ports, session.id)
    entries = await ports.store.journal(session.id)
    assert [(entry.name, entry.revision) for entry in entries[1:]] == [
        ("connect-answered", session.revision + 1),
        ("participants-changed", session.revision + 2),
    ]


async def test_time_that_changes_nothing_leaves_no_entry(ports: SessionPorts, cloud: Cloud) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    await apply(ports, session.id, Occurrence("time", "1", events.TimePassed()))
    assert len(await ports.store.journal(session.id)) == 1


@pytest.mark.parametrize("session_id", ["", "../etc", "x" * 5_000, new_session().id, "💥" * 26])
async def test_a_session_that_does_not_exist_is_not_found(ports: SessionPorts, session_id: str) -> None:
    with pytest.raises(NotFound):
        await sessions.load(ports, session_id)
    with pytest.raises(NotFound):
        await apply(ports, session_id, Occurrence("test", "1", events.TimePassed()))


# --- viewers


async def test_viewers_are_told_of_a_change_that_they_can_see(ports: SessionPorts, cloud: Cloud) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    viewer = await watch(cloud, session.id)
    await apply(ports, session.id, Occurrence("test", "socket", events.SocketOpened("unseen")))
    await apply(ports, session.id, Occurrence("test", "stop", events.StopRequested()))
    told = await next_message(viewer)
    assert (told["type"], told["id"], told["desired"]) == ("session", session.id, "stopped")
    assert not {"ticket", "secret"} & set(told)
    await viewer.close()


async def test_viewers_who_cannot_be_told_do_not_fail_a_save(ports: SessionPorts, cloud: Cloud) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    await cloud.web_pubsub.sim("POST", "faults", {"sends": {"status": 503, "times": 1}})
    await apply(ports, session.id, Occurrence("test", "stop", events.StopRequested()))
    assert (await session_of(ports, session.id)).desired is Desired.STOPPED


async def test_viewers_who_never_answer_hold_a_save_up_for_seconds_only(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = transcribed()
    await ports.store.insert(session, entry_of(session))
    async with silent_service() as url:
        viewers = WebPubSubViewers(opened_by_key(url))
        async with viewers.client:
            stop = Occurrence("test", "stop", events.StopRequested())
            async with asyncio.timeout(20):  # the SDK's own time-out takes minutes
                await apply(replace(ports, viewers={HERE: viewers}), session.id, stop)


# --- lists


async def test_a_list_shows_what_its_filters_ask_for_page_by_page(ports: SessionPorts, cloud: Cloud) -> None:
    tag = new_group()
    made = []
    for age in range(5):
        request = structs.replace(group_call(), tag=tag if age % 2 == 0 else "other")
        session = new_session(8_000_000_000_000 + age, request=request)
        await ports.store.list_newest(session)
        await ports.store.insert(session, entry_of(session))
        made.append(session)
    wanted = [session.id for session in reversed(made) if session.request.tag == tag]
    first, behind = await list_newest(ports.store, Filters(tag=tag), 2, None)
    second, end = await list_newest(ports.store, Filters(tag=tag), 2, behind)
    assert [session.id for session in first] == wanted[:2]
    assert [session.id for session in second] == wanted[2:]
    assert end is None
    group = view_call(made[1]).group_call_id
    found, _ = await list_newest(ports.store, Filters(group_call_id=group), 5, None)
    assert [session.id for session in found] == [made[1].id]
    assert await list_newest(ports.store, Filters(tag=tag, state="failed"), 5, None) == ([], None)


async def test_an_index_row_whose_session_was_never_written_is_passed_over(
    ports: SessionPorts, cloud: Cloud
) -> None:
    ghost, real = new_session(8_500_000_000_001), new_session(8_500_000_000_000)
    await ports.store.list_newest(ghost)
    await ports.store.list_newest(real)
    await ports.store.insert(real, entry_of(real))
    found, _ = await list_newest(ports.store, Filters(), 1, None)
    assert [session.id for session in found] == [real.id]


# --- commands that ACS does not take


async def test_a_call_that_acs_refuses_ends_the_session_with_its_numbers_and_a_remedy(
    ports: SessionPorts, cloud: Cloud
) -> None:
    gone = StartRequest(call=CallLocator(LocatorKind.SERVER_CALL, new_group() + "/=="), locale="en-US")
    session, _ = await sessions.start(ports, gone)
    assert session.state is State.FAILED
    assert session.error is not None
    assert session.error.code == 404
    assert session.error.remedy


async def test_a_command_without_an_answer_is_soon_performed_again_by_the_sweep(
    ports: SessionPorts, cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    await cloud.sim("POST", "faults", {"operation": "connect", "do": "timeout-before", "times": 1})
    with monkeypatch.context() as quicker:
        quicker.setattr("functions.adapters.call_automation.TOTAL_SECONDS", IMPATIENT_SECONDS)
        session, moved = await sessions.start(ports, group_call(group))
    assert moved
    assert [pending.performed for pending in session.pending] == [1]
    assert await sweep(ports) == 0
    clock.skip(FIRST_PAUSE_MS + 1)
    assert await sweep(ports) == 1
    await until_state(ports, session.id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1
