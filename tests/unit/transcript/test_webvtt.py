import io

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.captions import Speaker
from functions.transcript.formats.webvtt import escape, write_webvtt
from functions.transcript.reading import Gap, Line
from tests.unit.transcript.spoken import segment


def spoken(text: str = "Hello.", at: int = 0, duration: int = 1000, name: str | None = "Ada") -> Line:
    return Line(
        segment_id=segment(at, text=text).segment_id,
        stream="socket.1",
        seq=1,
        speaker=Speaker("8:acs:ada", name),
        text=text,
        offset_ms=at,
        duration_ms=duration,
        received_at="2026-11-21T00:53:39.374Z",
    )


def parsed(*lines: Line | Gap) -> list[webvtt.Caption]:
    captions: list[webvtt.Caption] = webvtt.from_buffer(io.StringIO(write_webvtt(lines))).captions
    return captions


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_a_transcript_is_written_as_cues_with_voices() -> None:
    assert write_webvtt([spoken("Hello.", 309_905, 1200)]) == (
        f"WEBVTT\n\n{segment(309_905, text='Hello.').segment_id}\n"
        "00:05:09.905 --> 00:05:11.105\n<v Ada>Hello.\n\n"
    )


def test_an_empty_transcript_is_still_webvtt() -> None:
    assert write_webvtt([]) == "WEBVTT\n\n"
    assert parsed() == []


def test_a_parser_reads_back_who_said_what_when() -> None:
    (caption,) = parsed(spoken("Hello there.", 61_001, 2000))
    assert (caption.text, caption.voice) == ("Hello there.", "Ada")
    assert (caption.start, caption.end) == ("00:01:01.001", "00:01:03.001")
    assert caption.identifier == segment(61_001, text="Hello there.").segment_id


def test_a_speaker_without_a_name_is_called_by_the_raw_id() -> None:
    assert parsed(spoken(name=None))[0].voice == "8:acs:ada"


def test_words_of_nobody_have_no_voice() -> None:
    line = spoken(name=" ")
    assert "\nHello.\n" in write_webvtt([line])
    assert parsed(line)[0].voice is None


def test_a_gap_is_a_note() -> None:
    text = write_webvtt([spoken(), Gap(offset_ms=20_000, duration_ms=30_000), spoken(at=50_000)])
    assert "\n\nNOTE Nothing could be heard from 00:00:20.000 to 00:00:50.000\n\n" in text
    assert len(webvtt.from_buffer(io.StringIO(text)).captions) == 2


def test_a_cue_is_long_enough_to_be_seen() -> None:
    assert parsed(spoken(duration=0))[0].end == "00:00:00.500"


def test_a_long_call_goes_past_its_first_day() -> None:
    assert parsed(spoken(at=90_061_001))[0].start == "25:01:01.001"


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> & <v Eve>false",
        "--> 00:00:01.000",
        "a --> b",
        "&lt;",
        "NOTE not a note",
        "WEBVTT",
        "שלום עולם",
        "\u202bمدرسة\u202c",
        "你好 👋🏽",
    ],
)
def test_text_that_looks_like_markup_is_text(text: str) -> None:
    captions = parsed(spoken("before"), spoken(text), spoken("after"))
    assert len(captions) == 3
    assert unescaped(captions[1].raw_text.removeprefix("<v Ada>")) == text
    assert captions[1].voice == "Ada"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\x85", "\x0b"])
def test_a_text_stays_on_one_line(line_break: str) -> None:
    captions = parsed(spoken(f"one{line_break}two"), spoken("after"))
    assert [caption.text for caption in captions] == ["one two", "after"]


def test_a_name_cannot_close_its_tag() -> None:
    line = spoken("Hello.", name="A>b\n\nEve --> <i>")
    assert "<v A&gt;b Eve --&gt; &lt;i&gt;>Hello.\n\n" in write_webvtt([line])
    assert len(parsed(line, spoken())) == 2


def test_an_empty_text_keeps_the_cues_around_it() -> None:
    texts = [caption.text for caption in parsed(spoken("before"), spoken(""), spoken("after"))]
    assert [text for text in texts if text] == ["before", "after"]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_whatever_is_said_there_is_one_block_per_line(said: list[tuple[str, str]]) -> None:
    text = write_webvtt([spoken(text, name=name) for text, name in said])
    assert text.count("-->") == len(said)
    assert not set(text) & set("\r\x0b\x0c\x85\u2028\u2029")


def test_nothing_in_it_commands_a_terminal() -> None:
    assert escape("a\x1b[31mred\x00 \x7fword") == "a [31mred word"
