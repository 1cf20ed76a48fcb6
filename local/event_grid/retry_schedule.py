"""When a delivery is tried again, and when it is given up [D: delivery-and-retry]. Pure; seconds."""

from collections.abc import Sequence

_MINUTE = 60.0
_HOUR = 60 * _MINUTE

PAUSES = (10.0, 30.0, _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR)
THEN_EVERY = 12 * _HOUR
TIME_TO_LIVE = 24 * _HOUR

_SUCCESSES = range(200, 205)
# Of webhooks: bad request, unauthorized, forbidden, too large.
_NOT_RETRIED = frozenset((400, 401, 403, 413))
_AT_LEAST = {408: 2 * _MINUTE, 503: 30.0}


def succeeded(status: int | None) -> bool:
    """Whether this answer ends the delivery; None is no answer at all."""
    return status in _SUCCESSES


def next_pause(statuses: Sequence[int | None]) -> float | None:
    """How long to wait after these failed tries, or None if that was the last one.

    The service notices that an event has outlived itself only when its next try is due; here that is known at once.
    """
    if statuses[-1] in _NOT_RETRIED:
        return None
    pauses = [_pause(number, status) for number, status in enumerate(statuses)]
    return None if sum(pauses) > TIME_TO_LIVE else pauses[-1]


def _pause(number: int, status: int | None) -> float:
    scheduled = PAUSES[number] if number < len(PAUSES) else THEN_EVERY
    return scheduled if status is None else max(scheduled, _AT_LEAST.get(status, 0))
