"""The writer of each format that is text."""

from collections.abc import Callable, Iterable
from typing import Protocol

from functions.lifecycle.session import Session
from functions.transcript.formats.choice import Format
from functions.transcript.formats.heading import Heading, heading
from functions.transcript.formats.markdown import MarkdownWriter
from functions.transcript.formats.srt import SrtWriter
from functions.transcript.formats.text import TextWriter
from functions.transcript.formats.utterances import Utterance
from functions.transcript.formats.webvtt import WebVttWriter
from functions.transcript.reading import Gap
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
DOCUMENTS: dict[Format, Callable[[Heading], Writer]] = {Format.TXT: TextWriter, Format.MD: MarkdownWriter}


def writer_of(form: Format, session: Session, anchors: Iterable[Anchor], origin_ms: int) -> Writer:
    """The writer of a format other than JSON; `origin_ms` (from `createdAt`) is where subtitles begin to count."""
    if form in SUBTITLES:
        return SUBTITLES[form](origin_ms)
    return DOCUMENTS[form](heading(session, anchors))
