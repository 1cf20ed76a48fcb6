"""Plain text: a line for each turn, with its time and its speaker."""

from functions.transcript.formats.clock import clock_seconds
from functions.transcript.formats.heading import Heading
from functions.transcript.formats.turns import Turns, gap_end_ms
from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap


class TextWriter:
    """Fills `Writer`."""

    def __init__(self, heading: Heading) -> None:
        self.head = (
            f"{heading.title}\n{heading.when}\nLanguage: {heading.languages}\nState: {heading.state}\n\n"
        )
        self.turns = Turns()

    def write(self, entry: Utterance | Gap) -> str:
        """The entry, on its speaker's line or on a new one."""
        if isinstance(entry, Gap):
            return self.finish() + write_gap(entry)
        if not entry.text:
            return ""
        was_open = self.turns.voice is not None
        if not self.turns.begins_with(entry):
            return f" {entry.text}"
        before = "\n\n" if was_open else ""
        return f"{before}[{clock_seconds(entry.offset_ms)}] {entry.speaker}: {entry.text}"

    def finish(self) -> str:
        """The end of the last line."""
        return "\n\n" if self.turns.end() else ""


def write_gap(gap: Gap) -> str:
    """The line that stands for a gap."""
    start, end = clock_seconds(gap.offset_ms), clock_seconds(gap_end_ms(gap))
    return f"[{start} to {end}: nothing could be heard]\n\n"
