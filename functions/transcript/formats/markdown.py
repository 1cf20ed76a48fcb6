"""Markdown (CommonMark): a heading for each turn. What was said is text, whatever it looks like."""

import re

from functions.transcript.formats.clock import clock_seconds
from functions.transcript.formats.heading import Heading
from functions.transcript.formats.turns import Turns, gap_end_ms
from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap

MARKUP = re.compile(r"[\\`*_{}\[\]()<>&~|$@#]|:(?=//)|(?<=www)\.")
AT_THE_START = re.compile(r"^(\d{1,9}(?=\.)|(?=[+=-]))")
"""What would make a line an item of a list or a rule."""


class MarkdownWriter:
    """Fills `Writer`."""

    def __init__(self, heading: Heading) -> None:
        self.head = (
            f"# {escape(heading.title)}\n\n- {escape(heading.when)}\n"
            f"- Language: {escape(heading.languages)}\n- State: {heading.state}\n\n"
        )
        self.turns = Turns()

    def write(self, entry: Utterance | Gap) -> str:
        """The entry, in its speaker's paragraph or under a new heading."""
        if isinstance(entry, Gap):
            return self.finish() + write_gap(entry)
        if not entry.text:
            return ""
        was_open = self.turns.voice is not None
        if not self.turns.begins_with(entry):
            return f" {escape(entry.text)}"
        before = "\n\n" if was_open else ""
        at = clock_seconds(entry.offset_ms)
        return f"{before}## {at} {escape(entry.speaker)}\n\n{escape_line(entry.text)}"

    def finish(self) -> str:
        """The end of the last paragraph."""
        return "\n\n" if self.turns.end() else ""


def write_gap(gap: Gap) -> str:
    """The paragraph that stands for a gap."""
    start, end = clock_seconds(gap.offset_ms), clock_seconds(gap_end_ms(gap))
    return f"*Nothing could be heard from {start} to {end}.*\n\n"


def escape(text: str) -> str:
    """The text with nothing in it that Markdown or HTML would obey."""
    return MARKUP.sub(r"\\\g<0>", text)


def escape_line(text: str) -> str:
    """The same for the beginning of a line."""
    return AT_THE_START.sub(r"\1\\", escape(text))
