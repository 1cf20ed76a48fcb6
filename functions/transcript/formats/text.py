"""Plain text: a line for each turn, with its time and its speaker."""

from functions.transcript.formats.clock import clock_seconds
from functions.transcript.formats.heading import Heading
from functions.transcript.formats.turns import TurnForm, TurnsWriter, gap_end_ms
from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap


def write_text(heading: Heading) -> TurnsWriter:
    """The writer of a document with this heading."""
    head = f"{heading.title}\n{heading.when}\nLanguage: {heading.languages}\nState: {heading.state}\n\n"
    return TurnsWriter(head, TurnForm(begin_line, str, write_gap))


def begin_line(entry: Utterance) -> str:
    """A turn's first words."""
    return f"[{clock_seconds(entry.offset_ms)}] {entry.speaker}: {entry.text}"


def write_gap(gap: Gap) -> str:
    """The line that stands for a gap."""
    start, end = clock_seconds(gap.offset_ms), clock_seconds(gap_end_ms(gap))
    return f"[{start} to {end}: nothing could be heard]"
