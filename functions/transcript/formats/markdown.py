"""Markdown (CommonMark): a heading for each turn. What was said is text, whatever it looks like."""

import re

from functions.transcript.formats.clock import clock_seconds
from functions.transcript.formats.heading import Heading
from functions.transcript.formats.turns import TurnForm, TurnsWriter, gap_end_ms
from functions.transcript.formats.utterances import Utterance
from functions.transcript.reading import Gap

MARKUP = re.compile(r"[\\`*_{}\[\]()<>&~|$@#]|:(?=//)|(?<=www)\.")
AT_THE_START = re.compile(r"^(\d{1,9}(?=\.)|(?=[+=-]))")
"""What would make a line an item of a list or a rule."""


def write_markdown(heading: Heading) -> TurnsWriter:
    """The writer of a document with this heading."""
    head = (
        f"# {escape(heading.title)}\n\n- {escape(heading.when)}\n"
        f"- Language: {escape(heading.languages)}\n- State: {heading.state}\n\n"
    )
    return TurnsWriter(head, TurnForm(begin_paragraph, escape, write_gap))


def begin_paragraph(entry: Utterance) -> str:
    """A turn's heading and its first words."""
    at = clock_seconds(entry.offset_ms)
    return f"## {at} {escape(entry.speaker)}\n\n{escape_line(entry.text)}"


def write_gap(gap: Gap) -> str:
    """The paragraph that stands for a gap."""
    start, end = clock_seconds(gap.offset_ms), clock_seconds(gap_end_ms(gap))
    return f"*Nothing could be heard from {start} to {end}.*"


def escape(text: str) -> str:
    """The text with nothing in it that Markdown or HTML would obey."""
    return MARKUP.sub(r"\\\g<0>", text)


def escape_line(text: str) -> str:
    """The same for the beginning of a line."""
    return AT_THE_START.sub(r"\1\\", escape(text))
