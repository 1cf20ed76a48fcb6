"""From ACS's socket to the table and the screens."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from functions.adapters.web_pubsub import WebPubSubViewers
from functions.errors import StateDamaged, Unavailable
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session, State
from functions.services.ports import SessionPorts
from functions.services.transcript_stream import FRAME_SECONDS, receive_frame
from functions.services.transcripts import read_page
from functions.transcript.reading import Gap
from functions.transcript.streams import read_state
from tests.service.bed import Clock, Tables, unwell, watched
from tests.service.cloud import HERE, Cloud, next_message, opened_by_key, silent_service, watch
from tests.service.line import Line, finals, noted
from tests.service.speech import metadata, words
from tests.service.steps import HTTP_LOG, requests, session_of


@pytest.fixture
async def viewer(cloud: Cloud, session: Session) -> AsyncIterator[Any]:
    watching = await watch(cloud, session.id)
    yield watching
    await watching.close()


async def next_caption(viewer: Any) -> dict[str, Any]:
    while (message := await next_message(viewer))["type"] != "caption":
        pass
    return message


# --- finals


async def test_a_final_is_stored_and_shown_as_it_was_said(
    line: Line, tables: Tables, session: Session, viewer: Any
) -> None:
    said = "𝄞 שלום, \u200fتجربة\u200f 👩\u200d👧 — ﷽"
    await line.say(metadata())
    await line.say(words(said, 1_500, speaker="8:acs:אדה"))
    (stored,) = await finals(tables, session)
    caption = await next_caption(viewer)
    assert (stored.text, stored.speaker) == (said, "8:acs:אדה")
    assert [word.text for word in stored.words] == said.split()
    assert (caption["final"], caption["text"]) == (True, said)
    assert caption["speaker"] == {"id": "8:acs:אדה"}
    assert (caption["segmentId"], caption["seq"]) == (stored.segment_id, 1)
    assert (caption["stream"], caption["offsetMs"]) == (stored.stream, stored.offset_ms)


async def test_a_final_costs_one_insert_and_one_send(
    line: Line, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    await line.say(metadata())
    await line.say(words("first", 0))
    caplog.set_level(logging.INFO, HTTP_LOG)
    await line.say(words("second", 1_000))
    sent = [record for record in caplog.records if record.name == HTTP_LOG and "Request URL" in record.msg]
    assert requests(caplog) == ["POST VerbatimSegments"]
    assert len(sent) == 2


async def test_a_final_is_stored_before_it_is_shown(line: Line) -> None:
    seen: list[str] = []
    await line.say(metadata())
    line.ports = line.ports._replace(
        segments=watched(line.ports.segments, seen), viewers={HERE: watched(line.ports.viewers[HERE], seen)}
    )
    await line.say(words("first", 0))
    await line.say(words("second", 1_000))
    assert seen == ["insert_anchor", "insert_segment", "send", "insert_segment", "send"]


async def test_a_final_that_cannot_be_stored_is_not_shown(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    await line.say(metadata())
    await line.say(words("first", 0))
    monkeypatch.setattr("functions.services.transcript_stream.FRAME_SECONDS", 0.3)
    line.ports = line.ports._replace(
        segments=unwell(line.ports.segments, "insert_segment", Unavailable("down")),
        viewers={HERE: watched(line.ports.viewers[HERE], seen)},
    )
    with pytest.raises(Unavailable):
        await line.say(words("second", 1_000))
    assert seen == []


async def test_a_caption_that_cannot_be_sent_does_not_fail_its_frame(
    line: Line, cloud: Cloud, tables: Tables, session: Session
) -> None:
    await line.say(metadata())
    await cloud.web_pubsub.sim("POST", "faults", {"sends": {"status": 500, "times": 1}})
    assert await line.say(words("said", 0))
    assert [segment.text for segment in await finals(tables, session)] == ["said"]


async def test_a_viewer_service_that_hangs_holds_a_frame_up_for_a_second_only(
    line: Line, tables: Tables, session: Session
) -> None:
    await line.say(metadata())
    async with silent_service() as url:
        viewers = WebPubSubViewers(opened_by_key(url))
        line.ports = line.ports._replace(viewers={HERE: viewers})
        async with asyncio.timeout(FRAME_SECONDS / 2), viewers.client:
            await line.say(words("said", 0))
    assert len(await finals(tables, session)) == 1


async def test_a_final_delivered_again_is_one_row_and_is_shown_again(
    line: Line, tables: Tables, session: Session, viewer: Any
) -> None:
    await line.say(metadata())
    await line.say(words("first", 0))
    before = line.state
    await line.say(words("twice", 1_000))
    line.state = before
    await line.say(words("twice", 1_000))
    await line.say(words("twice", 1_000))  # and once more with the state that follows
    captions = [await next_caption(viewer) for _ in range(4)]
    assert [segment.text for segment in await finals(tables, session)] == ["first", "twice"]
    assert len({caption["segmentId"] for caption in captions[1:]}) == 1
    assert [caption["seq"] for caption in captions[1:3]] == [2, 2]


async def test_the_first_frame_delivered_again_gets_the_anchor_that_is_stored(
    line: Line, tables: Tables, session: Session, ports: SessionPorts, clock: Clock
) -> None:
    await line.say(metadata())
    before = line.state
    await line.say(words("first", 2_000))
    first = line.state
    clock.skip(7_000)
    line.state = before
    await line.say(words("first", 2_000))
    assert read_state(line.state).anchor == read_state(first).anchor
    assert len(await tables.segments.anchors(session.id)) == 1
    assert len(await finals(tables, session)) == 1
    assert len(await noted(ports, session, "stream-began")) == 1


async def test_the_first_frame_twice_at_once_is_one_anchor_and_one_row(
    line: Line, tables: Tables, session: Session
) -> None:
    await line.say(metadata())
    states = await asyncio.gather(
        *(receive_frame(line.ports, line.socket, line.state, words("first", 2_000)) for _ in range(4))
    )
    assert len({read_state(state).anchor for state in states}) == 1
    assert len(await tables.segments.anchors(session.id)) == 1
    assert len(await finals(tables, session)) == 1


async def test_the_first_words_prove_that_acs_transcribes(
    line: Line, ports: SessionPorts, session: Session
) -> None:
    await line.say(metadata())
    assert (await session_of(ports, session.id)).state is State.STARTING
    await line.say(words("interim", 0, final=False))
    assert (await session_of(ports, session.id)).state is State.ACTIVE


async def test_a_machine_that_cannot_be_told_does_not_cost_the_first_words(
    line: Line, ports: SessionPorts, tables: Tables, session: Session
) -> None:
    async def tell(session_id: str, happened: Occurrence) -> Session:
        raise Unavailable("down")

    await line.say(metadata())
    line.ports = line.ports._replace(tell=tell)
    assert await line.say(words("first", 0))
    assert len(await finals(tables, session)) == 1


# --- interims


async def test_interims_of_a_speaker_are_thinned_and_each_speaker_on_his_own(
    line: Line, clock: Clock, viewer: Any
) -> None:
    clock.fixed = clock()
    await line.say(metadata())
    sent = [await line.say(words("a", final=False, speaker="ada"))]
    for speaker, later in (("ada", 100), ("bob", 0), ("ada", 399), ("ada", 1), ("bob", 499)):
        clock.skip(later)
        sent.append(await line.say(words(f"{speaker} {later}", final=False, speaker=speaker)))
    assert sent == [True, False, True, False, True, True]
    shown = [await next_caption(viewer) for _ in range(4)]
    assert [caption["text"] for caption in shown] == ["a", "bob 0", "ada 1", "bob 499"]
    assert all(not caption["final"] and "segmentId" not in caption for caption in shown)


async def test_an_interim_costs_one_send_and_a_thinned_one_nothing(
    line: Line, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.fixed = clock()
    await line.say(metadata())
    await line.say(words("first", 0))
    caplog.set_level(logging.INFO, HTTP_LOG)
    await line.say(words("shown", 10, final=False))
    await line.say(words("thinned", 10, final=False))
    sent = [record for record in caplog.records if record.name == HTTP_LOG and "Request URL" in record.msg]
    assert requests(caplog) == []
    assert len(sent) == 1


# --- frames that are not understood


async def test_bad_frames_are_dropped_and_noted_once_for_each_kind(
    line: Line, ports: SessionPorts, tables: Tables, session: Session
) -> None:
    await line.say(metadata())
    for _ in range(3):
        for body in (b"\xff\xfe", b"[]", b'{"kind": "AudioData"}', b"{" * 100_000, b"x" * 300_000):
            await line.say(body)
    faults = [detail["fault"] for detail in await noted(ports, session, "frame-rejected")]
    assert sorted(faults) == ["malformed", "not-json", "too-large", "unknown-kind"]
    await line.say(metadata("subscription-2"))
    await line.say(b"[]")
    assert len(await noted(ports, session, "frame-rejected")) == 4
    await line.say(words("still heard", 0))
    assert [segment.text for segment in await finals(tables, session)] == ["still heard"]


async def test_a_bad_frame_of_a_kind_that_was_noted_costs_nothing(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    assert await line.say(b"[]")
    caplog.set_level(logging.INFO, HTTP_LOG)
    assert not await line.say(b"[1]")
    assert requests(caplog) == []


@pytest.mark.parametrize("state", ["not base64!", "bm90IGpzb24=", "WyJ4Il0=", "é"])
async def test_a_state_that_we_did_not_write_is_refused(line: Line, state: str) -> None:
    line.state = state
    with pytest.raises(StateDamaged):
        await line.say(words("said", 0))


async def test_words_without_a_stream_before_them_are_kept(
    line: Line, tables: Tables, session: Session
) -> None:
    await line.say(words("no metadata came", 0))
    assert [segment.text for segment in await finals(tables, session)] == ["no metadata came"]


async def test_a_new_stream_of_one_socket_counts_its_finals_from_one(
    line: Line, tables: Tables, session: Session
) -> None:
    await line.say(metadata("one", "en-US"))
    await line.say(words("a", 0))
    await line.say(words("b", 1_000))
    await line.say(metadata("two", "de-DE"))
    await line.say(words("c", 0))
    lines = [
        one for one in (await read_page(tables.segments, session, "", 100)).lines if not isinstance(one, Gap)
    ]
    assert [(one.text, one.seq, one.locale) for one in lines] == [
        ("a", 1, "en-US"),
        ("b", 2, "en-US"),
        ("c", 1, "de-DE"),
    ]


async def test_the_state_stays_small_and_ascii_however_many_speak(line: Line, clock: Clock) -> None:
    await line.say(metadata())
    for number in range(60):
        clock.skip(40)
        await line.say(words("hm", final=False, speaker=f"8:acs:{number}"))
    assert line.state is not None
    assert line.state.isascii()
    assert len(line.state) < 1_000


# --- what is counted


async def test_what_comes_of_each_frame_is_counted(line: Line, clock: Clock) -> None:
    clock.fixed = clock()
    await line.say(metadata())
    await line.say(words("a final", 0))
    await line.say(words("an interim", 2_000, final=False))
    await line.say(words("an interim too soon", 2_100, final=False))
    await line.say(b"no frame")
    told = line.ports.counts.line(now=0)
    assert told.done == {"frames": 5, "finals": 1, "interims": 1, "thinned": 1, "dropped": 1}
    assert sum(told.caption_ms.values()) == 1
