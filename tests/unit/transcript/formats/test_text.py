from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.formats.heading import Heading
from functions.transcript.formats.text import write_text
from functions.transcript.formats.utterances import Utterance, one_line
from functions.transcript.reading import Gap
from tests.unit.transcript.formats.told import gap, told, written

HEADING = Heading("Weekly", "2026-11-21 04:51:57 to 2026-11-21 05:17:38 UTC", "en-US, de-DE", "stopped")
HEAD = "Weekly\n2026-11-21 04:51:57 to 2026-11-21 05:17:38 UTC\nLanguage: en-US, de-DE\nState: stopped\n\n"


def text_of(*entries: Utterance | Gap) -> str:
    return written(write_text(HEADING), entries).removeprefix(HEAD)


def test_an_empty_transcript_still_says_which_one_it_is() -> None:
    assert written(write_text(HEADING), []) == HEAD


def test_each_turn_is_a_line_with_its_time_and_its_speaker() -> None:
    assert (
        text_of(
            told("Good morning.", 2_321),
            told("Let us begin.", 5_000),
            told("Yes.", 3_605_000, speaker="Speaker 2"),
        )
        == "[00:00:02] Ada: Good morning. Let us begin.\n\n[01:00:05] Speaker 2: Yes.\n\n"
    )


def test_who_speaks_on_gets_a_new_line_each_minute() -> None:
    assert text_of(told("a", 0), told("b", 59_999), told("c", 60_000)) == (
        "[00:00:00] Ada: a b\n\n[00:01:00] Ada: c\n\n"
    )


def test_a_gap_is_a_line_after_which_the_speaker_is_named_again() -> None:
    assert text_of(gap(0, 1_000), told("a", 1_000), gap(2_000, 9_000), told("b", 9_000)) == (
        "[00:00:00 to 00:00:01: nothing could be heard]\n\n[00:00:01] Ada: a\n\n"
        "[00:00:02 to 00:00:09: nothing could be heard]\n\n[00:00:09] Ada: b\n\n"
    )


def test_words_without_letters_are_not_shown() -> None:
    assert text_of(told(""), told("a"), told(""), told("b")) == "[00:00:00] Ada: a b\n\n"


@given(st.lists(st.tuples(st.text(), st.integers(0, 200_000), st.sampled_from("AB")), max_size=6))
def test_whatever_is_said_every_line_has_its_speaker_and_all_words_are_there(
    said: list[tuple[str, int, str]],
) -> None:
    entries = [told(one_line(text), at, 1000, who) for text, at, who in sorted(said, key=lambda one: one[1])]
    lines = [line for line in text_of(*entries).split("\n") if line]
    assert all(line[0] == "[" and line[9:14] in {"] A: ", "] B: "} for line in lines)
    shown = " ".join(line[14:] for line in lines).split()
    assert shown == " ".join(one.text for one in entries).split()
