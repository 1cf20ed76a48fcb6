"""How long the machine waits for what the provider owes it, and how long before it tries again; all in ms."""

import zlib

from functions.lifecycle.session import Connection, Desired, Session

CONNECT_WITHIN_MS = 60_000
"""From connect's answer to CallConnected. Until there is an answer, the command's own leases set the pace."""
START_WITHIN_MS = 30_000
UPDATE_WITHIN_MS = 15_000
STOP_WITHIN_MS = 15_000
ASK_AFTER_DOUBT_MS = 10_000
"""After a transcription command of which nobody heard."""
REOPEN_WITHIN_MS = 30_000
"""How long a transcript socket may be gone before the provider is asked whether there still is a call."""
LEAVE_WITHIN_MS = 15_000
ALONE_FOR_MS = 60_000
"""How long nobody else may be in the call before we go."""
COUNT_AGAIN_MS = 900_000
"""News of people who went may be lost: so often the provider is asked, which also finds a call that is no more."""
TRANSCRIPT_ENDS_WITHIN_MS = 120_000
"""After the session's end, if its socket does not close before."""
ERASE_AGAIN_MS = 60_000
ERASE_FOR_MS = 600_000
"""After the session has ended and its last socket is closed: a frame under way may still come in."""
INCIDENT_OVER_AFTER_MS = 60_000
"""Of unbroken transcription; until then failures add up."""
PAUSES_MS = (2_000, 5_000, 15_000, 30_000, 60_000)
MOST_FAILURES = len(PAUSES_MS)
"""In one incident; one more, and the session fails."""
JITTER_PER_CENT = 25


def is_overdue(session: Session, now: int) -> bool:
    """Whether a callback is late."""
    return session.deadline is not None and session.deadline <= now


def earlier(session: Session, moment: int) -> int:
    """The moment, or the session's deadline if that comes first; ms since 1970."""
    return moment if session.deadline is None else min(session.deadline, moment)


def pause_before_retry(session: Session) -> int:
    """How long to wait after the incident's newest failure; sessions that failed together come back apart."""
    pause = PAUSES_MS[min(max(session.failures, 1), MOST_FAILURES) - 1]
    drawn = zlib.crc32(f"{session.id}/{session.attempt}/{session.failures}".encode()) % (
        2 * JITTER_PER_CENT + 1
    )
    return pause * (100 + drawn - JITTER_PER_CENT) // 100


def due_at(session: Session) -> int | None:
    """The next moment at which time alone must change something; none once nothing is awaited."""
    wanted = session.desired is Desired.TRANSCRIBING
    moments = [
        *(pending.leased_until for pending in session.pending),
        session.must_end_at if wanted else None,
        session.deadline,
        rests_until(session),
        session.count_people_at if session.connection is Connection.CONNECTED else None,
        transcript_ends_at(session),
        session.erasure_due,
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def rests_until(session: Session) -> int | None:
    """When a rest after a failure is over, if it is what keeps the session from going on.

    That is neither its connection's way in or out, nor a stop.
    """
    can_retry = session.connection in (Connection.CONNECTED, Connection.GONE)
    return session.retry_at if can_retry and session.desired is Desired.TRANSCRIBING else None


def transcript_ends_at(session: Session) -> int | None:
    """When the transcript of a session that has ended is taken to be complete, unless it is already."""
    if session.ended_at is None or session.transcript_ended:
        return None
    return session.ended_at + TRANSCRIPT_ENDS_WITHIN_MS
