"""The table service stands still while a call goes on: nothing is lost, and nobody waits for ever."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from functions.adapters.tables.rows import open_tables
from functions.errors import Unavailable
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session
from functions.services.counts import Counts
from functions.services.transcript_stream import FRAME_SECONDS, Socket, StreamPorts, receive_frame
from local.azurite import azurite_command, connection_string
from local.child_process import ChildProcess
from local.ports import free_ports
from tests.service.bed import Clock, Tables, all_of, new_session, tables_of
from tests.service.cloud import HERE, Cloud
from tests.service.speech import metadata, words
from tests.waiting import until

HOW_LONG = "functions.services.transcript_stream.FRAME_SECONDS"
A_TRY = "functions.services.transcript_stream.TRY_SECONDS"


@pytest.fixture(scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ChildProcess, Tables]]:
    """An Azurite that a test may pause."""
    (port,) = free_ports(1)
    azurite = ChildProcess(azurite_command(port), tmp_path_factory.mktemp("azurite") / "azurite.log")
    await azurite.start()
    try:
        async with open_tables(connection_string(port)) as client:
            yield azurite, tables_of(client)
    finally:
        await azurite.stop()


@pytest.fixture
def frames(store: tuple[ChildProcess, Tables], cloud: Cloud) -> StreamPorts:
    """The frame path over that store; the machine is none of these tests' concern."""

    async def tell(session_id: str, happened: Occurrence) -> Session:
        return new_session()

    async def find(session_id: str) -> Session:
        return new_session()

    _, tables = store
    return StreamPorts(
        tables.segments, {HERE: cloud.viewers}, tell, find, Clock(), interim_ms=500, counts=Counts()
    )


async def speaking(frames: StreamPorts) -> tuple[Socket, str | None]:
    """A socket with a stream that has an anchor."""
    socket = Socket("socket", new_session().id, HERE)
    state = await receive_frame(frames, socket, None, metadata())
    return socket, await receive_frame(frames, socket, state, words("first", 0))


async def test_a_final_waits_for_a_store_that_comes_back_and_is_stored_once(
    store: tuple[ChildProcess, Tables], frames: StreamPorts, caplog: pytest.LogCaptureFixture
) -> None:
    azurite, tables = store
    socket, state = await speaking(frames)
    azurite.pause()
    frame = asyncio.create_task(receive_frame(frames, socket, state, words("in the outage", 1_000)))
    await until(lambda: "an insert failed" in caplog.text)
    assert not frame.done()
    azurite.resume()
    assert await frame is not None
    assert frames.counts.done["retries"] > 0
    stored = await all_of(tables.segments.segments(socket.session_id, ""))
    assert [segment.text for segment in stored] == ["first", "in the outage"]
    assert "in the outage" not in caplog.text  # words never reach a log


async def test_the_first_words_of_a_stream_wait_too(
    store: tuple[ChildProcess, Tables], frames: StreamPorts, caplog: pytest.LogCaptureFixture
) -> None:
    azurite, tables = store
    await speaking(frames)  # the table is there
    socket = Socket("other", new_session().id, HERE)
    state = await receive_frame(frames, socket, None, metadata())
    azurite.pause()
    frame = asyncio.create_task(receive_frame(frames, socket, state, words("first of all", 0)))
    await until(lambda: "an insert failed" in caplog.text)
    azurite.resume()
    await frame
    assert len(await tables.segments.anchors(socket.session_id)) == 1
    assert len(await all_of(tables.segments.segments(socket.session_id, ""))) == 1


async def test_an_outage_that_lasts_ends_the_frame_in_time_and_its_next_delivery_stores_it(
    store: tuple[ChildProcess, Tables], frames: StreamPorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    azurite, tables = store
    socket, state = await speaking(frames)
    with monkeypatch.context() as quicker:
        quicker.setattr(HOW_LONG, 0.8)
        quicker.setattr(A_TRY, 0.3)
        azurite.pause()
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            await receive_frame(frames, socket, state, words("said again", 1_000))
        assert 0.8 <= time.monotonic() - begun < FRAME_SECONDS
        assert frames.counts.done["givenUp"] == 1
        azurite.resume()
    await receive_frame(frames, socket, state, words("said again", 1_000))
    stored = await all_of(tables.segments.segments(socket.session_id, ""))
    assert [segment.text for segment in stored] == ["first", "said again"]


async def test_an_outage_takes_no_interims_with_it(
    store: tuple[ChildProcess, Tables], frames: StreamPorts
) -> None:
    azurite, _ = store
    socket, state = await speaking(frames)
    azurite.pause()
    try:
        async with asyncio.timeout(FRAME_SECONDS):
            await receive_frame(frames, socket, state, words("still shown", 1_000, final=False))
    finally:
        azurite.resume()


async def test_many_frames_at_once_all_ride_out_an_outage(
    store: tuple[ChildProcess, Tables], frames: StreamPorts, caplog: pytest.LogCaptureFixture
) -> None:
    azurite, tables = store
    lines = [await speaking(frames._replace()) for _ in range(10)]
    azurite.pause()
    waiting = [
        asyncio.create_task(receive_frame(frames, socket, state, words("kept", 1_000)))
        for socket, state in lines
    ]
    await until(lambda: caplog.text.count("an insert failed") >= len(lines))
    azurite.resume()
    await asyncio.gather(*waiting)
    for socket, _ in lines:
        assert len(await all_of(tables.segments.segments(socket.session_id, ""))) == 2
