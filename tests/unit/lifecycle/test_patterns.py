"""The patterns that others are told are those that we read by."""

import re

from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputRefused
from functions.lifecycle.identity import ID_PATTERN, is_ulid
from functions.lifecycle.locales import LOCALE_PATTERN, read_locale
from functions.lifecycle.raw_ids import NUMBER_PATTERN, PERSON_PATTERN, read_number, read_person

ODD = st.text(max_size=40) | st.text("+48:acsorgidEN-_. 0123\n", max_size=40)


def near(pattern: str) -> st.SearchStrategy[str]:
    """What fits a pattern, what nearly does, and what does not."""
    fitting = st.from_regex(pattern)
    return fitting | st.builds(lambda text, more: text[:-1] + more, fitting, ODD) | ODD


def fits(pattern: str, text: str) -> bool:
    """Whether the text fits as ECMAScript sees it, where `$` is the end and nothing before it."""
    return re.search(pattern.removesuffix("$") + r"\Z", text) is not None


def reads_locale(text: str) -> bool:
    try:
        read_locale(text)
    except InputRefused:
        return False
    return True


@given(near(LOCALE_PATTERN))
def test_what_fits_the_pattern_of_locales_is_read_and_nothing_else(text: str) -> None:
    assert reads_locale(text) == fits(LOCALE_PATTERN, text)


@given(near(PERSON_PATTERN))
def test_what_fits_the_pattern_of_people_is_read_and_else_only_with_blanks_around_it(text: str) -> None:
    assert (read_person(text) is not None) == fits(PERSON_PATTERN, text.strip())


@given(near(NUMBER_PATTERN))
def test_what_fits_the_pattern_of_numbers_is_read_and_else_only_with_blanks_around_it(text: str) -> None:
    assert (read_number(text) is not None) == fits(NUMBER_PATTERN, text.strip())


@given(near(ID_PATTERN))
def test_what_fits_the_pattern_of_ids_is_one_and_nothing_else(text: str) -> None:
    assert is_ulid(text) == fits(ID_PATTERN, text)
