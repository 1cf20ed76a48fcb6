"""Sessions of which no words come are counted, and named in the log."""

import logging

import pytest

from functions.lifecycle import events
from functions.lifecycle.deadlines import COUNT_AGAIN_MS
from functions.lifecycle.events import Event
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import State
from functions.lifecycle.silence import LEAST_TRANSCRIBED_MS
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.services.upkeep import sweep
from tests.service.bed import Clock, Tables
from tests.service.cloud import Cloud
from tests.service.speech import ADA, final
from tests.service.steps import started, stopped, until_state

THREE = [{"rawId": raw_id, "displayName": raw_id} for raw_id in (ADA, "8:acs:ben", "8:acs:cem")]


async def test_a_call_of_which_nothing_is_heard_is_counted_and_named(
    ports: SessionPorts, cloud: Cloud, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    session, _ = await started(ports, cloud, speakers=THREE)
    clock.skip(COUNT_AGAIN_MS + 60_000)
    await sweep(ports)
    assert (await until_state(ports, session.id, State.ACTIVE)).state is State.ACTIVE
    assert ports.counts.done["silentSessions"] == 1
    clock.skip(COUNT_AGAIN_MS + 60_000)
    await sweep(ports)
    lines = [record for record in caplog.records if "nothing was heard for" in record.getMessage()]
    assert [line.levelno for line in lines] == [logging.WARNING] * 2
    assert all(f"session {session.id}: " in line.getMessage() for line in lines)


async def test_one_word_in_ten_minutes_is_enough(
    ports: SessionPorts, tables: Tables, cloud: Cloud, clock: Clock
) -> None:
    session, _ = await started(ports, cloud, speakers=THREE)
    clock.skip(COUNT_AGAIN_MS + 60_000)
    said = ports.clock() - session.created_at - 300_000
    await tables.segments.insert_segment(session.id, final("Hm.", said))
    await sweep(ports)
    assert ports.counts.done["silentSessions"] == 0


async def test_one_who_waits_alone_is_not_expected_to_talk(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    await started(ports, cloud, speakers=THREE[:1])
    clock.skip(COUNT_AGAIN_MS + 60_000)
    await sweep(ports)
    assert ports.counts.done["silentSessions"] == 0


@pytest.mark.parametrize("heard", [False, True])
async def test_a_session_that_ends_without_a_word_is_counted(
    heard: bool,  # noqa: FBT001 -- the parameter of a test
    ports: SessionPorts,
    cloud: Cloud,
    clock: Clock,
) -> None:
    session, _ = await started(ports, cloud)
    spoken: list[Event] = [events.SocketOpened("socket"), events.StreamBegan("socket", "socket.1")]
    for number, event in enumerate(spoken if heard else []):
        await apply(ports, session.id, Occurrence("test", str(number), event))
    clock.skip(LEAST_TRANSCRIBED_MS)
    await stopped(ports, session.id)
    assert ports.counts.done["withoutWords"] == (0 if heard else 1)
