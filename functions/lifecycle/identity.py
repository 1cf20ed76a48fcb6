"""Session ids are ULIDs: 48 bits of milliseconds, 80 of chance, in Crockford's base 32; they sort by time."""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PYTHON_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
FORM = re.compile(rf"[0-7][{ALPHABET}]{{25}}")
ID_PATTERN = f"^{FORM.pattern}$"
"""The same for those who read no Python."""
LENGTH = 26
TIME_LENGTH = 10
CHANCE_BITS = 80


def ulid(moment_ms: int, chance: bytes) -> str:
    """A ULID for a moment (ms since 1970) and ten bytes of chance."""
    number = (moment_ms << CHANCE_BITS) | int.from_bytes(chance[:10])
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(LENGTH - 1, -1, -1))


def is_ulid(text: str) -> bool:
    """Whether the text has a ULID's form; anything else is no session's id."""
    return FORM.fullmatch(text) is not None


def ulid_time(text: str) -> int:
    """The moment in a ULID, ms since 1970."""
    return int(text[:TIME_LENGTH].translate(PYTHON_DIGITS), 32)
