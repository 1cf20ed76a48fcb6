"""What things cost: requests to the table service, counted on the wire."""

import logging
from dataclasses import replace

import pytest
from msgspec.structs import replace as altered

from functions.lifecycle import events
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Desired, Session, Transcription
from functions.services import people, sessions
from functions.services.applying import apply, load_any
from functions.services.ports import SessionPorts, Timer
from functions.services.upkeep import sweep
from functions.triggers.call_events import read_event
from tests.service.bed import entry_of, group_call, new_group, new_session, transcribed, watched
from tests.service.cloud import Cloud
from tests.service.steps import HTTP_LOG, connecting, requests, session_of, started

OURS = "connection"
READ, SAVE, TIMER = "GET VerbatimSessions", "POST $batch", "PUT VerbatimTimers"
CHANGES: dict[str, Event] = {
    "people": events.ParticipantsChanged(OURS, ("8:acs:ada", "8:acs:ben"), 1),
    "resumed": events.TranscriptionResumed(OURS),
    "socket": events.SocketOpened("socket"),
    "names": events.SpeakersNamed({"8:acs:ada": "Ada"}),
}


@pytest.fixture
def wire(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The requests since `clear`."""
    caplog.set_level(logging.INFO, HTTP_LOG)
    return caplog


async def stored(ports: SessionPorts, session: Session) -> Session:
    await ports.store.insert(session, entry_of(session))
    return session


async def cost(
    wire: pytest.LogCaptureFixture, ports: SessionPorts, session: Session, event: Event
) -> list[str]:
    """What an event costs whose session was not read before."""
    wire.clear()
    await apply(ports, session.id, Occurrence("acs", new_group(), event))
    return requests(wire)


@pytest.mark.parametrize("what", CHANGES)
async def test_an_event_without_conflict_is_a_read_and_a_transaction(
    what: str, ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = transcribed(timer=ports.clock() + 10_000)
    if what == "resumed":
        session = altered(session, transcription=Transcription.STARTING, confirmed_locale=None)
    await stored(ports, session)
    assert await cost(wire, ports, session, CHANGES[what]) == [READ, SAVE]


async def test_an_event_that_sets_a_deadline_is_one_timer_row_more_before_its_transaction(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = await stored(ports, transcribed(sockets=("socket",)))
    assert await cost(wire, ports, session, events.SocketClosed("socket")) == [READ, TIMER, SAVE]


async def test_an_event_whose_session_was_read_at_the_door_is_a_transaction(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = await stored(ports, transcribed(timer=ports.clock() + 10_000))
    known = await load_any(ports, session.id)
    wire.clear()
    await apply(ports, session.id, Occurrence("acs", "1", CHANGES["people"]), known)
    assert requests(wire) == [SAVE]


async def test_an_event_that_changes_nothing_is_a_read_and_a_transaction(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = await stored(ports, transcribed())
    assert await cost(wire, ports, session, events.CallbackNoted("RecordingStateChanged")) == [READ, SAVE]


async def test_time_that_changes_nothing_is_a_read(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = await stored(ports, transcribed())
    assert await cost(wire, ports, session, events.TimePassed()) == [READ]


async def test_call_connected_costs_the_claim_and_the_names_of_two_days_more(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = await connecting(ports, cloud, new_group())
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    await ports.names.of_call("none", ports.clock())  # the table is there
    told = await cost(wire, ports, session, read_event(connected))
    claim_and_names = ["POST VerbatimClaims", "GET VerbatimNames", "GET VerbatimNames"]
    command = [SAVE]  # the outcome of the start that follows, whose session need not be read
    assert told == [READ, *claim_and_names, TIMER, SAVE, *command]


async def test_a_start_is_the_claim_the_index_the_timer_and_two_transactions(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    cloud.callbacks.deaf = True
    wire.clear()
    await sessions.start(ports, group_call())
    assert requests(wire) == ["POST VerbatimClaims", READ, "PATCH VerbatimSessionIndex", TIMER, SAVE, SAVE]


async def test_a_start_of_a_call_that_is_transcribed_is_three_reads_and_no_write_that_lasts(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session, _ = await started(ports, cloud)
    await cloud.end()
    wire.clear()
    await sessions.start(ports, session.request)
    assert requests(wire) == ["POST VerbatimClaims", "GET VerbatimClaims", READ, READ]


async def test_a_stop_is_a_read_a_timer_and_two_transactions(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session, _ = await started(ports, cloud)
    await cloud.end()
    wire.clear()
    await sessions.stop(ports, session.id)
    assert requests(wire) == [READ, TIMER, SAVE, SAVE]


async def test_a_stop_of_a_session_that_has_stopped_is_a_read(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session = await stored(ports, new_session(ended_at=5, pending=(), desired=Desired.STOPPED))
    wire.clear()
    await sessions.stop(ports, session.id)
    assert requests(wire) == [READ]


async def test_names_that_are_known_already_wake_nobody(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    session, _ = await started(ports, cloud)
    call = str((await session_of(ports, session.id)).server_call_id)
    await people.hear_names(ports, call, {"8:acs:ada": "Ada"})
    await cloud.end()
    wire.clear()
    await people.hear_names(ports, call, {"8:acs:ada": "Ada"})
    assert SAVE not in requests(wire)


async def test_a_refusal_costs_no_more_than_an_answer(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    """Its session was saved with the command, and is not read again for the outcome."""
    session = await stored(ports, transcribed(sockets=("socket",)))
    failed = events.TranscriptionFailed(OURS, Outcome(400, 8565, "bad"))
    told = await cost(wire, ports, session, failed)
    assert told.count(READ) == 1


async def test_a_sweep_with_nothing_due_is_one_query_however_much_waits(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    for later in range(50):
        await ports.timers.put(Timer(ports.clock() + 100_000 + later, new_session().id))
    seen: list[str] = []
    wire.clear()
    assert await sweep(replace(ports, store=watched(ports.store, seen))) == 0
    assert requests(wire) == ["GET VerbatimTimers"]
    assert seen == []


async def test_a_timer_that_is_due_is_a_read_a_transaction_and_its_removal(
    ports: SessionPorts, cloud: Cloud, wire: pytest.LogCaptureFixture
) -> None:
    now = ports.clock()
    session = await stored(ports, new_session(must_end_at=now - 5, timer=now - 5, pending=()))
    await ports.timers.put(Timer(now - 5, session.id))
    wire.clear()
    assert await sweep(ports) == 1
    assert requests(wire) == ["GET VerbatimTimers", READ, SAVE, "DELETE VerbatimTimers"]
