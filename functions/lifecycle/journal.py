"""The journal: what happened to a session, each thing once."""

import hashlib
import re
from typing import Any

import msgspec

from functions.lifecycle.events import Event, NamesHeard
from functions.lifecycle.session import Session, State
from functions.lifecycle.times import Moment, rfc3339

PLACE = re.compile(r"[0-9]{13,}-[0-9]{8,}-[0-9a-f]{32}", re.ASCII)
"""The form of an entry's place."""


class Occurrence(msgspec.Struct, frozen=True):
    """An event as it was delivered. The same source and id are the same event, however often it comes."""

    source: str
    id: str
    event: Event


class Entry(msgspec.Struct, frozen=True):
    """A line of the journal. `at` is ms since 1970; `state` and `revision` are the session's after the event."""

    key: str
    at: int
    name: str
    source: str
    detail: dict[str, Any]
    revision: int
    state: str

    @property
    def place(self) -> str:
        """Where the line stands in its journal: by time, then by revision. Places compare as texts."""
        return f"{self.at:013d}-{self.revision:08d}-{self.key}"


class EntryView(msgspec.Struct, frozen=True, rename="camel"):
    """A line of the journal as the API shows it; `revision` and `state` are the session's after the event."""

    at: Moment
    event: str
    source: str
    detail: dict[str, Any]
    revision: int
    state: State


def write_entry(occurrence: Occurrence, session: Session, now: int) -> Entry:
    """The line for an event after which the session is as given. It holds no words of the call.

    Of a session that was erased it does not even tell who was in the call.
    """
    detail: dict[str, Any] = msgspec.to_builtins(occurrence.event)
    name = detail.pop("type")
    detail.pop("continuation", None)  # it may hold credentials of another application
    if session.erased_at is not None:
        detail = {}
    if not isinstance(occurrence.event, NamesHeard):
        detail.pop("names", None)  # they are in the session, and may be many
    return Entry(
        key=occurrence_key(occurrence),
        at=now,
        name=name,
        source=occurrence.source,
        detail=detail,
        revision=session.revision,
        state=session.state.value,
    )


def occurrence_key(occurrence: Occurrence) -> str:
    """The row key that makes a repeat visible; hashed, since ids from outside may hold any character."""
    identity = msgspec.json.encode((occurrence.source, occurrence.id))
    return hashlib.blake2b(identity, digest_size=16).hexdigest()


def view_entry(entry: Entry) -> EntryView:
    """The line as the API shows it."""
    return EntryView(
        at=rfc3339(entry.at),
        event=entry.name,
        source=entry.source,
        detail=entry.detail,
        revision=entry.revision,
        state=State(entry.state),
    )
