"""The writer of each format that is text."""

from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Protocol

from functions.lifecycle.session import Session
from functions.transcript.formats.choice import Format
from functions.transcript.formats.heading import Heading, heading
from functions.transcript.formats.markdown import write_markdown
from functions.transcript.formats.srt import SrtWriter
from functions.transcript.formats.text import write_text
from functions.transcript.formats.utterances import Utterance, Voices
from functions.transcript.formats.webvtt import WebVttWriter
from functions.transcript.reading import Gap, Gaps
from functions.transcript.segments import Segment
from functions.transcript.streams import Anchor


class Writer(Protocol):
    """Takes a transcript in order, and gives its text piece by piece, so that nobody holds both."""

    head: str
    """What comes first."""

    def write(self, entry: Utterance | Gap) -> str:
        """What can be written once this entry has come; perhaps nothing yet."""

    def finish(self) -> str:
        """What is left when all have come."""


SUBTITLES: dict[Format, Callable[[int], Writer]] = {Format.VTT: WebVttWriter, Format.SRT: SrtWriter}
DOCUMENTS: dict[Format, Callable[[Heading], Writer]] = {Format.TXT: write_text, Format.MD: write_markdown}


class TranscriptWriter:
    """Writes a session's segments, which come in order, with their gaps and the names of their speakers.

    Of a format other than JSON; `origin_ms` (from `createdAt`) is where the time of subtitles begins.
    """

    def __init__(self, form: Format, session: Session, anchors: Sequence[Anchor], origin_ms: int = 0) -> None:
        self.writer = writer_of(form, heading(session, anchors), origin_ms)
        self.gaps = Gaps(anchors)
        self.voices = Voices(session.shown_names)
        self.head = self.writer.head

    def write(self, segment: Segment) -> str:
        """What can be written once this segment has come; perhaps nothing yet."""
        utterance = self.voices.utterance(segment)
        return "".join(self.gaps_until(segment.offset_ms)) + self.writer.write(utterance)

    def finish(self) -> str:
        """What is left when all have come."""
        return "".join(self.gaps_until(inf)) + self.writer.finish()

    def gaps_until(self, offset_ms: float) -> Iterator[str]:
        """The gaps that come before a place."""
        return map(self.writer.write, self.gaps.until(offset_ms))


def writer_of(form: Format, above: Heading, origin_ms: int) -> Writer:
    """The writer of a format other than JSON."""
    if form in SUBTITLES:
        return SUBTITLES[form](origin_ms)
    return DOCUMENTS[form](above)
