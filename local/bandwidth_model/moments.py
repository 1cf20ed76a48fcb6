"""Moments and durations as Bandwidth writes them."""

from local.call_model.timestamps import rfc3339


def iso(moment: int) -> str:
    """`moment` (ms since the epoch) in ISO 8601, with milliseconds."""
    return rfc3339(moment)[:23] + "Z"


def maybe_iso(moment: int | None) -> str | None:
    """The same, if there is one."""
    return None if moment is None else iso(moment)


def duration(milliseconds: int, random_nanoseconds: int = 0) -> str:
    """A duration in ISO 8601, with nanoseconds as in the documented example."""
    minutes, rest = divmod(milliseconds, 60_000)
    seconds = f"{rest // 1000}.{rest % 1000:03}{random_nanoseconds:06}"
    return f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S"
