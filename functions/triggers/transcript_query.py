"""What one may ask of a transcript."""

from typing import Annotated

from msgspec import Meta

from functions.errors import InputRefused
from functions.transcript.formats.choice import Format
from functions.transcript.search import LONGEST_QUERY
from functions.triggers.query import Query

DEFAULT_LINES = 500
DEFAULT_HITS = 50
MOST_LINES = 1000
FORMAT = Meta(description="Wins over Accept.", extra_json_schema={"enum": list(Format)})
LIMIT = Meta(
    ge=1, le=MOST_LINES, description=f"json: segments of a page ({DEFAULT_LINES}), or hits ({DEFAULT_HITS})."
)
CURSOR = Meta(description="json: `next` of the page before.")
SINCE = Meta(
    pattern=r"^[0-9]{10}-[0-9a-f]{16}$(?!\n)",
    extra={
        "wrong": "is not a segment id",
        "remedy": "Send the segmentId of the newest segment that you have, or leave since out.",
    },
    description="json: the id of the newest segment that you have. What may be new to you, from 120 s before it.",
)
WORDS = Meta(
    max_length=LONGEST_QUERY,
    description="json: words that a segment must hold, all of them and whole; case and accents do not matter.",
    extra={"remedy": f"Send one or more words, up to {LONGEST_QUERY} characters."},
)
ORIGIN = Meta(
    description="vtt, srt: where the time of the cues begins, as a recording does; `createdAt` if left out.",
    extra_json_schema={"format": "date-time"},
)
PAGED = frozenset({"limit", "cursor", "since", "q"})
SHIFTED = frozenset({"origin"})
WHOLE: frozenset[str] = frozenset()
FITTING = {
    Format.JSON: PAGED,
    Format.VTT: SHIFTED,
    Format.SRT: SHIFTED,
    Format.TXT: WHOLE,
    Format.MD: WHOLE,
}
"""The parameters that each format has."""
BEGINNINGS = ("cursor", "q")
"""What `since` does not go with: the one says where to begin, the other looks everywhere."""


class TranscriptQuery(Query, frozen=True):
    """Which format, and which part."""

    format: Annotated[str, FORMAT] | None = None
    limit: Annotated[int, LIMIT] | None = None
    cursor: Annotated[str, CURSOR] | None = None
    since: Annotated[str, SINCE] | None = None
    q: Annotated[str, WORDS] | None = None
    origin: Annotated[str, ORIGIN] | None = None


def check_fitting(query: TranscriptQuery, form: Format) -> None:
    """Raise InputRefused for a parameter that the format would ignore, and for two that do not go together."""
    given = [name for name in (*PAGED, *SHIFTED) if getattr(query, name) is not None]
    for name in sorted(set(given) - FITTING[form]):
        able = ", ".join(one for one in Format if name in FITTING[one])
        raise InputRefused(
            f"{form} has no {name}.", field=name, remedy=f"Leave {name} out, or send format: {able}."
        )
    both = [name for name in BEGINNINGS if name in given and "since" in given]
    if both:
        raise InputRefused(
            f"since and {both[0]} do not go together.", field="since", remedy=f"Send since or {both[0]}."
        )
