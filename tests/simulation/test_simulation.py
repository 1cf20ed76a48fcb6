"""Worlds in which everything goes wrong, and bugs made on purpose that such worlds must catch."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from functions.lifecycle import (
    command_outcomes,
    ends,
    events,
    machine,
    next_step,
    observing,
    refused_commands,
    turns,
)
from functions.lifecycle.commands import Leave, StopTranscription
from functions.lifecycle.session import Connection, Desired, Session, Transcription
from functions.services import applying, claims, performing, sessions, transcript_stream, upkeep
from functions.services.ports import Claim, SessionPorts
from functions.transcript import segments
from functions.transcript.captions import encode_final
from tests.simulation import storage, world
from tests.simulation.run import quiet, violations_of
from tests.simulation.story import tell
from tests.simulation.world import Kind, kind_of

pytestmark = pytest.mark.timeout(
    600
)  # worlds cost nothing but time on the processor, of which there may be little
WORLDS = 300
WORLDS_TO_CATCH_A_BUG = 500
BATCH = 25


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Other tests of the same run want to hear what the services log."""
    log = logging.getLogger("verbatim")
    level = log.level
    quiet()
    yield
    log.setLevel(level)


@pytest.mark.parametrize("first", range(0, WORLDS, BATCH))
def test_nothing_is_wrong_in_any_world(first: int) -> None:
    wrong = {seed: violations_of(seed) for seed in range(first, first + BATCH)}
    assert {seed: found for seed, found in wrong.items() if found} == {}


