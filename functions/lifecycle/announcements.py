"""The life cycle events that other systems hear, drawn from what a session was before and is after.

A `Stopped` or `Failed` carries what Bandwidth's `realTimeTranscriptionStopped` does: cause, duration, start time and
error message.
"""

from typing import Any

import msgspec

from functions.lifecycle.commands import Announce
from functions.lifecycle.session import Desired, Session, State
from functions.lifecycle.view import SessionView, view

PREFIX = "Verbatim."
NEVER_ANNOUNCED = ("speakers", "attempt", "interim_results", "desired")
"""Of the session as the API shows it: names of people above all."""
MOST_WAITING = 50
"""Announcements that the topic has not taken yet; they are part of the session's row, which has an end."""
PASSING = frozenset({"Session.Interrupted", "Session.Resumed", "Session.LocaleChanged"})
"""What is not told any more while so many wait: the session goes on."""


def announce(before: Session, after: Session, now: int) -> list[Announce]:
    """What to announce of a change; nothing where there is no topic."""
    if not after.announces:
        return []
    names = [name for name in names_of(before, after) if name not in PASSING or not waits_long(after)]
    return [Announce(PREFIX + name, now, detail(after)) for name in names]


def waits_long(session: Session) -> bool:
    """Whether as many announcements wait for the topic as may."""
    return sum(isinstance(pending.command, Announce) for pending in session.pending) >= MOST_WAITING


def names_of(before: Session, after: Session) -> list[str]:
    """The names of the events in a change."""
    name = of_session(before, after)
    names = [] if name is None else [f"Session.{name}"]
    ready = after.transcript_ended and not before.transcript_ended
    if ready and after.started_at is not None and after.erased_at is None:
        names.append("Transcript.Ready")
    return names


def of_session(before: Session, after: Session) -> str | None:
    """The event that a change of the session is, if it is one."""
    if before.ended_at is None and after.ended_at is not None:
        return "Failed" if after.error is not None else "Stopped"
    if before.started_at is None and after.started_at is not None:
        return "Started"
    if after.desired is Desired.STOPPED:
        return None
    if after.state is State.ACTIVE and before.confirmed_locale != after.confirmed_locale:
        return "LocaleChanged"
    if after.state is State.ACTIVE and before.state is not State.ACTIVE:
        return "Resumed"
    is_broken = before.state is State.ACTIVE and after.state is not State.ACTIVE
    return "Interrupted" if is_broken and not changes_locale(after) else None


def changes_locale(session: Session) -> bool:
    """Whether the session only stops to start in another locale."""
    is_other = session.locale != session.confirmed_locale
    return is_other and session.trouble is None and session.interrupted_at is None


def detail(session: Session) -> dict[str, Any]:
    """The event's data: the session as the API shows it, without the names of people.

    Bandwidth's words for two of its fields come beside ours.
    """
    if session.erased_at is not None:
        return {"id": session.id, "revision": session.revision + 1, "state": session.state.value}
    shown = view(session)
    public = {key: getattr(shown, key) for key in SessionView.__struct_fields__ if key not in NEVER_ANNOUNCED}
    named = {
        encoded: msgspec.to_builtins(public[key])
        for key, encoded in zip(
            SessionView.__struct_fields__, SessionView.__struct_encode_fields__, strict=True
        )
        if public.get(key) is not None
    }
    words = {"startTime": shown.started_at, "errorMessage": session.error.message if session.error else None}
    return named | {key: word for key, word in words.items() if word} | {"revision": session.revision + 1}
