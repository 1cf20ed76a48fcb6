"""From Bandwidth's socket to the table: what its decoder says goes the same way as ACS's frames."""

from dataclasses import replace
from functools import partial

import pytest

from functions.errors import StateDamaged
from functions.lifecycle.session import Session
from functions.lifecycle.times import rfc3339
from functions.services.ports import SessionPorts
from functions.transcript import bandwidth_frames
from functions.transcript.streams import StreamState, read_state, write_state
from tests.service.bed import Tables
from tests.service.line import Line, finals, noted
from tests.unit.transcript.bandwidth_spoken import METADATA, TRANSCRIPTION, frame, stop
from tests.unit.transcript.bandwidth_spoken import start as any_start

OPENED = StreamState(decoder="bandwidth", locale="en-US")


def start(ticket: str = "ticket", call: str = "connection") -> bytes:
    """The first frame of the session's own socket."""
    return any_start(metadata=METADATA | {"callId": call}, customParams={"ticket": ticket})


def at(session: Session, milliseconds: int) -> str:
    return rfc3339(session.created_at + milliseconds)


@pytest.fixture
def bandwidth(line: Line, session: Session) -> Line:
    """An open socket of Bandwidth's."""
    ports = line.ports._replace(decoder=lambda _: bandwidth_frames.read_frame)
    return replace(line, ports=ports, state=write_state(OPENED))


async def test_a_final_lies_where_it_was_said_whenever_it_comes(
    bandwidth: Line, tables: Tables, session: Session
) -> None:
    said = partial(frame, items=[], endTime=at(session, 6500))
    await bandwidth.say(start())
    await bandwidth.say(said(isPartial=True, transcript="hello", startTime=at(session, 5000)))
    await bandwidth.say(said(startTime=at(session, 5000)))
    await bandwidth.say(said(startTime=at(session, 5200), track="outbound", transcript="Hi."))
    assert not await bandwidth.say(stop())
    first, second = await finals(tables, session)
    assert (first.text, first.speaker, first.offset_ms, first.duration_ms) == (
        "hello world!",
        "inbound",
        5000,
        1500,
    )
    assert (second.text, second.speaker, second.offset_ms) == ("Hi.", "outbound", 5200)
    assert [anchor.locale for anchor in await tables.segments.anchors(session.id)] == ["en-US"]


async def test_the_same_final_on_a_second_socket_is_one_row(
    bandwidth: Line, tables: Tables, session: Session
) -> None:
    other = replace(bandwidth, socket=bandwidth.socket._replace(id="another"))
    for socket in (bandwidth, other):
        await socket.say(start())
        await socket.say(frame(startTime=at(session, 5000)))
    assert [final.offset_ms for final in await finals(tables, session)] == [5000]


async def test_words_before_start_are_dropped_and_noted(
    bandwidth: Line, tables: Tables, session: Session, ports: SessionPorts
) -> None:
    await bandwidth.say(frame())
    assert await finals(tables, session) == []
    assert [detail["fault"] for detail in await noted(ports, session, "frame-rejected")] == ["before-start"]


async def test_the_decoder_and_the_transcription_travel_with_the_socket(bandwidth: Line) -> None:
    await bandwidth.say(start())
    state = read_state(bandwidth.state)
    assert (state.decoder, state.subscription) == ("bandwidth", TRANSCRIPTION)


async def test_a_state_that_names_an_unknown_decoder_is_damaged(line: Line) -> None:
    line.state = write_state(StreamState(decoder="third"))
    with pytest.raises(StateDamaged):
        await line.say(start())


@pytest.mark.parametrize(
    "stranger",
    [start(ticket="another"), start(ticket=""), start(call="another"), any_start(customParams=...)],
)
async def test_a_socket_without_the_ticket_or_of_another_call_brings_no_words(
    bandwidth: Line, ports: SessionPorts, tables: Tables, session: Session, stranger: bytes
) -> None:
    await bandwidth.say(stranger)
    await bandwidth.say(frame(startTime=at(session, 5000)))
    assert await finals(tables, session) == []
    assert {detail["fault"] for detail in await noted(ports, session, "frame-rejected")} == {
        "not-ours",
        "before-start",
    }
