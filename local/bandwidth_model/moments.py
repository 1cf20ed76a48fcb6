"""Moments and durations as Bandwidth writes them."""

from local.conversation.timestamps import utc


def iso(moment: int) -> str:
    """`moment` (ms since the epoch) in ISO 8601, with milliseconds."""
    return f"{utc(moment)}Z"


def maybe_iso(moment: int | None) -> str | None:
    """The same, if there is one."""
    return None if moment is None else iso(moment)


def duration(milliseconds: int, random_nanoseconds: int = 0) -> str:
    """A duration in ISO 8601, with nanoseconds as in the documented example."""
    minutes, rest = divmod(milliseconds, 60_000)
    seconds = f"{rest // 1000}.{rest % 1000:03}{random_nanoseconds:06}"
    return f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S"
