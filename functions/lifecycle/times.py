"""Moments and durations in the forms that the API speaks. Inside, a moment is milliseconds since 1970 UTC."""

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta

Moment = Annotated[
    str, Meta(description="RFC 3339, UTC, with milliseconds.", extra_json_schema={"format": "date-time"})
]

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- UTC is all there is here, and the `Z` says so
MS_PER_SECOND = 1000


def rfc3339(moment_ms: int) -> str:
    """The moment as RFC 3339 in UTC with milliseconds, `2026-01-02T03:04:05.006Z`."""
    moment = EPOCH + timedelta(milliseconds=moment_ms)
    return moment.isoformat(timespec="milliseconds") + "Z"


def iso_duration(milliseconds: int) -> str:
    """The duration in ISO 8601, `PT1M52.217S`, as Bandwidth writes it."""
    seconds, fraction = divmod(milliseconds, MS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f"{seconds}.{fraction:03d}".rstrip("0").rstrip(".")
    parts = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if tail != "0" or not parts:
        parts += f"{tail}S"
    return "PT" + parts
