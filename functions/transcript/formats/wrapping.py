"""Text in lines that are short enough for a subtitle."""

import unicodedata

LONGEST_LINE = 42
"""Characters: what broadcasters and streaming services take at the most for Latin scripts."""
JOINER = "\u200d"
JOINED_TO_WHAT_IS_BEFORE = frozenset({"Mn", "Mc", "Me", "Pe", "Pf", "Po", "Sk"})
"""Categories: marks, what closes, points and commas, skin tones."""


def wrap(text: str) -> list[str]:
    """The text, whose words are apart by one blank, in lines; a word that is longer than a line is cut."""
    lines = []
    start, end = 0, len(text)
    while end - start > LONGEST_LINE:
        blank = text.rfind(" ", start + 1, start + LONGEST_LINE + 1)
        cut = blank if blank > 0 else place_to_cut(text, start)
        lines.append(text[start:cut])
        start = cut + 1 if cut == blank else cut
    lines.append(text[start:])
    return lines


def place_to_cut(text: str, start: int) -> int:
    """Where to cut what has no blank: as late as possible, but not within a character of several code points."""
    latest = start + LONGEST_LINE
    for cut in range(latest, start, -1):
        if not is_joined(text, cut, start):
            return cut
    return latest


def is_joined(text: str, at: int, start: int) -> bool:
    """Whether what stands there belongs to what is before it; at `start` begins a character."""
    here, before = text[at], text[at - 1]
    if JOINER in {here, before} or unicodedata.category(here) in JOINED_TO_WHAT_IS_BEFORE:
        return True
    return is_flag_letter(here) and flag_letters_before(text, at, start) % 2 == 1


def flag_letters_before(text: str, at: int, start: int) -> int:
    """How many regional indicators stand before a place, at the most from `start` on: two make a flag."""
    first = at
    while first > start and is_flag_letter(text[first - 1]):
        first -= 1
    return at - first


def is_flag_letter(character: str) -> bool:
    """Whether it is a regional indicator."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"
