"""Whether transcriptions were started when they should not have been, whosever calls they are of."""

from collections import Counter

from functions.lifecycle.deadlines import MOST_FAILURES
from functions.lifecycle.session import Session
from tests.simulation.scene import Scene

MOST_STARTS = MOST_FAILURES + 4
"""In a row without one that came about: the first, the retries, and those of which nobody heard in time."""

type Moments = list[tuple[int, str]]
"""When (ms since 1970), and what about."""


def started_over_and_over(asked: Moments, came_about: Moments) -> list[str]:
    """What was started again and again in vain."""
    in_vain: Counter[str] = Counter()
    wrong = set()
    for _, is_start, about in sorted(
        [(at, 1, about) for at, about in asked] + [(at, 0, about) for at, about in came_about]
    ):
        in_vain[about] = in_vain[about] + 1 if is_start else 0
        if in_vain[about] > MOST_STARTS:
            wrong.add(f"{about[:8]} was started over and over")
    return sorted(wrong)


def started_after_its_stop(scene: Scene, session: Session, asked: list[int], under_way_ms: int) -> list[str]:
    """Whether a start was asked for after the session's stop was saved for good.

    One that was saved before the stop may still be on its way for `under_way_ms`.
    """
    wish, stopped_at = scene.last_wish(session.id)
    late = [at for at in asked if at > stopped_at + under_way_ms]
    if wish != "stop-requested" or not late:
        return []
    return [f"{session.id[-6:]} was started {late[0] - stopped_at} ms after its stop"]
