"""A transcript socket opens, breaks and opens again."""

import pytest

from functions.errors import NotFound, Unauthorized
from functions.lifecycle.session import Session
from functions.services.ports import SessionPorts
from functions.services.transcript_sockets import close_socket, open_socket
from functions.services.transcript_stream import Socket
from functions.services.transcripts import read_page
from functions.transcript.reading import Gap
from functions.transcript.streams import read_state
from tests.service.bed import Clock, Tables, entry_of, new_session
from tests.service.cloud import HERE, Cloud
from tests.service.line import Line, finals, stream_ports
from tests.service.speech import metadata, words
from tests.service.steps import session_of


async def test_a_socket_of_no_live_session_is_refused(
    ports: SessionPorts, tables: Tables, cloud: Cloud
) -> None:
    ended = new_session(ended_at=5)
    await ports.store.insert(ended, entry_of(ended))
    frames = stream_ports(ports, tables)
    with pytest.raises(Unauthorized):
        await open_socket(frames, Socket("s", ended.id, HERE), None, "0")
    with pytest.raises(Unauthorized):
        await open_socket(frames, Socket("s", "not a session", HERE), None, "0")
    with pytest.raises(NotFound):
        await open_socket(frames, Socket("s", new_session().id, HERE), None, "0")


async def test_a_socket_of_another_connection_is_refused_once_ours_is_known(
    ports: SessionPorts, tables: Tables, session: Session
) -> None:
    frames = stream_ports(ports, tables)
    with pytest.raises(Unauthorized):
        await open_socket(frames, Socket("s", session.id, HERE), "stranger", "0")
    assert not (await session_of(ports, session.id)).sockets
    early = new_session()
    await ports.store.insert(early, entry_of(early))
    await open_socket(frames, Socket("early", early.id, HERE), "not known yet", "0")
    assert (await session_of(ports, early.id)).sockets == ("early",)


async def test_the_machine_knows_which_sockets_are_open(
    line: Line, ports: SessionPorts, session: Session
) -> None:
    newer = Line(line.ports, Socket("newer", session.id, HERE))
    await newer.open()
    assert (await session_of(ports, session.id)).sockets == (line.socket.id, "newer")
    await close_socket(line.ports, line.socket, "x" * 5_000, "9")
    assert (await session_of(ports, session.id)).sockets == ("newer",)
    await close_socket(newer.ports, newer.socket, "", "9")
    assert not (await session_of(ports, session.id)).sockets


async def reopened(line: Line, number: int = 2) -> Line:
    again = Line(line.ports, Socket(f"{line.socket.id}-{number}", line.socket.session_id, HERE))
    await again.open()
    return again


async def test_a_socket_opened_again_whose_offsets_go_on_keeps_its_anchor_and_shows_a_gap(
    line: Line, tables: Tables, session: Session, clock: Clock
) -> None:
    clock.fixed = clock()
    await line.say(metadata("one"))
    await line.say(words("before", 0, duration_ms=1_000))
    clock.skip(8_000)
    again = await reopened(line)
    await again.say(metadata("one"))
    clock.skip(1_200)  # a little late: within what offsets may stray
    await again.say(words("after", 8_000, duration_ms=1_000))
    first, second = sorted(await tables.segments.anchors(session.id), key=lambda one: one.starts_at)
    assert first.anchor == second.anchor
    before, gap, after = (await read_page(tables.segments, session, "", 100)).lines
    assert isinstance(gap, Gap)
    assert gap.offset_ms == before.offset_ms + 1_000
    assert gap.offset_ms + gap.duration_ms == after.offset_ms == before.offset_ms + 8_000


async def test_a_socket_opened_again_whose_offsets_restart_does_not_come_before_what_was_said(
    line: Line, tables: Tables, session: Session, clock: Clock
) -> None:
    clock.fixed = clock()
    await line.say(metadata("one"))
    await line.say(words("before", 0, duration_ms=5_000))
    again = await reopened(line)
    await again.say(metadata("two"))
    await again.say(words("after", 100, duration_ms=5_000))
    before, after = await finals(tables, session)
    assert (before.text, after.text) == ("before", "after")
    assert after.offset_ms == before.end_ms


async def test_the_end_of_the_last_stream_is_found_however_long_ago_it_was(
    line: Line, tables: Tables, session: Session, clock: Clock
) -> None:
    await line.say(metadata())
    await line.say(words("first", 0))
    await line.say(words("the newest", 9_000, duration_ms=700))
    ends = (await finals(tables, session))[-1].end_ms
    for number, later in enumerate((0, 130_000, 3_600_000, 20 * 3_600_000)):
        clock.skip(later)
        again = await reopened(line, number)
        last = read_state(again.state).last
        assert last is not None
        assert (last.end, last.subscription) == (ends, "subscription-1")


async def test_a_stream_without_finals_ends_where_it_began(
    line: Line, tables: Tables, session: Session, clock: Clock
) -> None:
    await line.say(metadata())
    await line.say(words("only an interim", 4_000, final=False))
    (anchor,) = await tables.segments.anchors(session.id)
    clock.skip(600_000)
    last = read_state((await reopened(line)).state).last
    assert last is not None
    assert last.end == anchor.starts_at


async def test_the_first_socket_brings_no_last_stream(line: Line) -> None:
    assert read_state(line.state).last is None


async def test_an_erased_sessions_frames_are_not_found(line: Line, tables: Tables, session: Session) -> None:
    await tables.sessions.sessions.delete_entity(session.id, "session")
    assert not await line.say(b"not json")
    with pytest.raises(NotFound):
        await close_socket(line.ports, line.socket, "", "9")
