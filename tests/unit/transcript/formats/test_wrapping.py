from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.formats.utterances import one_line
from functions.transcript.formats.wrapping import LONGEST_LINE, wrap

SPOKEN = st.text(st.sampled_from("ab .,é\u0301\u200d👩🏽🇩🇪你。ก\u0e34")) | st.text()


def test_what_fits_stays_on_one_line() -> None:
    assert wrap("x" * 42) == ["x" * 42]


def test_lines_break_between_words() -> None:
    text = "So the thing we have to decide today is when the next release can go out."
    assert wrap(text) == ["So the thing we have to decide today is", "when the next release can go out."]


def test_a_line_may_be_filled_to_its_last_letter() -> None:
    assert wrap(f"{'x' * 20} {'y' * 21} z") == [f"{'x' * 20} {'y' * 21}", "z"]


def test_a_word_longer_than_a_line_is_cut() -> None:
    assert wrap(f"so {'x' * 90} it is") == ["so", "x" * 42, "x" * 42, "x" * 6 + " it is"]


def test_a_script_without_blanks_is_cut_but_not_before_a_full_stop() -> None:
    assert wrap("字" * 42 + "。" + "字" * 9) == ["字" * 41, "字。" + "字" * 9]


@pytest.mark.parametrize(
    "character", ["e\u0301", "👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "ก\u0e34", "❤\ufe0f", "か\u3099"]
)
def test_a_character_of_several_code_points_is_not_torn(character: str) -> None:
    for text in (character * 40, "x" + character * 40):
        lines = wrap(text)
        assert "".join(lines) == text
        assert all(line.removeprefix("x").replace(character, "") == "" for line in lines)


def test_flags_without_end_are_wrapped_with_no_look_at_what_lies_behind() -> None:
    text = Watched("🇩🇪" * 16_000)
    text.looks = 0
    assert all(len(one) <= LONGEST_LINE for one in wrap(text))
    assert text.looks < 20 * len(text)


class Watched(str):
    """A text that counts how often somebody looks at one of its letters."""

    __slots__ = ("looks",)
    looks: int

    def __getitem__(self, at: SupportsIndex | slice) -> str:
        self.looks += not isinstance(at, slice)
        return super().__getitem__(at)


def test_a_character_longer_than_a_line_is_torn_all_the_same() -> None:
    assert wrap("e" + "\u0301" * 60) == ["e" + "\u0301" * 41, "\u0301" * 19]


@given(SPOKEN)
def test_whatever_is_said_no_line_is_too_long_and_no_letter_is_lost(text: str) -> None:
    plain = one_line(text)
    lines = wrap(plain)
    assert all(len(line) <= LONGEST_LINE for line in lines)
    assert "".join(lines).replace(" ", "") == plain.replace(" ", "")
    assert all(line == line.strip(" ") for line in lines)


@given(st.lists(st.text(st.characters(categories=("Lu", "Ll")), min_size=1, max_size=42)))
def test_words_that_fit_a_line_stay_whole(words: list[str]) -> None:
    assert " ".join(wrap(" ".join(words))).split() == words
