"""How long the machine waits for what ACS owes it, in ms."""

from functions.lifecycle.session import Session

CONNECT_WITHIN_MS = 60_000
"""From connect's answer to CallConnected. Until there is an answer, the command's own leases set the pace."""
START_WITHIN_MS = 30_000
STOP_WITHIN_MS = 15_000
ASK_AFTER_DOUBT_MS = 10_000
"""After a transcription command of which nobody heard."""
REOPEN_WITHIN_MS = 30_000
"""How long a transcript socket may be gone before ACS is asked whether there still is a call."""
LEAVE_WITHIN_MS = 15_000


def is_overdue(session: Session, now: int) -> bool:
    """Whether a callback is late."""
    return session.deadline is not None and session.deadline <= now
