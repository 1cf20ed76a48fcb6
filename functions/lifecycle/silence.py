"""What somebody who watches the deployment wants to know: people talk, and no words of it come."""

from functions.lifecycle.connection_events import others_of
from functions.lifecycle.session import Session, State

SILENT_AFTER_MS = 600_000
"""Two people who are in a call for that long have said something."""
LEAST_TRANSCRIBED_MS = 120_000
"""A session that ends sooner may have had nobody to hear."""


def should_have_words(session: Session, people: tuple[str, ...], now: int) -> bool:
    """Whether a session was transcribed for so long without a break, and two or more people are in its call.

    `people` are the raw ids that the provider counted, `now` is ms since 1970.
    """
    since = session.active_since
    if session.state is not State.ACTIVE or since is None or now - since < SILENT_AFTER_MS:
        return False
    return len(others_of(people, session)) > 1


def ended_without_words(before: Session, after: Session) -> bool:
    """Whether a session ends here that was transcribed for a while, and no word ever came."""
    if before.ended_at is not None or after.ended_at is None or after.started_at is None:
        return False
    return after.first_heard_at is None and after.ended_at - after.started_at >= LEAST_TRANSCRIBED_MS
