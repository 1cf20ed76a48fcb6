"""Text as a search sees it: case and accents folded, each piece still knowing where it came from."""

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate

import msgspec

ACCENTS = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
)
"""Marks without which a word is still known: of Latin, Greek and Cyrillic, vowel points of Hebrew and Arabic."""
CHARACTER = re.compile(rf"(?s:.)[{ACCENTS}\u3099\u309a\u1160-\u11ff]{{0,30}}")
"""A code point with the marks, sounds and Hangul parts behind it that belong to it.

So many, as in Unicode's Stream-Safe Text Format (UAX #15): to put marks in order takes the square of their number.
"""
ACCENT = re.compile(f"[{ACCENTS}]")
STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "ɨ": "i"})
"""Letters with a stroke, which Unicode does not take apart."""


class Folded(msgspec.Struct, frozen=True):
    """A folded text; `places[i]` is where in the original the character of its letter `i` begins, and where it ends."""

    text: str
    places: tuple[tuple[int, int], ...]


def fold(text: str) -> str:
    """The text with case, accents and compatibility forms folded."""
    if text.isascii():
        return text.lower()
    return "".join(map(fold_character, CHARACTER.findall(text)))


def fold_with_places(text: str) -> Folded:
    """The folded text with the places of its letters."""
    characters = CHARACTER.findall(text)
    ends = accumulate(map(len, characters))
    places = [
        (end - len(character), end)
        for character, end in zip(characters, ends, strict=True)
        for _ in fold_character(character)
    ]
    return Folded(fold(text), tuple(places))


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """What stands for a character in a search; nothing for a mark by itself."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return unicodedata.normalize("NFKC", ACCENT.sub("", apart)).translate(STROKES)
