"""Times as subtitles and people write them."""

from functions.lifecycle.times import MS_PER_SECOND


def clock(milliseconds: int, point: str) -> str:
    """`HH:MM:SS` and milliseconds behind a point or comma; hours may have more digits."""
    seconds, fraction = divmod(milliseconds, MS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{fraction:03d}"


def clock_seconds(milliseconds: int) -> str:
    """`HH:MM:SS`, rounded down."""
    return clock(milliseconds, ".").partition(".")[0]
