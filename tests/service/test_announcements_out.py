"""Other systems hear what becomes of a session: each event once, whatever goes wrong."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from msgspec import structs

from functions.adapters.event_topic import EventGridTopic
from functions.lifecycle import events
from functions.lifecycle.deadlines import TRANSCRIPT_ENDS_WITHIN_MS
from functions.lifecycle.events import Outcome
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.pending import MOST_ANNOUNCEMENTS
from functions.lifecycle.session import CallLocator, LocatorKind, Session, StartRequest, State
from functions.services import erasure, sessions
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.services.session_list import Filters, list_newest
from functions.services.upkeep import sweep
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import (
    Clock,
    Crashed,
    WatchedPort,
    crash_after,
    crash_before,
    entry_of,
    group_call,
    new_group,
    transcribed,
)
from tests.service.cloud import Cloud, silent_service, take_in
from tests.service.steps import session_of, started, stopped, sweep_until, until_state
from tests.service.topic import Topic, listening_topic
from tests.waiting import until

WHOLE_LIFE = ["Session.Started", "Session.Stopped", "Transcript.Ready"]


@pytest.fixture
async def topic() -> AsyncIterator[Topic]:
    async with listening_topic() as listening:
        yield listening


@pytest.fixture
def ports(ports: SessionPorts, topic: Topic) -> SessionPorts:
    """The ports of an app that has a topic."""
    return replace(ports, topic=lambda: topic.adapter)


@pytest.fixture
async def running(ports: SessionPorts, cloud: Cloud) -> Session:
    """A session with an open socket whose transcription runs; nobody has heard of it yet."""
    session = transcribed(announces=True, sockets=("socket",))
    await ports.store.insert(session, entry_of(session))
    return session


async def tell(ports: SessionPorts, session: Session, *told: events.Event) -> Session:
    after = session
    for number, event in enumerate(told):
        name = f"{type(event).__name__} {number} {after.revision}"
        after = await apply(ports, session.id, Occurrence("test", name, event))
    return after


async def test_a_whole_life_is_told_in_order(ports: SessionPorts, cloud: Cloud, topic: Topic) -> None:
    session, _ = await started(ports, cloud)
    ended = await stopped(ports, session.id)
    await until(lambda: len(topic.of(session.id)) == 3)
    began, over, ready = topic.of(session.id)
    assert topic.names(session.id) == WHOLE_LIFE
    assert topic.repeated() == []
    assert len({event["id"] for event in (began, over, ready)}) == 3
    assert {event["specversion"] for event in (began, over, ready)} == {"1.0"}
    assert (began["data"]["id"], began["data"]["state"]) == (session.id, "active")
    assert (over["data"]["cause"], over["data"]["state"]) == ("closed", "stopped")
    assert over["data"]["startTime"] == over["data"]["startedAt"]
    assert over["data"]["revision"] <= ended.revision


async def test_a_failure_is_told_with_its_error(ports: SessionPorts, cloud: Cloud, topic: Topic) -> None:
    nowhere = StartRequest(call=CallLocator(LocatorKind.SERVER_CALL, new_group() + "/=="), locale="en-US")
    session, _ = await sessions.start(ports, nowhere)
    await until(lambda: topic.of(session.id))
    (failed,) = topic.of(session.id)
    assert failed["type"] == "Verbatim.Session.Failed"
    assert failed["data"]["error"]["code"] == 404
    assert failed["data"]["errorMessage"] == failed["data"]["error"]["message"]


async def test_an_interruption_and_its_end_are_told(
    running: Session, ports: SessionPorts, topic: Topic
) -> None:
    await tell(ports, running, events.SocketClosed("socket"), events.SocketOpened("next"))
    assert topic.names(running.id) == ["Session.Interrupted", "Session.Resumed"]


async def test_another_locale_is_told_and_is_no_interruption(
    ports: SessionPorts, cloud: Cloud, topic: Topic
) -> None:
    session, _ = await started(ports, cloud)
    await sessions.change_locale(ports, session.id, "de-DE")
    await until(lambda: len(topic.of(session.id)) == 2)
    assert topic.names(session.id) == ["Session.Started", "Session.LocaleChanged"]
    assert topic.of(session.id)[1]["data"]["locale"] == "de-DE"


async def test_the_transcript_is_ready_only_when_its_last_words_are_in(
    ports: SessionPorts, cloud: Cloud, topic: Topic, clock: Clock
) -> None:
    session, _ = await started(ports, cloud)
    await tell(ports, session, events.SocketOpened("socket"))
    await stopped(ports, session.id)
    await until(lambda: "Session.Stopped" in topic.names(session.id))
    assert "Transcript.Ready" not in topic.names(session.id)
    await tell(ports, session, events.SocketClosed("socket"))
    assert topic.names(session.id) == WHOLE_LIFE


async def test_the_transcript_is_ready_after_two_minutes_though_its_socket_never_closed(
    ports: SessionPorts, cloud: Cloud, topic: Topic, clock: Clock
) -> None:
    session, _ = await started(ports, cloud)
    await tell(ports, session, events.SocketOpened("socket"))
    await stopped(ports, session.id)
    clock.skip(TRANSCRIPT_ENDS_WITHIN_MS + 1_000)
    await sweep(ports)
    assert topic.names(session.id) == WHOLE_LIFE


async def test_names_of_people_and_secrets_are_told_to_nobody(
    ports: SessionPorts, cloud: Cloud, topic: Topic
) -> None:
    group = new_group()
    await cloud.make_call(group)
    request = structs.replace(group_call(group), speakers={"8:acs:ada": "Ada Lovelace"})
    session, _ = await sessions.start(ports, request)
    active = await until_state(ports, session.id, State.ACTIVE)
    await stopped(ports, session.id)
    await until(lambda: len(topic.of(session.id)) == 3)
    told = str(topic.taken)
    assert not [secret for secret in ("Lovelace", active.ticket, active.secret) if secret in told]


async def test_an_event_that_came_twice_to_us_is_told_once(
    ports: SessionPorts, cloud: Cloud, topic: Topic
) -> None:
    await cloud.sim("POST", "faults", {"callbacks": {"repeat": 1.0}})
    try:
        session, _ = await started(ports, cloud)
        await stopped(ports, session.id)
    finally:
        await cloud.sim("POST", "faults", {"callbacks": {}})
    await until(lambda: len(topic.of(session.id)) == 3)
    assert topic.names(session.id) == WHOLE_LIFE
    assert topic.repeated() == []


# --- workers that die


@pytest.mark.parametrize("crash", [crash_before, crash_after])
async def test_a_worker_that_dies_over_an_event_leaves_it_to_the_next_under_the_same_id(
    crash: Callable[..., Any], running: Session, ports: SessionPorts, topic: Topic, clock: Clock
) -> None:
    dying = replace(ports, topic=lambda: crash(topic.adapter, "publish"))
    with pytest.raises(Crashed):
        await tell(dying, running, events.SocketClosed("socket"))
    came = len(topic.taken)
    clock.skip(46_000)
    await sweep(ports)
    assert topic.names(running.id)[0] == "Session.Interrupted"
    assert len(topic.repeated()) == came
    assert all(pending.command for pending in (await session_of(ports, running.id)).pending)


async def test_a_life_whose_every_save_is_its_workers_last_is_told_all_the_same(
    ports: SessionPorts, cloud: Cloud, topic: Topic, clock: Clock
) -> None:
    group = new_group()
    await cloud.make_call(group)
    session = await connecting_to(ports, cloud, group)
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    with pytest.raises(Crashed):
        await take_in(replace(ports, store=crash_after(ports.store, "save")), session.id, connected)
    cloud.callbacks.deaf = False
    clock.skip(46_000)
    await sweep_until(ports, session.id, State.ACTIVE)
    with pytest.raises(Crashed):
        await sessions.stop(replace(ports, store=crash_after(ports.store, "save")), session.id)
    clock.skip(46_000)
    await sweep_until(ports, session.id, State.STOPPED)
    await until(lambda: len(topic.of(session.id)) == 3)
    assert topic.names(session.id) == WHOLE_LIFE


async def connecting_to(ports: SessionPorts, cloud: Cloud, group: str) -> Session:
    cloud.callbacks.deaf = True
    session, _ = await sessions.start(ports, group_call(group))
    await until(lambda: cloud.callbacks.named(session.id, "CallConnected"))
    return session


# --- a topic that is down


async def test_a_topic_that_is_down_for_an_hour_misses_nothing(
    ports: SessionPorts, cloud: Cloud, topic: Topic, clock: Clock
) -> None:
    topic.status = 503
    session, _ = await started(ports, cloud)
    await stopped(ports, session.id)
    await cloud.end()
    for _ in range(12):
        clock.skip(300_000)
        await sweep(ports)
    assert topic.taken == []
    topic.status = 200
    clock.skip(3_600_000)
    await sweep(ports)
    assert topic.names(session.id) == WHOLE_LIFE
    assert topic.repeated() == []
    assert (await session_of(ports, session.id)).pending == ()


async def test_a_topic_that_is_down_is_not_asked_all_the_time(
    running: Session, ports: SessionPorts, topic: Topic, clock: Clock
) -> None:
    topic.status = 503
    await tell(ports, running, events.SocketClosed("socket"))
    for _ in range(240):
        clock.skip(15_000)
        await sweep(ports)
    assert topic.tried <= 3 * MOST_ANNOUNCEMENTS  # it is interrupted, fails, and its transcript is ready


async def test_a_topic_that_is_gone_for_good_is_given_up(
    ports: SessionPorts, cloud: Cloud, topic: Topic, clock: Clock
) -> None:
    topic.status = 503
    session, _ = await started(ports, cloud)
    await stopped(ports, session.id)
    await cloud.end()
    for _ in range(30):
        clock.skip(3_600_000)
        await sweep(ports)
    assert (await session_of(ports, session.id)).pending == ()
    tried = topic.tried
    clock.skip(3_600_000)
    await sweep(ports)
    assert topic.tried == tried


async def test_an_event_that_the_topic_refuses_for_good_is_left_out(
    ports: SessionPorts, cloud: Cloud, topic: Topic, caplog: pytest.LogCaptureFixture
) -> None:
    topic.status = 401
    session, _ = await started(ports, cloud)
    await stopped(ports, session.id)

    async def nothing_is_left() -> bool:
        return (await session_of(ports, session.id)).pending == ()

    await until_async(nothing_is_left)
    assert "Announce was refused: 401" in caplog.text


async def test_a_topic_that_never_answers_holds_up_no_session(
    ports: SessionPorts, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.adapters.event_topic.TOTAL_SECONDS", 600)  # nobody waits that long
    adapter, group = EventGridTopic("", AzureKeyCredential("a key")), new_group()
    silent = replace(ports, topic=lambda: adapter)
    cloud.callbacks.ports = silent
    await cloud.make_call(group)
    async with adapter.http:
        async with silent_service() as adapter.endpoint:
            session, _ = await sessions.start(silent, group_call(group))
            await until_state(silent, session.id, State.ACTIVE)
            await sessions.stop(silent, session.id)
            await until_state(silent, session.id, State.STOPPED)
        await cloud.end()


async def test_commands_to_acs_are_performed_before_anybody_is_told(
    ports: SessionPorts, cloud: Cloud, topic: Topic
) -> None:
    performed: list[str] = []
    watching = replace(
        ports,
        calls=lambda: WatchedPort(cloud.calls, [], performed.append),
        topic=lambda: WatchedPort(topic.adapter, [], performed.append),
    )
    session = transcribed(announces=True, retry_at=None, sockets=("socket",))
    await ports.store.insert(session, entry_of(session))
    lost = events.TranscriptionFailed(str(session.call_connection_id), Outcome(400, 8565, "bad"))
    await tell(watching, session, lost)
    assert performed.index("leave") < performed.index("publish")


# --- those that are not told


async def test_a_session_of_an_app_without_a_topic_tells_nobody(ports: SessionPorts, cloud: Cloud) -> None:
    alone = replace(ports, topic=None)
    cloud.callbacks.ports = alone
    session, _ = await started(alone, cloud)
    assert (await stopped(alone, session.id)).pending == ()


async def test_a_topic_that_was_taken_away_fails_nothing(
    running: Session, ports: SessionPorts, topic: Topic
) -> None:
    after = await tell(replace(ports, topic=None), running, events.SocketClosed("socket"))
    assert (after.state, after.pending) == (State.INTERRUPTED, ())
    assert topic.tried == 0


async def test_of_an_erased_session_nothing_but_its_end_is_told(
    ports: SessionPorts, cloud: Cloud, topic: Topic
) -> None:
    group, tag = new_group(), f"tag of {new_group()}"
    await cloud.make_call(group)
    session, _ = await sessions.start(ports, structs.replace(group_call(group), tag=tag))
    await until_state(ports, session.id, State.ACTIVE)
    await until(lambda: topic.names(session.id) == ["Session.Started"])
    await erasure.erase(ports, session.id)
    await until(lambda: len(topic.of(session.id)) == 2)
    over = topic.of(session.id)[1]
    assert over["type"] == "Verbatim.Session.Stopped"
    assert set(over["data"]) == {"id", "revision", "state"}
    assert (await list_newest(ports.store, Filters(group_call_id=group), 1, None))[0] == []
