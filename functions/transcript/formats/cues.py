"""Utterances as cues: short enough to be read, in order of their start, one at a time of each speaker."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import accumulate, batched, count
from math import inf

import msgspec

from functions.transcript.formats.utterances import Utterance
from functions.transcript.formats.wrapping import wrap
from functions.transcript.reading import Gap

SHORTEST_CUE_MS = 500
LONGEST_UTTERANCE_MS = 600_000
"""Later than that nothing is shown of an utterance, so that one which is said to last for days holds nothing up."""
LINES_A_CUE = 2


class Cue(msgspec.Struct, frozen=True, gc=False):
    """Lines that are shown for a time, ms from the origin. `number` counts the cues of one segment from 1."""

    segment_id: str
    number: int
    speaker: str
    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


class Silence(msgspec.Struct, frozen=True, gc=False):
    """A gap, ms from the origin; no cue is shown from `free_ms` on until it ends."""

    start_ms: int
    end_ms: int
    free_ms: int


class CueTrack:
    """Takes utterances and gaps in order, gives cues as soon as nothing can come before them.

    An utterance waits until its end is known: its own, or where the same speaker begins anew. `origin_ms` (from the
    session's `createdAt`) is where the cues' time begins; what is over by then is left out.
    """

    def __init__(self, origin_ms: int = 0) -> None:
        self.origin_ms = origin_ms
        self.waiting: dict[str, Utterance] = {}
        self.shown_until: dict[str, int] = {}
        self.laid_out: list[tuple[int, int, Cue | Silence]] = []
        self.numbers = count()

    def add(self, entry: Utterance | Gap) -> Iterator[Cue | Silence]:
        """The next entry; what can be shown now."""
        if isinstance(entry, Gap):
            return self.add_gap(entry)
        if not entry.text:
            return iter(())
        return self.add_utterance(entry)

    def add_utterance(self, utterance: Utterance) -> Iterator[Cue | Silence]:
        """Whoever has ended by now is laid out, and the same speaker in any case."""
        now = utterance.offset_ms
        for other in [one for one in self.waiting.values() if last_moment(one) <= now]:
            self.lay_out(other.voice, now)
        if utterance.voice in self.waiting:
            self.lay_out(utterance.voice, now)
        self.waiting[utterance.voice] = utterance
        return self.in_order(min(one.offset_ms for one in self.waiting.values()))

    def add_gap(self, gap: Gap) -> Iterator[Cue | Silence]:
        """Nobody speaks on into a gap."""
        end = gap.offset_ms + gap.duration_ms
        for voice in list(self.waiting):
            self.lay_out(voice, gap.offset_ms)
        free = max(gap.offset_ms, max(self.shown_until.values(), default=0))
        self.keep(Silence(gap.offset_ms, end, free), free)
        return self.in_order(end)

    def finish(self) -> Iterator[Cue | Silence]:
        """What is left."""
        for voice in list(self.waiting):
            self.lay_out(voice, inf)
        return self.in_order(inf)

    def lay_out(self, voice: str, next_start: float) -> None:
        """Make cues of what a speaker has waiting, which ends where the next begins."""
        utterance = self.waiting.pop(voice)
        start = max(utterance.offset_ms, self.shown_until.get(voice, 0))
        cues = cues_of(utterance, start, next_start)
        self.shown_until[voice] = cues[-1].end_ms
        for cue in cues:
            self.keep(cue, cue.start_ms)

    def keep(self, entry: Cue | Silence, start: int) -> None:
        """Put an entry where it belongs."""
        heappush(self.laid_out, (start, next(self.numbers), entry))

    def in_order(self, until: float) -> Iterator[Cue | Silence]:
        """What starts by then, in order, counted from the origin."""
        while self.laid_out and self.laid_out[0][0] <= until:
            entry = shifted(heappop(self.laid_out)[2], self.origin_ms)
            if entry.end_ms > 0:
                yield entry


def last_moment(utterance: Utterance) -> int:
    """When the utterance is shown for the last time, if nobody is in its way."""
    return utterance.offset_ms + min(utterance.duration_ms, LONGEST_UTTERANCE_MS)


def cues_of(utterance: Utterance, start: int, next_start: float) -> list[Cue]:
    """An utterance from `start` on, in cues of two lines, each shown for as long as its part of the text."""
    lines = wrap(utterance.text)
    parts = list(batched(lines, LINES_A_CUE, strict=False))
    at_least = start + SHORTEST_CUE_MS * len(parts)
    end = int(max(at_least, min(last_moment(utterance), next_start)))
    if len(parts) == 1:
        return [Cue(utterance.segment_id, 1, utterance.speaker, parts[0], start, end)]
    letters = list(accumulate(sum(map(len, part)) for part in parts))
    ends = [
        start + SHORTEST_CUE_MS * number + (end - at_least) * so_far // letters[-1]
        for number, so_far in enumerate(letters, 1)
    ]
    return [
        Cue(utterance.segment_id, number, utterance.speaker, part, begins, until)
        for number, (part, begins, until) in enumerate(zip(parts, [start, *ends], ends, strict=False), 1)
    ]


def shifted(entry: Cue | Silence, origin_ms: int) -> Cue | Silence:
    """The entry counted from the origin; what is cut in two there begins with it."""
    if origin_ms == 0:
        return entry
    start, end = max(0, entry.start_ms - origin_ms), entry.end_ms - origin_ms
    if isinstance(entry, Cue):
        return msgspec.structs.replace(entry, start_ms=start, end_ms=end)
    return msgspec.structs.replace(
        entry, start_ms=start, end_ms=end, free_ms=max(0, entry.free_ms - origin_ms)
    )
