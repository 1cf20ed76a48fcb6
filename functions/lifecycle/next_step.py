"""What is desired: the next step from where the session is to where its user wants it."""

from msgspec.structs import replace

from functions.lifecycle.commands import (
    LEASE_MS,
    AskCall,
    Command,
    Connect,
    CountPeople,
    Erase,
    Invite,
    Leave,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.deadlines import (
    ERASE_AGAIN_MS,
    LEAVE_WITHIN_MS,
    START_WITHIN_MS,
    STOP_WITHIN_MS,
    UPDATE_WITHIN_MS,
    earlier,
    is_overdue,
)
from functions.lifecycle.ends import end
from functions.lifecycle.pending import is_pending, leaves_when_done, unless_pending
from functions.lifecycle.session import (
    Connection,
    Desired,
    IncomingCall,
    PlacedCall,
    Session,
    StartAt,
    Transcription,
)
from functions.lifecycle.turns import failures_so_far

type Step = tuple[Session, list[Command]]


def close_the_gap(session: Session, now: int) -> Step:
    """The next steps from what is observed to what is desired, as far as they can be taken now."""
    stepped, step = take_step(session, now)
    invited, inviting = invite(stepped)
    counted, counting = count_people(invited, now)
    erased, erasing = erase(counted, now)
    return erased, step + inviting + counting + erasing


def take_step(session: Session, now: int) -> Step:
    """The next step that the session's user wants."""
    connection = session.call_connection_id
    if session.ended_at is not None and session.connection is Connection.GONE:
        return session, []
    if connection is None:
        return reach_call(session, now)
    if session.desired is Desired.STOPPED and session.connection is Connection.CONNECTED:
        return stop(session, connection, now)
    return go_on(session, connection, now)


def go_on(session: Session, connection: str, now: int) -> Step:
    """The next step on a connection that is not to be given up now, or cannot yet."""
    if session.desired is Desired.STOPPED and is_still_ringing(session):
        return leave(replace(session, departing=True), connection, now)
    if is_overdue(session, now):
        return ask(session, connection, now)
    if session.connection is Connection.CONNECTED:
        return transcribe(session, connection, now)
    return session, []


# --- the connection


def reach_call(session: Session, now: int) -> Step:
    """Join, place or answer the call; none of it once the user has changed their mind."""
    if is_pending(session, Connect):
        return session, []
    if session.desired is Desired.STOPPED:
        return end(session, now), []
    if is_pausing(session, now):
        return session, []
    at_setup = session.request.start_at is StartAt.SETUP
    connecting = replace(
        session,
        connection=Connection.CONNECTING,
        unanswered_questions=0,
        retry_at=None,
        transcription=Transcription.STARTING if at_setup else Transcription.INACTIVE,
        asked_locale=session.locale if at_setup else None,
        starts=session.starts + at_setup,
    )
    return connecting, [Connect(session.attempt)]


def is_pausing(session: Session, now: int) -> bool:
    """Whether the session rests after a failure."""
    return session.retry_at is not None and now < session.retry_at


def is_still_ringing(session: Session) -> bool:
    """Whether a call that we placed rings: to stop it then hangs up on nobody."""
    return isinstance(session.request.call, PlacedCall) and session.connection is Connection.CONNECTING


def ask(session: Session, connection: str, now: int) -> Step:
    """Ask the provider for the truth, unless somebody does already."""
    return replace(session, deadline=now + LEASE_MS), unless_pending(session, AskCall(connection))


def count_people(session: Session, now: int) -> Step:
    """Ask the provider who is in the call, when it is time to and nobody does already."""
    due = session.count_people_at
    connection = session.call_connection_id
    if due is None or now < due or connection is None or session.connection is not Connection.CONNECTED:
        return session, []
    return replace(session, count_people_at=now + LEASE_MS), unless_pending(session, CountPeople(connection))


def invite(session: Session) -> Step:
    """Ring the one whom the caller of an answered call is to be connected to, once; also if nobody transcribes it."""
    call, connection = session.request.call, session.call_connection_id
    if session.invited or not isinstance(call, IncomingCall) or call.connect_to is None:
        return session, []
    if connection is None or session.connection is not Connection.CONNECTED or session.departing:
        return session, []
    return replace(session, invited=True), [Invite(connection, call.connect_to)]


# --- towards a transcription


def transcribe(session: Session, connection: str, now: int) -> Step:
    """Start the transcription, or change its locale."""
    if session.transcription is Transcription.INACTIVE:
        return start(session, connection, now)
    return change_locale(session, connection, now)


def start(session: Session, connection: str, now: int) -> Step:
    """Start the transcription, unless the session rests after a failure."""
    if is_pausing(session, now):
        return session, []
    starting = replace(
        session,
        transcription=Transcription.STARTING,
        asked_locale=session.locale,
        starts=session.starts + 1,
        old_sockets=session.sockets,
        interrupted_at=None,
        active_since=None,
        retry_at=None,
        deadline=now + START_WITHIN_MS,
    )
    return starting, [StartTranscription(connection)]


def change_locale(session: Session, connection: str, now: int) -> Step:
    """Go on in the locale that is wanted: in place where the provider can do that, else by a stop and a start.

    ACS cannot on a connection that joined its call (405/8520, Microsoft's real-time transcription how-to).
    """
    wanted = session.locale != session.asked_locale and not session.updating
    if session.transcription is not Transcription.ACTIVE or not wanted:
        return session, []
    if session.was_joined or not session.updates_in_place:
        return stop_transcribing(session, connection, now)
    updating = replace(
        session, updating=True, asked_locale=session.locale, deadline=earlier(session, now + UPDATE_WITHIN_MS)
    )
    return updating, [UpdateTranscription(connection, session.locale)]


# --- towards an end


def stop(session: Session, connection: str, now: int) -> Step:
    """Stop a transcription that runs, so that the last words come; then leave a call that others had before us.

    Between a start and its TranscriptionStarted the provider refuses the stop (412/8583): there we just leave, or
    wait where we may not.
    """
    if session.transcription is Transcription.ACTIVE and not session.departing:
        return stop_transcribing(session, connection, now)
    if session.transcription is Transcription.STOPPING:
        return ask(session, connection, now) if is_overdue(session, now) else (session, [])
    if leaves_when_done(session):
        return leave(session, connection, now)
    if session.transcription is Transcription.STARTING:
        return wait_for_start(session, connection, now)
    return end(session, now), []


def wait_for_start(session: Session, connection: str, now: int) -> Step:
    """Wait until the provider has started and can stop; when that takes long, ask whether it ever will."""
    if is_overdue(session, now):
        return ask(session, connection, now)
    limit = session.deadline if is_pending(session, AskCall) else earlier(session, now + STOP_WITHIN_MS)
    return replace(session, deadline=limit), []


def stop_transcribing(session: Session, connection: str, now: int) -> Step:
    """Stop the transcription, whatever comes after."""
    stopping = replace(
        session,
        transcription=Transcription.STOPPING,
        failures=failures_so_far(session, now),
        interrupted_at=None,
        active_since=None,
        updating=False,
        deadline=now + STOP_WITHIN_MS,
    )
    return stopping, [StopTranscription(connection)]


def leave(session: Session, connection: str, now: int) -> Step:
    """Go out of the call; on one that we placed or answered that hangs up."""
    leaving = replace(session, connection=Connection.LEAVING, updating=False, deadline=now + LEAVE_WITHIN_MS)
    return leaving, [Leave(connection)]


def erase(session: Session, now: int) -> Step:
    """Erase what there is, when it is time to and nobody does already."""
    if session.erasure_due is None or now < session.erasure_due:
        return session, []
    return replace(session, erasure_due=now + ERASE_AGAIN_MS), unless_pending(session, Erase())
