"""Moments as text."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(moment: int) -> str:
    """`moment` (ms since the epoch) in ISO 8601 with milliseconds, still without the zone."""
    second, millisecond = divmod(moment, 1000)
    text = (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{millisecond:03}"