def test_the_same_seed_is_the_same_world(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(7, capsys) == told(7, capsys)


def told(seed: int, capsys: pytest.CaptureFixture[str]) -> str:
    tell(seed)
    return capsys.readouterr().out


# --- bugs made on purpose


def claim_nothing(patch: pytest.MonkeyPatch) -> None:
    """Every start gets its own session."""

    async def take(_claims: Any, _key: str, mine: Claim, _is_held: Any) -> Claim:
        return mine

    patch.setattr(sessions, "take_call", take)
    patch.setattr(claims, "take_call", take)


def send_before_insert(patch: pytest.MonkeyPatch) -> None:
    """A caption is seen before a fetch would find it."""
    keep = transcript_stream.keep_final

    async def show_first(ports: Any, state: Any, heard: Any) -> str:
        segment = transcript_stream.make_segment(state, heard)
        await transcript_stream.show(ports, heard.socket, encode_final(segment))
        return await keep(ports, state, heard)

    patch.setattr(transcript_stream, "keep_final", show_first)


def forget_to_leave(patch: pytest.MonkeyPatch) -> None:
    """A stop ends the session and leaves the bot where it is."""
    stop = next_step.stop

    def stay(session: Session, connection: str, now: int) -> Any:
        after, commands = stop(session, connection, now)
        return (ends.end(after, now), []) if Leave(connection) in commands else (after, commands)

    patch.setattr(next_step, "stop", stay)


def take_8583_for_stopped(patch: pytest.MonkeyPatch) -> None:
    """What is not active yet counts as over."""
    refused = refused_commands.refuse

    def over(command: Any, session: Session, outcome: Any, now: int) -> Session:
        after = refused(command, session, outcome, now)
        return ends.end(after, now) if isinstance(command, StopTranscription) else after

    def stop_at_once(session: Session, connection: str, now: int) -> Any:
        stopping = replace(session, transcription=Transcription.STOPPING, deadline=now + 15_000)
        return stopping, [StopTranscription(connection)]

    patch.setattr(command_outcomes, "refuse", over)
    patch.setattr(next_step, "stop", stop_at_once)


def never_sweep(patch: pytest.MonkeyPatch) -> None:
    """Whoever dies takes their commands along."""

    async def sleep(_ports: SessionPorts) -> int:
        return 0

    patch.setattr(world, "sweep", sleep)


def remove_timers_first(patch: pytest.MonkeyPatch) -> None:
    """A sweep removes the row before it carries it out."""
    carry_out = upkeep.carry_out

    async def remove_first(ports: SessionPorts, timer: Any) -> None:
        await ports.timers.remove(timer)
        await carry_out(ports, timer)
        await ports.timers.remove(timer)

    patch.setattr(upkeep, "carry_out", remove_first)


def perform_before_save(patch: pytest.MonkeyPatch) -> None:
    """Commands go out for a decision that may never be saved."""
    settle = applying.settle

    async def perform_first(ports: Any, stored: Any, decision: Any, happened: Any, now: int) -> Session:
        for pending in decision.commands:
            await performing.carry_out(ports, decision.session, pending)
        return await settle(ports, stored, decision, happened, now)

    patch.setattr(applying, "settle", perform_first)


def skip_the_journals_dedupe(patch: pytest.MonkeyPatch) -> None:
    """A callback that comes twice counts twice."""
    create = storage.Rows.create

    def create_or_replace(rows: storage.Rows, key: tuple[str, str], content: Any) -> str:
        return rows.put(key, content) if key[1].startswith("event-") else create(rows, key, content)

    patch.setattr(storage.Rows, "create", create_or_replace)


def retry_forever(patch: pytest.MonkeyPatch) -> None:
    """No incident is ever long enough; told in worlds where no start ever comes about."""
    patch.setattr(world, "BROKEN_FOR_GOOD", 1.0)
    patch.setattr(turns, "MOST_FAILURES", 1_000_000)


def swap_two_events(patch: pytest.MonkeyPatch) -> None:
    """Who asks for a stop gets a start, and the other way round; of ACS's events the machine would heal itself."""
    started, stopped = events.StartRequested, events.StopRequested
    handlers = observing.HANDLERS
    swapped = {started: handlers[stopped], stopped: handlers[started]}
    patch.setattr(observing, "HANDLERS", handlers | swapped)


def hang_up_on_people(patch: pytest.MonkeyPatch) -> None:
    """A stop leaves every call, also one that we placed or answered."""
    patch.setattr(next_step, "leaves_when_done", lambda _session: True)


def stay_alone(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks who is in the call."""
    patch.setattr(next_step, "count_people", lambda session, _now: (session, []))


def erase_once(patch: pytest.MonkeyPatch) -> None:
    """What comes in while a session is erased stays."""
    erase = next_step.erase

    def erase_no_more(session: Session, now: int) -> Any:
        after, commands = erase(session, now)
        return replace(after, erasure_due=None), commands

    patch.setattr(next_step, "erase", erase_no_more)


def name_finals_by_arrival(patch: pytest.MonkeyPatch) -> None:
    """A final's identity comes from when it came."""
    make = transcript_stream.make_segment

    def by_arrival(state: Any, heard: Any) -> Any:
        segment = make(state, heard)
        key = f"{heard.received_at - heard.created_at:0{segments.PLACE_DIGITS}d}{segment.segment_id[10:]}"
        return replace(segment, segment_id=key)

    patch.setattr(transcript_stream, "make_segment", by_arrival)


def start_though_stopped(patch: pytest.MonkeyPatch) -> None:
    """A stop that comes while connecting is forgotten."""
    decide = next_step.close_the_gap

    def forget(session: Session, now: int) -> Any:
        if session.connection is Connection.CONNECTED and session.transcription is Transcription.INACTIVE:
            return decide(replace(session, desired=Desired.TRANSCRIBING), now)
        return decide(session, now)

    patch.setattr(machine, "close_the_gap", forget)


BUGS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    claim_nothing,
    send_before_insert,
    forget_to_leave,
    take_8583_for_stopped,
    never_sweep,
    remove_timers_first,
    perform_before_save,
    name_finals_by_arrival,
    start_though_stopped,
    skip_the_journals_dedupe,
    retry_forever,
    swap_two_events,
    hang_up_on_people,
    stay_alone,
    erase_once,
)


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patching:
        yield patching


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_made_on_purpose_is_caught(
    bug: Callable[[pytest.MonkeyPatch], None], patch: pytest.MonkeyPatch
) -> None:
    bug(patch)
    of_kind = {
        kind: [seed for seed in range(WORLDS_TO_CATCH_A_BUG) if kind_of(seed) is kind] for kind in Kind
    }
    assert any(map(violations_of, of_kind[Kind.ACS] + of_kind[Kind.BOTH]))
