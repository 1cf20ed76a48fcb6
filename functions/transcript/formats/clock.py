"""Times as subtitles and people write them."""

from functions.lifecycle.times import MS_PER_SECOND


def clock(milliseconds: int, point: str) -> str:
    """`HH:MM:SS` and milliseconds behind a point or comma; hours may have more digits."""
    return f"{clock_seconds(milliseconds)}{point}{milliseconds % MS_PER_SECOND:03d}"


def clock_seconds(milliseconds: int) -> str:
    """`HH:MM:SS`, rounded down."""
    minutes, seconds = divmod(milliseconds // MS_PER_SECOND, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"
