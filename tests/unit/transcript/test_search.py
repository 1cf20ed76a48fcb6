# ruff: noqa: RUF001 - letters that look like others are what is tested
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import InputRefused
from functions.transcript.folding import fold
from functions.transcript.search import find, read_terms

WORDS = st.text(st.sampled_from("abßéÉ½ﬁ船が '-."), max_size=12) | st.text(max_size=12)


def parts(text: str, q: str) -> list[str] | None:
    return find(text, read_terms(q))


def test_a_hit_is_cut_into_what_matches_and_what_is_between() -> None:
    assert parts("Could we move the boat before noon?", "boat") == [
        "Could we move the ",
        "boat",
        " before noon?",
    ]


def test_all_words_must_occur_in_any_order() -> None:
    text = "Could we move the boat before noon?"
    assert parts(text, "noon  BOAT") == ["Could we move the ", "boat", " before ", "noon", "?"]
    assert parts(text, "boat midnight") is None


def test_every_occurrence_is_a_match() -> None:
    assert parts("a cat, A CAT, cats", "cat") == ["a ", "cat", ", A ", "CAT", ", cats"]


@pytest.mark.parametrize(
    ("text", "q"),
    [
        ("catalogue", "cat"),
        ("concatenate", "cat"),
        ("bobcat", "cat"),
        ("cat5", "cat"),
        ("किताब", "कि"),
        ("кошка", "кош"),
        ("각", "가"),
    ],
)
def test_a_part_of_a_word_is_no_match(text: str, q: str) -> None:
    assert parts(text, q) is None


@pytest.mark.parametrize(
    ("text", "q", "expected"),
    [
        ("Die Straße", "strasse", ["Die ", "Straße", ""]),
        ("STRASSE", "straße", ["", "STRASSE", ""]),
        ("cafe\u0301 noir", "CAFÉ", ["", "cafe\u0301", " noir"]),
        ("l'homme", "homme", ["l'", "homme", ""]),
        ("don’t go", "don't", ["", "don", "’", "t", " go"]),
        ("a well-known fact", "known", ["a well-", "known", " fact"]),
        ("snake_case", "snake", ["", "snake", "_case"]),
        ("room 42.", "42", ["room ", "42", "."]),
        ("½ past", "1", ["", "½", " past"]),
        ("½ past", "1 2", ["", "½", " past"]),
    ],
)
def test_a_match_is_shown_as_it_was_said(text: str, q: str, expected: list[str]) -> None:
    assert parts(text, q) == expected


@pytest.mark.parametrize(
    ("text", "q", "expected"),
    [
        ("我们明天开会。", "明天", ["我们", "明天", "开会。"]),
        ("明日の会議は東京です", "東京", ["明日の会議は", "東京", "です"]),
        ("เราจะประชุมพรุ่งนี้", "ประชุม", ["เราจะ", "ประชุม", "พรุ่งนี้"]),
        ("买iPhone吗", "iphone", ["买", "iPhone", "吗"]),
        ("买iPhone吗", "iphone买", ["", "买", "", "iPhone", "吗"]),
        ("東京東京", "東京", ["", "東京", "", "東京", ""]),
    ],
)
def test_in_scripts_without_blanks_a_word_may_stand_anywhere(text: str, q: str, expected: list[str]) -> None:
    assert parts(text, q) == expected


@pytest.mark.parametrize("q", ["", " ", "?!", "---", "\u0301", "👋", "'"])
def test_a_query_without_a_word_is_refused(q: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_terms(q)
    assert refused.value.field == "q"


def test_a_word_that_is_asked_for_twice_is_one() -> None:
    assert len(read_terms("Boat boat BOAT")) == 1


@given(st.lists(WORDS, max_size=8).map(" ".join), WORDS)
def test_whatever_is_found_the_parts_are_the_text(text: str, q: str) -> None:
    try:
        terms = read_terms(q)
    except InputRefused:
        return
    found = find(text, terms)
    if found is None:
        return
    assert "".join(found) == text
    assert len(found) % 2 == 1
    assert len(found) > 1
    assert all(found[1::2])
    assert set(fold("".join(found[1::2]))) >= {letter for term in terms for letter in term.text}


@given(
    st.lists(
        st.text(st.characters(categories=("Ll", "Lu", "Nd"), max_codepoint=0x24F), min_size=1), min_size=1
    )
)
def test_every_word_of_a_text_is_found_in_it(words: list[str]) -> None:
    text = " ".join(words)
    for word in words:
        found = parts(text, word)
        assert found is not None
        assert set(fold("".join(found[1::2]))) <= set(fold(word))
