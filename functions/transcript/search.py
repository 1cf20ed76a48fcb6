"""Search within a transcript: which segments have all the words that are asked for, and where."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby

import msgspec

from functions.errors import InputRefused
from functions.transcript.folding import fold, fold_with_places
from functions.transcript.reading import LONGEST_QUERY

WITHOUT_BLANKS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # marks that stand for an ideograph
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana's small letters
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Code points of scripts that put no blanks between words, so that a word may begin and end anywhere."""


class Term(msgspec.Struct, frozen=True):
    """What must occur, folded: a whole word, or of a script without blanks any stretch."""

    text: str
    is_word: bool


def read_terms(q: str) -> tuple[Term, ...]:
    """What a query asks for. Raises InputRefused if there is no word in it."""
    runs = groupby(fold(q), key=kind)
    terms = dict.fromkeys(Term("".join(run), is_word) for is_word, run in runs if is_word is not None)
    if terms:
        return tuple(terms)
    raise InputRefused(
        "There is no word in q.",
        field="q",
        remedy=f"Send one or more words, up to {LONGEST_QUERY} characters.",
    )


def find(text: str, terms: tuple[Term, ...]) -> list[str] | None:
    """The text in parts, every second one a match; none unless all the terms occur."""
    folded = fold(text)
    if not all(next(occurrences(folded, term), None) for term in terms):
        return None
    places = fold_with_places(text).places
    spans = sorted(
        (places[start][0], places[end - 1][1]) for term in terms for start, end in occurrences(folded, term)
    )
    return cut(text, merged(spans))


def occurrences(folded: str, term: Term) -> Iterator[tuple[int, int]]:
    """Where a term occurs in a folded text."""
    start = folded.find(term.text)
    while start >= 0:
        end = start + len(term.text)
        if not term.is_word or is_whole(folded, start, end):
            yield start, end
        start = folded.find(term.text, end)


def is_whole(folded: str, start: int, end: int) -> bool:
    """Whether no letter of a word stands before or behind a stretch of the text."""
    return not kind(folded[start - 1 : start]) and not kind(folded[end : end + 1])


def kind(letter: str) -> bool | None:
    """True for a letter of a word, false for one of a script without blanks, none for what is between words."""
    if not letter or not (letter.isalnum() or unicodedata.category(letter).startswith("M")):
        return None
    return not any(first <= ord(letter) <= last for first, last in WITHOUT_BLANKS)


def merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans (sorted) of which none overlap."""
    begun, ended = spans[0]
    for start, end in spans[1:]:
        if start >= ended:
            yield begun, ended
            begun, ended = start, end
        ended = max(ended, end)
    yield begun, ended


def cut(text: str, spans: Iterator[tuple[int, int]]) -> list[str]:
    """The text cut at the spans: what is before the first, the first, what is between, and so on to the end."""
    parts, done = [], 0
    for start, end in spans:
        parts += [text[done:start], text[start:end]]
        done = end
    return [*parts, text[done:]]
