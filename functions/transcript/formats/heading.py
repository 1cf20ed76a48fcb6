"""What stands above a transcript, and what its file is called."""

import re
import unicodedata
from collections.abc import Iterable
from typing import assert_never

import msgspec

from functions.lifecycle.session import CallLocator, IncomingCall, LocatorKind, PlacedCall, Session
from functions.lifecycle.times import rfc3339
from functions.transcript.formats.utterances import one_line
from functions.transcript.streams import Anchor

CALLS = {
    LocatorKind.GROUP_CALL: "Group call",
    LocatorKind.ROOM: "Room",
    LocatorKind.SERVER_CALL: "Call",
    LocatorKind.CALL: "Call",
}
NO_NAME = re.compile(r"[^0-9A-Za-z]+")
LONGEST_NAME = 60


class Heading(msgspec.Struct, frozen=True):
    """Which call it was, when, in which languages, and how its session is now; each on one line."""

    title: str
    when: str
    languages: str
    state: str


def heading(session: Session, anchors: Iterable[Anchor]) -> Heading:
    """The session as a reader of its transcript is told of it: without numbers and identities of people."""
    spoken = sorted((anchor for anchor in anchors if anchor.locale), key=lambda one: one.starts_at)
    languages = dict.fromkeys(anchor.locale for anchor in spoken) or {session.locale: None}
    return Heading(title(session), when(session), ", ".join(languages), session.state.value)


def title(session: Session) -> str:
    """The tag, or else the call."""
    return one_line(session.request.tag or "") or call_title(session)


def call_title(session: Session) -> str:
    """The call by its id, or by how it came about: who was rung is not told."""
    match session.request.call:
        case CallLocator(kind, value):
            return one_line(f"{CALLS[kind]} {value}")
        case PlacedCall():
            return "Placed call"
        case IncomingCall():
            return "Incoming call"
        case unknown:
            assert_never(unknown)


def when(session: Session) -> str:
    """From when to when, in UTC."""
    begun = day_and_time(session.created_at)
    if session.ended_at is None:
        return f"from {begun} UTC"
    return f"{begun} to {day_and_time(session.ended_at)} UTC"


def day_and_time(moment_ms: int) -> str:
    """`2026-01-02 03:04:05`."""
    return rfc3339(moment_ms)[:19].replace("T", " ")


def file_name(session: Session, ending: str) -> str:
    """A name for any file system and header: the day, and the tag or else the session's id, in ASCII."""
    plain = unicodedata.normalize("NFKD", session.request.tag or "").encode("ascii", "ignore").decode()
    call = NO_NAME.sub("-", plain)[:LONGEST_NAME].strip("-") or session.id
    return f"transcript-{rfc3339(session.created_at)[:10]}-{call}.{ending}"
