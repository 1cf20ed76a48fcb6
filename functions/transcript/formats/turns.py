"""Documents of turns: what one speaker says without a pause for others is a paragraph."""

from collections.abc import Callable
from typing import NamedTuple

from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap

LONGEST_TURN_MS = 60_000
"""Who speaks on for longer gets a new paragraph with its time."""
END = "\n\n"


class TurnForm(NamedTuple):
    """How a format writes the beginning of a turn, more words in it, and a gap."""

    begin: Callable[[Utterance], str]
    go_on: Callable[[str], str]
    gap: Callable[[Gap], str]


class TurnsWriter:
    """Fills `Writer`. `head` is what comes first."""

    def __init__(self, head: str, form: TurnForm) -> None:
        self.head = head
        self.form = form
        self.voice: str | None = None
        self.since = 0

    def write(self, entry: Utterance | Gap) -> str:
        """The entry, in its speaker's turn or in a new one."""
        if isinstance(entry, Gap):
            return self.finish() + self.form.gap(entry) + END
        if not entry.text:
            return ""
        if entry.voice == self.voice and entry.offset_ms - self.since < LONGEST_TURN_MS:
            return f" {self.form.go_on(entry.text)}"
        before = self.finish()
        self.voice, self.since = entry.voice, entry.offset_ms
        return before + self.form.begin(entry)

    def finish(self) -> str:
        """The end of the turn that is open, if one is."""
        was_open, self.voice = self.voice is not None, None
        return END if was_open else ""


def gap_end_ms(gap: Gap) -> int:
    """Where a gap ends, ms from the session's `createdAt`."""
    return gap.offset_ms + gap.duration_ms
