"""Turns: what one speaker says without a pause for others, as a paragraph."""

from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap

LONGEST_TURN_MS = 60_000
"""Who speaks on for longer gets a new paragraph with its time."""


class Turns:
    """Tells where a new turn begins."""

    def __init__(self) -> None:
        self.voice: str | None = None
        self.since = 0

    def begins_with(self, utterance: Utterance) -> bool:
        """Whether the utterance, the next one in order, begins a new turn."""
        same = utterance.voice == self.voice
        if same and utterance.offset_ms - self.since < LONGEST_TURN_MS:
            return False
        self.voice, self.since = utterance.voice, utterance.offset_ms
        return True

    def end(self) -> bool:
        """Let the next utterance begin a new turn; whether one was open."""
        was_open, self.voice = self.voice is not None, None
        return was_open


def gap_end_ms(gap: Gap) -> int:
    """Where a gap ends, ms from the session's `createdAt`."""
    return gap.offset_ms + gap.duration_ms
