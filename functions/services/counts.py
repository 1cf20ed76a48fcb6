"""What one process has done since its last line in the log: frames are too many for a line each."""

import logging
from bisect import bisect_left
from collections import Counter

import msgspec

LINE_EVERY_MS = 60_000
CAPTION_MS = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
"""Bounds of the classes of a caption's way through us, from its frame's arrival until it was sent (ms)."""
LOG = logging.getLogger("verbatim.counts")


class Line(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One line of the log; `docs/watching.md` says what is in it. Classes of `caption_ms` are upper bounds."""

    seconds: float
    done: dict[str, int]
    caption_ms: dict[str, int] = {}
    failures: dict[str, int] = {}
    most_due: int = 0
    latest_ms: int = 0


class Counts:
    """Counts until a minute is over; then the next event that is counted writes the line.

    An event of an invocation does it and no clock of ours, since the host drops what is logged outside of one.
    """

    def __init__(self) -> None:
        self.began_at: int | None = None
        self.begin()

    def begin(self) -> None:
        """Start again from nothing."""
        self.done: Counter[str] = Counter()
        self.caption_classes = [0] * (len(CAPTION_MS) + 1)
        self.failures: Counter[str] = Counter()
        self.most_due = 0
        self.latest_ms = 0

    def count(self, what: str) -> None:
        """One more of it."""
        self.done[what] += 1

    def count_caption(self, milliseconds: int) -> None:
        """A final's caption was sent, so long after its frame came."""
        self.caption_classes[bisect_left(CAPTION_MS, milliseconds)] += 1

    def count_failure(self, code: int, sub_code: int) -> None:
        """A session met with a result code of the calls' side."""
        self.failures[f"{code}/{sub_code}"] += 1

    def note_due(self, timers: int, latest_ms: int) -> None:
        """A sweep found so many timers with something to do, the latest of them late by so much."""
        self.most_due = max(self.most_due, timers)
        self.latest_ms = max(self.latest_ms, latest_ms)

    def tell(self, now: int) -> None:
        """Write the line, if its minute is over at `now` (ms since 1970) and there is anything to say."""
        if self.began_at is None:
            self.began_at = now
        if now - self.began_at < LINE_EVERY_MS:
            return
        line = self.line(now)
        if line.done or line.failures or line.most_due:
            LOG.info("counts %s", msgspec.json.encode(line).decode())
        self.began_at = now
        self.begin()

    def line(self, now: int) -> Line:
        """What was counted since the last line."""
        bounds = [*map(str, CAPTION_MS), "more"]
        return Line(
            seconds=(now - (self.began_at or now)) / 1000,
            done=dict(self.done),
            caption_ms={
                bound: number for bound, number in zip(bounds, self.caption_classes, strict=True) if number
            },
            failures=dict(self.failures),
            most_due=self.most_due,
            latest_ms=self.latest_ms,
        )
