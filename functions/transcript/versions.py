"""ETags of transcripts that have ended: what was read once needs no second reading until something changes."""

from functions.lifecycle.session import Session
from functions.transcript.formats.choice import Format

FORMS_VERSION = 1
"""Raise it with every change of what a format looks like."""


def etag_of(session: Session, form: Format) -> str | None:
    """What names the content of a transcript in a format, while its address stays the same; none if words may come.

    Every change of a session raises its revision, also that of a name; the words themselves change no more once the
    transcript has ended and no socket is open, on which one could still come.
    """
    if not session.transcript_ended or session.sockets:
        return None
    return f'"{session.revision}-{form}-{FORMS_VERSION}"'


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether an ETag is among those of an `If-None-Match` header, by RFC 9110's weak comparison."""
    known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in known or known == ["*"]
