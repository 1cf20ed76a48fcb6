"""WebVTT (W3C), with voice tags; a gap is a note."""

import re
from collections.abc import Iterable

from functions.transcript.reading import Gap, Line

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SHORTEST_CUE_MS = 500
HEADER = "WEBVTT\n\n"


def write_webvtt(lines: Iterable[Line | Gap]) -> str:
    """The transcript as WebVTT; times count from the session's `createdAt`."""
    return HEADER + "".join(write_note(line) if isinstance(line, Gap) else write_cue(line) for line in lines)


def write_cue(line: Line) -> str:
    """A cue; its id is the segment's."""
    until = line.offset_ms + max(line.duration_ms, SHORTEST_CUE_MS)
    voice = escape(line.speaker.name or line.speaker.id)
    voiced = f"<v {voice}>{escape(line.text)}" if voice else escape(line.text)
    return f"{line.segment_id}\n{timestamp(line.offset_ms)} --> {timestamp(until)}\n{voiced}\n\n"


def write_note(gap: Gap) -> str:
    """The note that stands for a gap."""
    until = timestamp(gap.offset_ms + gap.duration_ms)
    return f"NOTE Nothing could be heard from {timestamp(gap.offset_ms)} to {until}\n\n"


def timestamp(milliseconds: int) -> str:
    """`HH:MM:SS.mmm`; hours may have more digits."""
    seconds, fraction = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{fraction:03d}"


def escape(text: str) -> str:
    """The text on one line, with nothing in it that WebVTT or a terminal would obey."""
    return (
        " ".join(CONTROL.sub(" ", text).split())
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )
