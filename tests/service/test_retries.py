"""A transcription that fails is tried again, some times, if that may help."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from functions.errors import Unavailable
from functions.lifecycle.deadlines import MOST_FAILURES, PAUSES_MS, START_WITHIN_MS
from functions.lifecycle.events import TranscriptionStopped
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Cause, Session, State
from functions.services import sessions
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.services.upkeep import sweep
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import Clock, WatchedPort, group_call, new_group, unwell, watched
from tests.service.cloud import HERE, IMPATIENT_SECONDS, Cloud, take_in
from tests.service.phones import placed, sim_of
from tests.service.steps import connecting, session_of, started, stopped, sweep_until, until_state
from tests.waiting import until

PAST_ANY_PAUSE_MS = 80_000


@pytest.fixture(autouse=True)
def rests_are_left_to_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no test waits for them."""
    monkeypatch.setattr("functions.services.applying.SHORT_REST_MS", 0)


async def fail_starts(cloud: Cloud, times: int, code: int = 500, sub_code: int = 9999) -> None:
    fault = {"operation": "start", "do": "code", "code": code, "subCode": sub_code, "times": times}
    await cloud.sim("POST", "faults", fault)


async def until_failed(ports: SessionPorts, session: Session, times: int) -> Session:
    async def is_so() -> bool:
        found = await session_of(ports, session.id)
        return found.failures >= times and found.retry_at is not None

    await until_async(is_so)
    return await session_of(ports, session.id)


async def starting(ports: SessionPorts, cloud: Cloud) -> tuple[Session, str, list[str]]:
    """A session whose first start is under way, its call, and what is asked of ACS."""
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    cloud.callbacks.ports = watching
    group = new_group()
    call = await cloud.make_call(group)
    session, _ = await sessions.start(watching, group_call(group))
    return session, str(call["simId"]), performed


async def connected_soon(ports: SessionPorts, cloud: Cloud) -> tuple[Session, SessionPorts, list[str]]:
    """A session that will hear only when it is let that it is in its call, its ports, and what is asked of ACS."""
    performed: list[str] = []
    watching = replace(ports, calls=lambda: watched(cloud.calls, performed))
    cloud.callbacks.ports = watching
    return await connecting(watching, cloud, new_group()), watching, performed


async def live_through(
    ports: SessionPorts, clock: Clock, session: Session, times: int
) -> list[dict[str, Any]]:
    """So many failures and the rest after each; how long it rested (ms) and what it said of its trouble."""
    seen = []
    for number in range(times):
        failed = await until_failed(ports, session, number + 1)
        assert failed.retry_at is not None
        assert failed.trouble is not None
        seen.append({"rest": failed.retry_at - clock(), "retryable": failed.trouble.retryable})
        assert failed.state is State.STARTING
        clock.skip(PAST_ANY_PAUSE_MS)
        await sweep(ports)
    return seen


async def test_three_failures_then_it_works(
    ports: SessionPorts, cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.services.counts.LINE_EVERY_MS", 1_000_000_000)  # nothing is told meanwhile
    await fail_starts(cloud, 3)
    session, sim_id, performed = await starting(ports, cloud)
    seen = await live_through(watching_of(cloud), clock, session, 3)
    active = await until_state(ports, session.id, State.ACTIVE)
    assert performed.count("start_transcription") == 4
    assert (active.error, active.trouble) == (None, None)
    assert all(one["retryable"] for one in seen)
    for one, pause in zip(seen, PAUSES_MS, strict=False):
        assert one["rest"] <= pause * 1.25
    (connection,) = await cloud.connections(sim_id)
    assert connection["transcribing"]
    assert ports.counts.failures == {"500/9999": 3}
    assert ports.counts.done["becameActive"] == 1


def watching_of(cloud: Cloud) -> SessionPorts:
    """The ports that the callbacks have."""
    assert cloud.callbacks.ports is not None
    return cloud.callbacks.ports


async def test_a_failure_past_the_limit_ends_the_session_with_a_remedy_and_takes_the_bot_away(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    await fail_starts(cloud, MOST_FAILURES + 1)
    session, sim_id, performed = await starting(ports, cloud)
    await live_through(watching_of(cloud), clock, session, MOST_FAILURES)
    failed = await sweep_until(ports, session.id, State.FAILED)
    assert failed.error is not None
    assert (failed.error.code, failed.error.sub_code, failed.cause) == (500, 9999, Cause.ERROR)
    assert failed.error.remedy
    assert performed.count("start_transcription") == MOST_FAILURES + 1
    assert [one["state"] for one in await cloud.connections(sim_id)] == ["disconnected"]


async def test_a_failure_that_a_repeat_will_not_change_ends_the_session_at_once(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    await fail_starts(cloud, 1, 403, 8565)
    session, sim_id, performed = await starting(ports, cloud)
    failed = await until_state(ports, session.id, State.FAILED)
    assert failed.error is not None
    assert (failed.error.sub_code, failed.error.retryable) == (8565, False)
    assert ports.counts.failures == {"403/8565": 1}
    assert performed.count("start_transcription") == 1
    assert [one["state"] for one in await cloud.connections(sim_id)] == ["disconnected"]


async def test_a_failure_in_a_call_that_we_placed_leaves_people_talking(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session = await placed(ports, cloud)
    sim_id = await sim_of(cloud, session)
    await stopped(ports, session.id)
    await fail_starts(cloud, 1, 403, 8565)
    await sessions.restart(ports, session.id)
    await until_state(ports, session.id, State.FAILED)
    assert [one["state"] for one in await cloud.connections(sim_id)] == ["connected"]


async def test_nothing_is_tried_again_after_a_stop(ports: SessionPorts, cloud: Cloud, clock: Clock) -> None:
    await fail_starts(cloud, 1)
    session, sim_id, performed = await starting(ports, cloud)
    await until_failed(ports, session, 1)
    await sessions.stop(watching_of(cloud), session.id)
    ended = await until_state(ports, session.id, State.STOPPED)
    clock.skip(PAST_ANY_PAUSE_MS)
    await sweep(watching_of(cloud))
    assert performed.count("start_transcription") == 1
    assert (ended.error, ended.cause) == (None, Cause.CLOSED)
    assert [one["state"] for one in await cloud.connections(sim_id)] == ["disconnected"]


async def test_a_failure_that_comes_after_a_stop_is_no_failure(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    await fail_starts(cloud, 1)
    session, ours, performed = await connected_soon(ports, cloud)
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    await take_in(ours, session.id, connected)
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionFailed"))
    cloud.callbacks.deaf = False
    await sessions.stop(ours, session.id)
    (failed,) = cloud.callbacks.named(session.id, "TranscriptionFailed")
    await take_in(ours, session.id, failed)
    ended = await until_state(ports, session.id, State.STOPPED)
    assert (ended.error, ended.trouble, ended.failures) == (None, None, 0)
    assert performed.count("start_transcription") == 1


async def test_a_connect_that_acs_takes_back_is_tried_again_as_another_attempt(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    fault = {"operation": "connect", "do": "code", "code": 500, "subCode": 9999, "times": 2}
    await cloud.sim("POST", "faults", fault)
    session, sim_id, performed = await starting(ports, cloud)
    for times in (1, 2):
        await until_failed(ports, session, times)
        clock.skip(PAST_ANY_PAUSE_MS)
        await sweep(watching_of(cloud))
    active = await until_state(ports, session.id, State.ACTIVE)
    assert (active.attempt, performed.count("connect")) == (3, 3)
    states = [one["state"] for one in await cloud.connections(sim_id)]
    assert states == ["disconnected", "disconnected", "connected"]


async def test_failures_far_apart_are_different_incidents(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session, _ = await started(ports, cloud)
    for _ in range(MOST_FAILURES + 2):
        clock.skip(61_000)
        await stop_by_acs(ports, session)
        failed = await until_failed(ports, session, 1)
        assert failed.failures == 1
        clock.skip(PAST_ANY_PAUSE_MS)
        await sweep(ports)
        clock.skip(START_WITHIN_MS + 1)
        await sweep_until(ports, session.id, State.ACTIVE)


async def stop_by_acs(ports: SessionPorts, session: Session) -> None:
    """ACS says that it stopped the transcription, though nobody asked it to."""
    stopped_by_itself = TranscriptionStopped(str(session.call_connection_id))
    await apply(ports, session.id, Occurrence("acs", new_group(), stopped_by_itself))


async def test_a_start_that_is_never_confirmed_is_asked_for_and_tried_again(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    """ACS takes the start and then forgets it."""
    fault = {"operation": "start", "do": "timeout-before", "times": 1}
    await cloud.sim("POST", "faults", fault)
    session, ours, performed = await connected_soon(ports, cloud)
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    with pytest.MonkeyPatch.context() as quicker:
        quicker.setattr("functions.adapters.call_automation.TOTAL_SECONDS", IMPATIENT_SECONDS)
        doubtful = await take_in(ours, session.id, connected)
    assert (doubtful.state, doubtful.pending) == (State.STARTING, ())
    cloud.callbacks.deaf = False
    clock.skip(START_WITHIN_MS + 1)
    await sweep(ours)
    assert "ask" in performed
    clock.skip(PAST_ANY_PAUSE_MS)
    await sweep_until(ours, session.id, State.ACTIVE)
    assert performed.count("start_transcription") == 1  # of the first nobody heard


async def test_short_rests_are_spent_where_the_failure_came_in(
    ports: SessionPorts, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep's period is longer than the first pause."""
    monkeypatch.setattr("functions.services.applying.SHORT_REST_MS", 3_000)
    await fail_starts(cloud, 1)
    session, _, performed = await starting(ports, cloud)
    await until_state(ports, session.id, State.ACTIVE)
    assert performed.count("start_transcription") == 2


async def test_a_rest_that_was_over_before_its_failure_was_taken_in_is_followed_at_once(
    ports: SessionPorts, cloud: Cloud, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Viewers who are told slowly cost more time than the first pause has."""
    monkeypatch.setattr("functions.services.applying.SHORT_REST_MS", 3_000)
    session, _ = await started(ports, cloud)
    slow = {HERE: WatchedPort(ports.viewers[HERE], [], lambda _: clock.skip(PAST_ANY_PAUSE_MS))}
    performed: list[str] = []
    slowly = replace(ports, viewers=slow, calls=lambda: watched(cloud.calls, performed))
    await stop_by_acs(slowly, session)
    assert performed == ["start_transcription"]


async def test_a_stop_does_not_wait_for_the_rest_that_it_ends(
    ports: SessionPorts, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_hour = 3_600_000
    monkeypatch.setattr("functions.lifecycle.deadlines.PAUSES_MS", (an_hour,))
    session, _ = await started(ports, cloud)
    await stop_by_acs(ports, session)
    monkeypatch.setattr("functions.services.applying.SHORT_REST_MS", 2 * an_hour)
    cloud.callbacks.deaf = True
    async with asyncio.timeout(20):
        leaving, _ = await sessions.stop(ports, session.id)
    assert leaving.state is State.STOPPING


async def test_a_rest_whose_worker_cannot_save_is_brought_back_by_the_sweep(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    await fail_starts(cloud, 1)
    session, _, _ = await starting(ports, cloud)
    await until_failed(ports, session, 1)
    clock.skip(PAST_ANY_PAUSE_MS)
    failing = replace(ports, store=unwell(ports.store, "save", Unavailable("down")))
    await sweep(failing)
    assert (await session_of(ports, session.id)).state is State.STARTING
    clock.skip(PAST_ANY_PAUSE_MS)
    await sweep_until(ports, session.id, State.ACTIVE)
