import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.formats.utterances import NOBODY, Voices, one_line
from tests.unit.transcript.spoken import ADA, BEN, segment


def test_speakers_without_a_name_are_numbered_as_they_are_first_heard() -> None:
    voices = Voices({ADA: "Ada"})
    assert [voices.name(one) for one in (ADA, BEN, "8:acs:c", BEN, ADA)] == [
        "Ada",
        "Speaker 2",
        "Speaker 3",
        "Speaker 2",
        "Ada",
    ]


@pytest.mark.parametrize("taken", ["Speaker 2", "speaker 2", " Speaker\t2 "])
def test_a_number_that_somebody_has_for_a_name_is_given_to_nobody_else(taken: str) -> None:
    voices = Voices({ADA: taken, "8:acs:silent": "Speaker 4"})
    assert [voices.name(one) for one in (ADA, BEN, "8:acs:c")] == [one_line(taken), "Speaker 3", "Speaker 5"]


def test_words_of_which_nobody_knows_who_said_them_are_nobodys() -> None:
    voices = Voices({})
    assert [voices.name(one) for one in ("", BEN, "")] == [NOBODY, "Speaker 2", NOBODY]


@pytest.mark.parametrize("name", ["", " ", "\n\t", "\u202e", "\x00"])
def test_a_name_that_cannot_be_seen_is_none(name: str) -> None:
    assert Voices({ADA: name}).name(ADA) == "Speaker 1"


def test_a_name_turns_nothing_around_that_stands_behind_it() -> None:
    assert Voices({ADA: "\u202eadA\u2066"}).name(ADA) == "adA"


def test_an_utterance_has_its_place_and_one_line() -> None:
    told = Voices({}).utterance(segment(5000, text=" Hello\r\nthere. "))
    assert (told.speaker, told.text, told.offset_ms, told.end_ms) == ("Speaker 1", "Hello there.", 5000, 6000)


@pytest.mark.parametrize(
    "between", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\x85", "\x0b", "\t", "\x00", "\u3000"]
)
def test_a_text_stays_on_one_line(between: str) -> None:
    assert one_line(f"one{between}two") == "one two"


def test_nothing_in_it_commands_a_terminal() -> None:
    assert one_line("a\x1b[31mred\x00 \x7fword\x9b1m") == "a [31mred word 1m"


@given(st.text())
def test_it_is_done_once(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert len(one_line(text).splitlines()) <= 1
