"""Commands carried out: at the provider, at the topic for events, in our own tables."""

import logging

import msgspec
from msgspec import UNSET

from functions.errors import CallRefused, RowChanged, Unavailable
from functions.lifecycle import events
from functions.lifecycle.commands import (
    Announce,
    AskCall,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.events import CallReported, Event, Outcome, PeopleCounted
from functions.lifecycle.session import IncomingCall, Session, Transcription
from functions.lifecycle.silence import SILENT_AFTER_MS, should_have_words
from functions.lifecycle.times import rfc3339
from functions.services.claims import keys_of, server_call_key
from functions.services.ports import Calls, SessionPorts, viewers_of
from functions.transcript.segments import PLACE_DIGITS

HEARD_WITHIN_MS = 60_000
"""How far back to look for a word as a sign that the transcription runs."""
ARRIVAL = frozenset({"received_at"})
"""The one column that is asked for where a row as such is the answer."""
LOG = logging.getLogger("verbatim.sessions")


async def carry_out(ports: SessionPorts, session: Session, pending: Pending) -> Event:
    """What came of the command, as an event."""
    try:
        return await call_out(ports, session, pending)
    except CallRefused as refused:
        LOG.warning(
            "session %s: %s was refused: %d/%d",
            session.id,
            type(pending.command).__name__,
            refused.code,
            refused.sub_code,
        )
        outcome = outcome_of(refused)
        return events.CommandRefused(pending.id, outcome)
    except Unavailable as error:
        LOG.warning("session %s: %s has no answer: %s", session.id, type(pending.command).__name__, error)
        return events.CommandUnanswered(pending.id, str(error))


async def call_out(ports: SessionPorts, session: Session, pending: Pending) -> Event:
    """Perform the command where it belongs."""
    match pending.command:
        case Announce():
            await publish(ports, session, pending.id, pending.command)
        case Erase():
            await erase_words(ports, session)
        case AskCall(connection):
            return await ask(ports, session, pending.id, connection)
        case CountPeople(connection):
            return await count_people(ports, session, pending.id, connection)
        case _:
            return await call_provider(calls_of(ports, session), session, pending)
    return events.CommandAccepted(pending.id)


def outcome_of(refused: CallRefused) -> Outcome:
    """What a provider answered, as events have it."""
    return Outcome(refused.code, refused.sub_code, str(refused), refused.reason or UNSET)


def calls_of(ports: SessionPorts, session: Session) -> Calls:
    """Whose the session's call is. Raises CallRefused if the deployment does not serve that provider any more."""
    provider = session.request.provider
    if not provider:
        return ports.calls()
    if provider not in ports.other_calls:
        raise CallRefused("This deployment has no settings for the call's provider.", code=403, sub_code=0)
    return ports.other_calls[provider]()


async def call_provider(calls: Calls, session: Session, pending: Pending) -> Event:
    """Perform the command at the call's provider."""
    match pending.command:
        case Connect():
            return await calls.connect(session, pending)
        case StartTranscription(connection):
            await calls.start_transcription(session, connection)
        case StopTranscription(connection):
            await calls.stop_transcription(session, connection)
        case UpdateTranscription(connection, locale):
            await calls.update_transcription(session, connection, locale)
        case Invite():
            await calls.invite(session, pending)
        case Leave(connection):
            await calls.leave(connection)
    return events.CommandAccepted(pending.id)


async def ask(ports: SessionPorts, session: Session, command: str, connection: str) -> CallReported:
    """What the provider says of the connection, and when words of it came last."""
    report = await calls_of(ports, session).ask(command, connection)
    heard_at = await last_heard(ports, session)
    transcribing = has_socket(session) if report.transcribing is None else report.transcribing
    return msgspec.structs.replace(report, heard_at=heard_at, transcribing=transcribing)


def has_socket(session: Session) -> bool:
    """Whether a transcription runs of which its provider cannot tell: it has its socket open, until it is stopped."""
    since_start = set(session.sockets) - set(session.old_sockets)
    return bool(since_start) and session.transcription is not Transcription.STOPPING


async def count_people(ports: SessionPorts, session: Session, command: str, connection: str) -> PeopleCounted:
    """Who is in the call; and who of them we are, if the answer that said so was lost.

    Of a call that we answered the provider's source is the caller, who must not be taken for us.
    """
    calls = calls_of(ports, session)
    counted = await calls.count_people(command, connection)
    other = await own_id_of_holder(ports, session)
    people = tuple(raw_id for raw_id in counted.people if raw_id != other)
    counted = msgspec.structs.replace(counted, people=people)
    await note_silence(ports, session, people)
    if session.own_id is not None or isinstance(session.request.call, IncomingCall):
        return counted
    report = await calls.ask(command, connection)
    return msgspec.structs.replace(counted, own_id=report.own_id)


async def note_silence(ports: SessionPorts, session: Session, people: tuple[str, ...]) -> None:
    """Say so if nothing is heard of people who are in a transcribed call for long. Raises Unavailable.

    Looked at when the provider was asked who is there anyhow: it costs a read in a quarter of an hour, and no frame.
    """
    if not should_have_words(session, people, ports.clock()):
        return
    since = words_since(ports, session, SILENT_AFTER_MS)
    if [segment async for segment in ports.segments().segments(session.id, since, ARRIVAL, most=1)]:
        return
    ports.counts.count("silentSessions")
    LOG.warning(
        "session %s: nothing was heard for %d minutes, though people are in the call",
        session.id,
        SILENT_AFTER_MS // 60_000,
    )


async def own_id_of_holder(ports: SessionPorts, session: Session) -> str | None:
    """The raw id of another bot of ours in the call: two that keep each other company would stay for ever."""
    if session.was_joined or session.server_call_id is None:
        return None
    found = await ports.claims.read(server_call_key(session.server_call_id))
    if found is None or found.claim.session_id == session.id:
        return None
    stored = await ports.store.load(found.claim.session_id)
    return None if stored is None else stored.session.own_id


async def last_heard(ports: SessionPorts, session: Session) -> int | None:
    """When the newest of the last minute's finals came (ms since 1970), if there is one."""
    since = words_since(ports, session, HEARD_WITHIN_MS)
    found = ports.segments().segments(session.id, since, ARRIVAL)
    return max([segment.received_at async for segment in found], default=None)


def words_since(ports: SessionPorts, session: Session, within_ms: int) -> str:
    """The row key behind which the words of the last so many ms are."""
    since = max(0, ports.clock() - session.created_at - within_ms)
    return f"{since:0{PLACE_DIGITS}d}"


async def publish(ports: SessionPorts, session: Session, command: str, announcement: Announce) -> None:
    """Publish a life cycle event as a CloudEvent; a repeat has the same id. Raises CallRefused, Unavailable."""
    if ports.topic is None:
        return
    event = {
        "specversion": "1.0",
        "id": f"{session.id}-{command}",
        "source": f"/api/sessions/{session.id}",
        "subject": f"sessions/{session.id}",
        "type": announcement.name,
        "time": rfc3339(announcement.at),
        "datacontenttype": "application/json",
        "data": announcement.detail,
    }
    await ports.topic().publish(msgspec.json.encode(event))


async def erase_words(ports: SessionPorts, session: Session) -> None:
    """Close the session's sockets, then remove all that it left but its own row. Raises Unavailable."""
    await viewers_of(session, ports.viewers).dismiss(session.id)
    await ports.segments().erase(session.id)
    await ports.store.erase_traces(session)
    for key in keys_of(session):
        await erase_claim(ports, session, key)


async def erase_claim(ports: SessionPorts, session: Session, key: str) -> None:
    """Remove the claim with the names that were kept for its call, unless another session has it now."""
    found = await ports.claims.read(key)
    if found is not None and found.claim.session_id != session.id:
        return
    await ports.names.erase(key, ports.clock())
    if found is None:
        return
    try:
        await ports.claims.remove(key, found)
    except RowChanged:
        return  # somebody else's now
