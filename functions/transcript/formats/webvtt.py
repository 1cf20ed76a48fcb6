"""WebVTT (W3C), with voice tags; a gap is a note."""

from functions.transcript.formats.clock import clock
from functions.transcript.formats.cues import Cue, CueTrack, Silence
from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap


class WebVttWriter:
    """Fills `Writer`. `origin_ms` (from the session's `createdAt`) is where the time of the cues begins."""

    head = "WEBVTT\n\n"

    def __init__(self, origin_ms: int = 0) -> None:
        self.track = CueTrack(origin_ms)

    def write(self, entry: Utterance | Gap) -> str:
        """The cues that are ready once this entry has come."""
        return "".join(map(write_block, self.track.add(entry)))

    def finish(self) -> str:
        """The last cues."""
        return "".join(map(write_block, self.track.finish()))


def write_block(entry: Cue | Silence) -> str:
    """A cue, or the note that stands for a gap."""
    start, end = clock(entry.start_ms, "."), clock(entry.end_ms, ".")
    if isinstance(entry, Silence):
        return f"NOTE Nothing could be heard from {start} to {end}\n\n"
    text = escape("\n".join(entry.lines))
    return f"{cue_id(entry)}\n{start} --> {end}\n<v {escape(entry.speaker)}>{text}\n\n"


def cue_id(cue: Cue) -> str:
    """The id of the segment; with a number, where it is only a further part of it."""
    return cue.segment_id if cue.number == 1 else f"{cue.segment_id}-{cue.number}"


def escape(text: str) -> str:
    """The text with nothing in it that a reader of HTML would obey."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
