"""A session as the API, its viewers and the journal show it: no ticket, no secret, no inner bookkeeping."""

from typing import Annotated, Any, assert_never

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from functions.lifecycle.session import (
    CallLocator,
    Cause,
    Desired,
    IncomingCall,
    LocatorKind,
    PlacedCall,
    Session,
    SessionError,
    StartAt,
    State,
)
from functions.lifecycle.times import Moment, iso_duration, rfc3339


class CallView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A call as its start named it; of one that rang, who called whom. `provider` says whose it is if not ACS's."""

    group_call_id: str | None = None
    server_call_id: str | None = None
    room_id: str | None = None
    call_id: str | None = None
    to: list[str] | None = None
    caller: str | None = msgspec.field(name="from", default=None)
    incoming: bool = False
    provider: str | None = None


ONE_CALL = Meta(extra_json_schema={"oneOf": [{"required": [name]} for name in (*LocatorKind, "to")]})


class SessionView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The public form of a session; absent is what is not known yet."""

    id: Annotated[str, Meta(description="A ULID: it sorts by the time of the start.")]
    revision: Annotated[int, Meta(description="Rises with every change; a reader drops an older one.")]
    state: State
    desired: Desired
    call: Annotated[CallView, ONE_CALL]
    locale: Annotated[str, Meta(description="The one that is wanted now.")]
    interim_results: bool
    start_at: StartAt
    created_at: Moment
    attempt: Annotated[int, Meta(description="How often our connection was made, 1 at first.")]
    speakers: Annotated[dict[str, str], Meta(description="Names by raw id, from users and from ACS.")]
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    connected_at: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    duration: (
        Annotated[str, Meta(description="Of the transcription, ISO 8601; once it has ended.")] | None
    ) = None
    cause: Annotated[Cause | None, Meta(description="Why it ended.")] = None
    error: Annotated[
        SessionError | None,
        Meta(
            description="What went wrong; of a session that goes on, the trouble that it may get over by itself."
        ),
    ] = None
    speech_model_endpoint_id: str | None = None
    tag: str | None = None
    replaced_by: (
        Annotated[str, Meta(description="The session that transcribes this call instead.")] | None
    ) = None


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
        state=session.state,
        desired=session.desired,
        call=replace(view_call(session), provider=session.request.provider or None),
        locale=session.locale,
        interim_results=session.request.interim_results,
        start_at=session.request.start_at,
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
        cause=session.cause if session.ended_at is not None else None,
        error=session.error or session.trouble,
        speech_model_endpoint_id=session.request.speech_model_endpoint_id,
        tag=session.request.tag,
        replaced_by=session.replaced_by,
    )


def view_call(session: Session) -> CallView:
    """The call in the form in which a start names it; one that rang, by who called whom."""
    match session.request.call:
        case CallLocator(LocatorKind.GROUP_CALL, value):
            return CallView(group_call_id=value)
        case CallLocator(LocatorKind.SERVER_CALL, value):
            return CallView(server_call_id=value)
        case CallLocator(LocatorKind.CALL, value):
            return CallView(call_id=value)
        case CallLocator(_, value):
            return CallView(room_id=value)
        case PlacedCall(to, caller_id):
            return CallView(to=list(to), caller=caller_id)
        case IncomingCall(caller, called):
            return CallView(caller=caller, to=[called], incoming=True)
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
