import html
from datetime import timedelta

import pytest
import srt
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.formats.srt import GAP, SrtWriter
from functions.transcript.formats.utterances import Utterance, one_line
from functions.transcript.reading import Gap
from tests.unit.transcript.formats.told import gap, told, written


def srt_of(*entries: Utterance | Gap, origin_ms: int = 0) -> str:
    return written(SrtWriter(origin_ms), entries)


def parsed(*entries: Utterance | Gap) -> list[srt.Subtitle]:
    return list(srt.parse(srt_of(*entries)))


def test_a_transcript_is_written_as_numbered_cues_with_names() -> None:
    assert srt_of(told("Hello.", 309_905, 1200), told("Hi.", 320_000, 1000, "Ben")) == (
        "1\n00:05:09,905 --> 00:05:11,105\nAda: Hello.\n\n2\n00:05:20,000 --> 00:05:21,000\nBen: Hi.\n\n"
    )


def test_an_empty_transcript_is_empty() -> None:
    assert srt_of() == ""
    assert srt_of(told("")) == ""


def test_a_name_counts_in_the_length_of_its_line() -> None:
    (one,) = parsed(told("x" * 40, 0, 1000, "Ada"))
    assert one.content == f"Ada:\n{'x' * 40}"


def test_a_gap_is_a_cue_in_brackets() -> None:
    before, silence, after = parsed(told(), gap(20_000, 50_000), told(at=50_000))
    assert silence.content == GAP == "[nothing could be heard]"
    assert (silence.start, silence.end) == (timedelta(seconds=20), timedelta(seconds=50))
    assert (before.index, silence.index, after.index) == (1, 2, 3)


def test_a_gap_is_cut_where_words_are_still_shown() -> None:
    _, silence = parsed(told(at=19_800, duration=100), gap(20_000, 50_000))
    assert silence.start == timedelta(seconds=20.3)


def test_a_gap_that_is_too_short_to_be_seen_is_not_shown() -> None:
    (only,) = parsed(told(), gap(1_000, 1_400))
    assert only.content == "Ada: Hello."


def test_it_can_count_from_where_a_recording_begins() -> None:
    text = srt_of(told("before", 0), gap(2_000, 4_000), told("after", 4_000), origin_ms=3_000)
    assert text == (
        f"1\n00:00:00,000 --> 00:00:01,000\n{GAP}\n\n2\n00:00:01,000 --> 00:00:02,000\nAda: after\n\n"
    )


@pytest.mark.parametrize("text", ["<b>bold</b> & <i>", "1 --> 2", "3\n00:00:01,000 --> 00:00:02,000", "&lt;"])
def test_text_that_looks_like_markup_is_text(text: str) -> None:
    subtitles = parsed(told("before"), told(one_line(text), 5_000), told("after", 9_000))
    assert len(subtitles) == 3
    assert html.unescape(subtitles[1].content.replace("\n", " ")) == f"Ada: {one_line(text)}"
    assert not set(subtitles[1].content) & set("<>")


@pytest.mark.parametrize("command", [r"{\an8}up", "{y:i}slanted", "{C:$0000FF}red"])
def test_what_players_would_obey_is_shown_to_them_as_text(command: str) -> None:
    (one,) = parsed(told(command))
    assert one.content == f"Ada: {{ {command[1:]}"


@given(st.lists(st.tuples(st.text(), st.sampled_from(["Ada", "Ben & Co", "<i>"])), max_size=5))
def test_whatever_is_said_a_parser_reads_it_back(said: list[tuple[str, str]]) -> None:
    entries = [
        told(one_line(text), number * 60_000, 30_000, name) for number, (text, name) in enumerate(said)
    ]
    subtitles = parsed(*entries)
    expected = "".join(f"{one.speaker}:{one.text}" for one in entries if one.text)
    shown = "".join(html.unescape(one.content) for one in subtitles)
    assert squeezed(shown) == squeezed(expected)
    assert [one.index for one in subtitles] == list(range(1, len(subtitles) + 1))
    assert subtitles == sorted(subtitles)
    assert all(one.start < one.end for one in subtitles)


@given(st.lists(st.text(), max_size=4))
def test_what_a_parser_read_it_writes_again_as_it_was(said: list[str]) -> None:
    text = srt_of(*[told(one_line(words), number * 60_000) for number, words in enumerate(said)])
    assert srt.compose(srt.parse(text), reindex=False) == text


def squeezed(text: str) -> str:
    return "".join(text.split())
