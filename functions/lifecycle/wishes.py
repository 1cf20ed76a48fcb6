"""What users want, folded into the session."""

from collections.abc import Mapping
from itertools import accumulate

import msgspec
from msgspec.structs import replace

from functions.lifecycle import events
from functions.lifecycle.commands import Announce, Pending
from functions.lifecycle.ends import reopen
from functions.lifecycle.session import Connection, Desired, Session

MOST_NAMES = 500
LARGEST_NAMES = 128 * 1024
"""Bytes of JSON. Users' names and the provider's are in one row of 1 MiB, in which text is UTF-16."""
ENDS = (".Stopped", ".Failed")


def on_start_requested(event: events.StartRequested, session: Session, now: int) -> Session:
    """The call is to be transcribed; a session on its way out cannot do that any more."""
    if session.ended_at is not None or why_not_again(session, now) is not None:
        return session
    if session.desired is Desired.TRANSCRIBING:
        return session
    wanted = replace(session, desired=Desired.TRANSCRIBING, unanswered_questions=0)
    return going_on(wanted, event.continuation)


def on_restart_requested(event: events.RestartRequested, session: Session, now: int) -> Session:
    """A session that has ended is to go on, or one that is ending is not to end."""
    if session.ended_at is None:
        return on_start_requested(events.StartRequested(event.continuation), session, now)
    again = why_not_again(session, now) is None
    return going_on(reopen(session), event.continuation) if again else session


def going_on(session: Session, continuation: str) -> Session:
    """The session whose call goes on with that, if anything is said of it."""
    if not continuation:
        return session
    return replace(session, request=replace(session.request, continuation=continuation))


def why_not_again(session: Session, now: int) -> str | None:
    """Why a session that has ended, or is about to, cannot go on; none if it can."""
    ended = session.ended_at is not None
    lost = not session.was_joined and session.connection is not Connection.CONNECTED
    reasons = (
        (session.erased_at is not None, "It was erased."),
        (session.replaced_by is not None, f"The session {session.replaced_by} transcribes this call."),
        (now >= session.must_end_at, "It has reached the longest time that a session may last."),
        (session.call_over or (ended and lost), "Its call is over."),
        (session.departing, "It has hung up."),
        (session.error is not None and not ended, "It has failed and is about to end."),
    )
    return next((reason for holds, reason in reasons if holds), None)


def on_stop_requested(event: events.StopRequested, session: Session, now: int) -> Session:
    """The transcription is to end."""
    del event, now
    return session if session.ended_at is not None else replace(session, desired=Desired.STOPPED)


def on_locale_requested(event: events.LocaleRequested, session: Session, now: int) -> Session:
    """The words are to be taken for those of another locale from now on."""
    del now
    return session if session.ended_at is not None else replace(session, locale=event.locale, trouble=None)


def on_speakers_named(event: events.SpeakersNamed, session: Session, now: int) -> Session:
    """The user knows who speaks."""
    del now
    return session if session.erased_at is not None else replace(session, speakers=event.speakers)


def on_speakers_changed(event: events.SpeakersChanged, session: Session, now: int) -> Session:
    """The user knows who some of them are. Two who say so at once lose nothing: each changes what they named."""
    del now
    if session.erased_at is not None:
        return session
    return replace(session, speakers=as_many_as_fit(named_anew(session.speakers, event.speakers)))


def named_anew(speakers: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The names with changes to some of them; None takes a name back."""
    return {raw_id: name for raw_id, name in {**speakers, **changes}.items() if name is not None}


def on_names_heard(event: events.NamesHeard, session: Session, now: int) -> Session:
    """The provider knows who is in the call; after the end that is none of our business."""
    del now
    return session if session.ended_at is not None else with_names(session, event.names)


def with_names(session: Session, names: dict[str, str]) -> Session:
    """The session with further names that the provider told, up to as many as a row can bear."""
    if session.erased_at is not None or names.items() <= session.names.items():
        return session
    return replace(session, names=as_many_as_fit(session.names | names))


def as_many_as_fit(names: Mapping[str, str]) -> dict[str, str]:
    """The first of the names, as many as a row can bear."""
    sizes = accumulate(len(msgspec.json.encode(entry)) for entry in names.items())
    fitting = (entry for entry, size in zip(names.items(), sizes, strict=True) if size <= LARGEST_NAMES)
    return dict(list(fitting)[:MOST_NAMES])


def on_erasure_requested(event: events.ErasureRequested, session: Session, now: int) -> Session:
    """Nothing is to remain: what people said is erased, and what names them is forgotten at once."""
    del event
    if session.erased_at is not None:
        return session
    return replace(
        session,
        request=replace(session.request, speakers={}, tag=None),
        desired=Desired.STOPPED,
        speakers={},
        names={},
        pending=tuple(filter(None, map(without_details, session.pending))),
        erased_at=now,
        erasure_due=now,
    )


def without_details(pending: Pending) -> Pending | None:
    """The pending command, unless it would tell more of an erased session than its end."""
    command = pending.command
    if not isinstance(command, Announce):
        return pending
    if not command.name.endswith(ENDS):
        return None
    kept = {key: command.detail[key] for key in ("id", "revision", "state") if key in command.detail}
    return replace(pending, command=replace(command, detail=kept))
