import html
import re

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.formats.utterances import Utterance, one_line
from functions.transcript.formats.webvtt import WebVttWriter
from functions.transcript.reading import Gap
from tests.unit.transcript.formats.told import gap, told, written

VOICE = re.compile("^<v [^>]*>")


def vtt(*entries: Utterance | Gap, origin_ms: int = 0) -> str:
    return written(WebVttWriter(origin_ms), entries)


def parsed(*entries: Utterance | Gap) -> list[webvtt.Caption]:
    captions: list[webvtt.Caption] = webvtt.from_string(vtt(*entries), strict=True).captions
    return captions


def words_of(caption: webvtt.Caption) -> str:
    """What a viewer reads, the line breaks as blanks."""
    return html.unescape(VOICE.sub("", caption.raw_text).replace("\n", " "))


def test_a_transcript_is_written_as_cues_with_voices() -> None:
    one = told("Hello.", 309_905, 1200)
    assert vtt(one) == f"WEBVTT\n\n{one.segment_id}\n00:05:09.905 --> 00:05:11.105\n<v Ada>Hello.\n\n"


def test_an_empty_transcript_is_still_webvtt() -> None:
    assert vtt() == "WEBVTT\n\n"
    assert parsed() == []


def test_a_parser_reads_back_who_said_what_when() -> None:
    (caption,) = parsed(told("Hello there.", 61_001, 2000))
    assert (caption.text, caption.voice) == ("Hello there.", "Ada")
    assert (caption.start, caption.end) == ("00:01:01.001", "00:01:03.001")
    assert caption.identifier == told("Hello there.", 61_001).segment_id


def test_a_long_line_is_two() -> None:
    text = "So the thing we have to decide today is when the next release can go out."
    (caption,) = parsed(told(text, 0, 5000))
    assert caption.lines == [
        "<v Ada>So the thing we have to decide today is",
        "when the next release can go out.",
    ]


def test_the_further_cues_of_a_segment_have_ids_of_their_own() -> None:
    captions = parsed(told("word " * 40, 0, 9000))
    first = captions[0].identifier
    assert [one.identifier for one in captions] == [first, f"{first}-2", f"{first}-3"]


def test_a_gap_is_a_note_in_its_place() -> None:
    text = vtt(told(), gap(20_000, 50_000), told(at=50_000))
    assert "Hello.\n\nNOTE Nothing could be heard from 00:00:20.000 to 00:00:50.000\n\n" in text
    _, after = webvtt.from_string(text, strict=True).captions
    assert after.comments == ["Nothing could be heard from 00:00:20.000 to 00:00:50.000"]


def test_a_long_call_goes_past_its_first_day() -> None:
    assert parsed(told(at=90_061_001))[0].start == "25:01:01.001"


def test_it_can_count_from_where_a_recording_begins() -> None:
    text = vtt(told("before", 0), gap(2_000, 4_000), told("after", 4_000), origin_ms=3_000)
    assert "before" not in text
    assert "NOTE Nothing could be heard from 00:00:00.000 to 00:00:01.000" in text
    assert "00:00:01.000 --> 00:00:02.000\n<v Ada>after" in text


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
    captions = parsed(told("before"), told(text, 5_000), told("after", 9_000))
    assert len(captions) == 3
    assert words_of(captions[1]) == text
    assert captions[1].voice == "Ada"


def test_a_name_cannot_close_its_tag() -> None:
    name = "A>b Eve --> <i>"
    assert "<v A&gt;b Eve --&gt; &lt;i&gt;>Hello.\n\n" in vtt(told(speaker=name))
    assert len(parsed(told(speaker=name), told(at=5_000))) == 2


@given(st.lists(st.tuples(st.text(), st.sampled_from(["Ada", "Ben & Co", "<i>"])), max_size=5))
def test_whatever_is_said_a_parser_reads_it_back(said: list[tuple[str, str]]) -> None:
    entries = [
        told(one_line(text), number * 60_000, 30_000, name) for number, (text, name) in enumerate(said)
    ]
    text = vtt(*entries)
    assert not set(text) & set("\r\x0b\x0c\x85\u2028\u2029\x00")
    captions = webvtt.from_string(text, strict=True).captions
    found: dict[str, list[str]] = {}
    for one in captions:
        found.setdefault(str(one.identifier)[:27], []).append(words_of(one))
    spoken = [one for one in entries if one.text]
    assert ["".join(parts).replace(" ", "") for parts in found.values()] == [
        one.text.replace(" ", "") for one in spoken
    ]
    times = [(one.start_in_seconds, one.end_in_seconds) for one in captions]
    assert times == sorted(times)
    assert all(start < end for start, end in times)


@given(st.lists(st.text(), max_size=4))
def test_what_a_parser_read_it_writes_again(said: list[str]) -> None:
    entries = [told(one_line(text), number * 60_000) for number, text in enumerate(said)]
    read = webvtt.from_string(vtt(*entries), strict=True)
    again = webvtt.from_string(read.content, strict=True)
    assert [(one.start, one.end, one.raw_text) for one in again.captions] == [
        (one.start, one.end, one.raw_text) for one in read.captions
    ]
