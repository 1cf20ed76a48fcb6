"""What the text formats are written from: who said what, when; cleaned of all that could break a file."""

import re
from collections.abc import Mapping

import msgspec

from functions.transcript.segments import Segment

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of what follows: in a name they would turn the words behind it."""
NOBODY = "Unknown speaker"


class Utterance(msgspec.Struct, frozen=True, gc=False):
    """A segment as it is told; times are ms from the session's `createdAt`.

    `voice` tells its speaker from all others and is never written; `speaker` is a name (two can have it) or a number.
    """

    segment_id: str
    voice: str
    speaker: str
    text: str
    offset_ms: int
    duration_ms: int

    @property
    def end_ms(self) -> int:
        """Where it ends."""
        return self.offset_ms + self.duration_ms


class Voices:
    """What speakers are called. Who has no name is numbered in the order in which people are first heard.

    A number that somebody has for a name is left out: two could not be told apart. The page at /app does the same.
    Raw ids are phone numbers and identities of people, and stay out of what is passed on.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = {speaker: one_line(BIDI.sub("", name)) for speaker, name in names.items()}
        self.taken = {name.casefold() for name in self.names.values()}
        self.heard: dict[str, str] = {}
        self.number = 0

    def name(self, speaker: str) -> str:
        """What a raw id is called."""
        known = self.heard.get(speaker)
        if known is None:
            known = self.heard[speaker] = self.introduce(speaker)
        return known

    def introduce(self, speaker: str) -> str:
        """What a raw id that was not heard before is called from now on."""
        self.number += 1
        while f"speaker {self.number}" in self.taken:
            self.number += 1
        if not speaker:
            return NOBODY
        return self.names.get(speaker) or f"Speaker {self.number}"

    def utterance(self, segment: Segment) -> Utterance:
        """The segment as it is told."""
        return Utterance(
            segment.segment_id,
            segment.speaker,
            self.name(segment.speaker),
            one_line(segment.text),
            segment.offset_ms,
            segment.duration_ms,
        )


def one_line(text: str) -> str:
    """The text on one line, its words apart by one blank, with nothing in it that a terminal would obey."""
    plain = text if text.isprintable() else CONTROL.sub(" ", text)
    return " ".join(plain.split())
