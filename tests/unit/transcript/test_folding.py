# ruff: noqa: RUF001 - letters that look like others are what is tested
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.transcript.folding import fold, fold_with_places

LETTERS = st.text(st.sampled_from("aAéÉe\u0301ßẞſ½ﬁİıØøŁΣςが\u3099각\u11a8ㅤʼn ﷺ.")) | st.text()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CAFÉ", "cafe"),
        ("cafe\u0301", "café"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("ὈΔΥΣΣΕΎΣ", "οδυσσευς"),
        ("İstanbul", "istanbul"),
        ("ısı", "isi"),
        ("Łódź", "lodz"),
        ("smørrebrød", "smorrebrod"),
        ("Đặng", "dang"),
        ("ёлка", "елка"),
        ("ﬁne", "fine"),
        ("Ｆｕｌｌ", "full"),
        ("שָׁלוֹם", "שלום"),
        ("مَدْرَسَة", "مدرسة"),
        ("か\u3099", "が"),
        ("각", "\u1100\u1161\u11a8"),
    ],
)
def test_case_accents_and_forms_do_not_matter(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("が", "か"), ("ก\u0e34", "ก"), ("கி", "க"), ("가", "각"), ("a", "b")]
)
def test_what_makes_another_letter_matters(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_mark_by_itself_is_nothing() -> None:
    assert fold("\u0301") == ""
    assert fold_with_places("\u0301").places == ()


def test_each_letter_knows_where_it_came_from() -> None:
    folded = fold_with_places("aße\u0301½")
    assert folded.text == "asse1⁄2"
    assert folded.places == ((0, 1), (1, 2), (1, 2), (2, 4), (4, 5), (4, 5), (4, 5))


@given(LETTERS)
def test_whatever_is_folded_the_places_lead_back_through_the_text_in_order(text: str) -> None:
    folded = fold_with_places(text)
    assert folded.text == fold(text)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    assert all(0 <= start < end <= len(text) for start, end in folded.places)
    assert all(fold(text[start:end]) for start, end in folded.places)


@given(LETTERS)
def test_what_was_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)
