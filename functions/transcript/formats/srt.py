"""SubRip. It knows neither voices nor notes: names stand before the words, and a gap is a cue in brackets."""

import re

from msgspec.structs import replace

from functions.transcript.formats.clock import clock
from functions.transcript.formats.cues import SHORTEST_CUE_MS, Cue, CueTrack, Silence
from functions.transcript.formats.utterances import Utterance
from functions.transcript.formats.webvtt import escape
from functions.transcript.reading import Gap

STYLE = re.compile(r"\{(?=\\|[A-Za-z]:)")
"""What begins a command for players, which would not show it."""
GAP = "[nothing could be heard]"


class SrtWriter:
    """Fills `Writer`. `origin_ms` (from the session's `createdAt`) is where the time of the cues begins."""

    head = ""

    def __init__(self, origin_ms: int = 0) -> None:
        self.track = CueTrack(origin_ms)
        self.written = 0

    def write(self, entry: Utterance | Gap) -> str:
        """The cues that are ready once this entry has come."""
        named = name_first(entry) if isinstance(entry, Utterance) else entry
        return "".join(map(self.write_cue, self.track.add(named)))

    def finish(self) -> str:
        """The last cues."""
        return "".join(map(self.write_cue, self.track.finish()))

    def write_cue(self, entry: Cue | Silence) -> str:
        """A numbered cue; nothing for a gap that is too short to be shown between two of them."""
        if isinstance(entry, Silence):
            return self.write_gap(entry)
        return self.numbered(entry.start_ms, entry.end_ms, "\n".join(entry.lines))

    def write_gap(self, silence: Silence) -> str:
        """The cue that stands for a gap."""
        if silence.end_ms - silence.free_ms < SHORTEST_CUE_MS:
            return ""
        return self.numbered(silence.free_ms, silence.end_ms, GAP)

    def numbered(self, start_ms: int, end_ms: int, text: str) -> str:
        """A cue with the next number."""
        self.written += 1
        shown = STYLE.sub("{ ", escape(text))
        return f"{self.written}\n{clock(start_ms, ',')} --> {clock(end_ms, ',')}\n{shown}\n\n"


def name_first(utterance: Utterance) -> Utterance:
    """The utterance with its speaker's name before its words."""
    if not utterance.text:
        return utterance
    return replace(utterance, text=f"{utterance.speaker}: {utterance.text}")
