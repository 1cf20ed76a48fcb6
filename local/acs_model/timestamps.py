"""Moments as text and as .NET ticks."""

from local.conversation.timestamps import utc

TICKS_PER_MS = 10_000
MAX_TICKS = 3_155_378_975_999_999_999
"""`DateTime.MaxValue.Ticks`."""
_EPOCH_TICKS = 621_355_968_000_000_000


def rfc3339(moment: int, ticks: int = 0) -> str:
    """`moment` (ms since the epoch) and up to 9999 ticks more, with seven decimals as ACS writes it [R]."""
    return f"{utc(moment)}{ticks:04}+00:00"


def event_time(moment: int) -> str:
    """`moment` (ms since the epoch) as Event Grid writes it [D]."""
    return rfc3339(moment).replace("+00:00", "Z")


def counting_down(moment: int, ticks: int) -> int:
    """The older documented form of an offset: what is left until the end of .NET's time [I]."""
    return MAX_TICKS - (_EPOCH_TICKS + moment * TICKS_PER_MS + ticks)
