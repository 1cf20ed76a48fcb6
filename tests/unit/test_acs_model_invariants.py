"""What holds for every call, whatever happens in it."""

import ast
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import local.acs_model
from local.acs_model import Calls
from local.acs_model.effects import Effect, OpenSocket
from local.acs_model.requests import Connect, HangUp, StartTranscription, TranscriptionBody
from local.acs_model.steering import DisturbCallbacks
from local.conversation.effects import BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import Request, SocketLost
from local.conversation.steering import CallbackFaults, DropSocket, EndCall
from tests.unit.virtual_call import ADA, BEGIN, BEN, VirtualCall, call, connect_body, line

FORBIDDEN = {"aiohttp", "asyncio", "time", "secrets", "os", "socket", "logging", "pathlib", "threading"}

lines = st.builds(
    line,
    at=st.integers(0, 20_000),
    text=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=9).map(" ".join),
    duration=st.integers(1, 6000),
    speaker=st.sampled_from([ADA, BEN]),
    delay=st.sampled_from([0, 0, 3000]),
)
deeds = st.sampled_from(["start", "stop", "drop", "restart", "lose", "leave", "connect", "end", "deaf"])
steps = st.lists(st.tuples(st.integers(1, 5000), deeds), max_size=14)


def do(virtual: VirtualCall, sim: str, deed: str) -> None:
    connections = virtual.truth(sim)["connections"]
    newest = connections[-1]["callConnectionId"]
    match deed:
        case "start":
            virtual.ask(StartTranscription(newest, TranscriptionBody()))
        case "stop":
            virtual.stop(newest)
        case "drop" | "restart":
            offsets: Any = "restart" if deed == "restart" else "continue"
            virtual.ask(DropSocket(sim_id=sim, reopen=700, offsets=offsets))
        case "lose" if virtual.of(OpenSocket):
            virtual.happen(SocketLost(virtual.socket()))
        case "leave":
            virtual.ask(HangUp(newest))
        case "connect":
            virtual.ask(Connect(connect_body(), None))
        case "end":
            virtual.ask(EndCall(sim_id=sim))
        case "deaf":
            virtual.confirm_frames = not virtual.confirm_frames


def lived(seed: int, script: list[Any], course: list[tuple[int, str]]) -> tuple[VirtualCall, dict[str, Any]]:
    virtual = VirtualCall(seed)
    sim = virtual.body_of(call(*script))["simId"]
    virtual.connect()
    for pause, deed in course:
        do(virtual, sim, deed)
        virtual.run(pause)
    virtual.run(60_000)
    return virtual, virtual.truth(sim)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), script=st.lists(lines, max_size=8), course=steps)
def test_the_truth_about_what_was_said_agrees_with_the_frames(
    seed: int, script: list[Any], course: list[tuple[int, str]]
) -> None:
    virtual, truth = lived(seed, script, course)
    confirmed = [e for e in virtual.of(SendFrame) if e.confirm]
    received = Counter(part["text"] for part in truth["spoken"] if part["received"])
    assert received <= Counter(virtual.finals())
    assert len(confirmed) == len(virtual.finals())
    if len(truth["connections"]) == 1 and truth["endedAt"] is None:
        said = Counter(word for part in truth["spoken"] for word in part["text"].split())
        assert said == Counter(word for spoken in script for word in spoken.text.split())


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), script=st.lists(lines, max_size=8), course=steps)
def test_every_socket_begins_with_metadata_and_is_silent_once_closed(
    seed: int, script: list[Any], course: list[tuple[int, str]]
) -> None:
    virtual, _ = lived(seed, script, course)
    begun: set[str] = set()
    closed: set[str] = set()
    for effect in (effect for _, effect in virtual.log):
        if isinstance(effect, CloseSocket):
            closed.add(effect.socket_id)
        if not isinstance(effect, SendFrame):
            continue
        assert effect.socket_id not in closed
        assert ("transcriptionMetadata" in effect.payload) == (effect.socket_id not in begun)
        begun.add(effect.socket_id)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), course=steps)
def test_in_the_end_only_active_transcriptions_have_a_socket(
    seed: int, course: list[tuple[int, str]]
) -> None:
    virtual, truth = lived(seed, [], course)
    given_up = {
        e.socket_id for _, e in virtual.log if isinstance(e, CloseSocket | BreakSocket)
    } | virtual.lost
    left = Counter(e.call_connection_id for e in virtual.of(OpenSocket) if e.socket_id not in given_up)
    active = (c["callConnectionId"] for c in truth["connections"] if c["transcribing"])
    assert left == Counter(active)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), script=st.lists(lines, max_size=4), course=steps)
def test_every_connection_is_told_its_end_once_and_nothing_after(
    seed: int, script: list[Any], course: list[tuple[int, str]]
) -> None:
    virtual, truth = lived(seed, script, [*course, (3000, "end")])
    for connection in truth["connections"]:
        names = virtual.names(connection["callConnectionId"])
        assert names.count("CallDisconnected") == 1
        assert names.count("TranscriptionStarted") >= names.count("TranscriptionStopped")


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.integers(1, 3000))
def test_a_late_clock_changes_when_effects_are_handed_out_but_not_what_they_are(seed: int, step: int) -> None:
    assert _effects(seed, step) == _effects(seed, 30_000)


def _effects(seed: int, step: int) -> list[Effect]:
    calls = Calls(seed)
    effects = calls.handle(Request("0", call(line(0, "Nobody listens.", 3000))), BEGIN)
    effects += calls.handle(Request("1", DisturbCallbacks(callbacks=CallbackFaults(repeat=0.5))), BEGIN)
    effects += calls.handle(Request("2", Connect(connect_body(), None)), BEGIN)
    for now in [*range(BEGIN, BEGIN + 30_000, step), BEGIN + 30_000]:
        effects += calls.advance(now)
    return effects


def test_the_model_knows_no_clock_and_no_world_outside() -> None:
    for path in Path(str(local.acs_model.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & FORBIDDEN, path.name
