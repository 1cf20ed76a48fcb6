"""The moment at which a recording begins, so that subtitles line up with it."""

import re
from datetime import UTC, datetime

from functions.errors import InputRefused

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_origin(text: str) -> int:
    """The moment in RFC 3339, ms since 1970. Raises InputRefused."""
    try:
        return moment_ms(text)
    except ValueError:
        raise InputRefused(
            f"{text[:64]!r} is no moment.",
            field="origin",
            remedy="Send RFC 3339 with a time zone, such as 2026-11-21T04:51:57.344Z; "
            "a + in an address is written %2B.",
        ) from None


def moment_ms(text: str) -> int:
    """The moment, ms since 1970, rounded down. Raises ValueError."""
    if not RFC3339.fullmatch(text):
        raise ValueError
    since = datetime.fromisoformat(text.upper()) - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
