"""A session as the API, its viewers and the journal show it: no ticket, no secret, no inner bookkeeping."""

from typing import Any, assert_never

import msgspec

from functions.lifecycle.session import CallLocator, IncomingCall, PlacedCall, Session, SessionError
from functions.lifecycle.times import iso_duration, rfc3339


class SessionView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The public form of a session; absent is what is not known yet.

    `error` of a session that goes on is the trouble that it may get over by itself.
    """

    id: str
    revision: int
    state: str
    desired: str
    call: dict[str, Any]
    locale: str
    interim_results: bool
    start_at: str
    created_at: str
    attempt: int
    speakers: dict[str, str]
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    connected_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    duration: str | None = None
    cause: str | None = None
    error: SessionError | None = None
    speech_model_endpoint_id: str | None = None
    tag: str | None = None
    replaced_by: str | None = None


class SessionMessage(
    SessionView, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag="session"
):
    """What viewers get when a session changes."""


def session_message(session: Session) -> bytes:
    """The message to viewers that says how the session is now, as JSON."""
    return msgspec.json.encode(SessionMessage(**msgspec.structs.asdict(view(session))))


def view(session: Session) -> SessionView:
    """The session's public form. `duration` is that of the transcription, from its start to its end."""
    return SessionView(
        id=session.id,
        revision=session.revision,
        state=session.state.value,
        desired=session.desired.value,
        call=view_call(session),
        locale=session.locale,
        interim_results=session.request.interim_results,
        start_at=session.request.start_at.value,
        created_at=rfc3339(session.created_at),
        attempt=session.attempt,
        speakers=session.shown_names,
        call_connection_id=session.call_connection_id,
        server_call_id=session.server_call_id,
        correlation_id=session.correlation_id,
        connected_at=moment(session.connected_at),
        started_at=moment(session.started_at),
        ended_at=moment(session.ended_at),
        duration=transcribed_for(session),
        cause=session.cause.value if session.cause and session.ended_at is not None else None,
        error=session.error or session.trouble,
        speech_model_endpoint_id=session.request.speech_model_endpoint_id,
        tag=session.request.tag,
        replaced_by=session.replaced_by,
    )


def view_call(session: Session) -> dict[str, Any]:
    """The call in the form in which a start names it; one that rang, by who called whom."""
    match session.request.call:
        case CallLocator(kind, value):
            return {kind.value: value}
        case PlacedCall(to, caller_id):
            return {"to": list(to)} | ({"from": caller_id} if caller_id else {})
        case IncomingCall(caller, called):
            return {"from": caller, "to": [called], "incoming": True}
        case unknown:
            assert_never(unknown)


def moment(moment_ms: int | None) -> str | None:
    """The moment in RFC 3339, if there is one."""
    return None if moment_ms is None else rfc3339(moment_ms)


def transcribed_for(session: Session) -> str | None:
    """How long a session that has ended was transcribed, in ISO 8601."""
    if session.ended_at is None or session.started_at is None:
        return None
    return iso_duration(max(0, session.ended_at - session.started_at))  # hosts' clocks differ


def looks_the_same(before: Session, after: Session) -> bool:
    """Whether a reader of the API would see no difference but the revision."""
    return comparable(before) == comparable(after)


def comparable(session: Session) -> dict[str, Any]:
    """The view without its revision."""
    shown: dict[str, Any] = msgspec.structs.asdict(view(session))
    del shown["revision"]
    return shown
