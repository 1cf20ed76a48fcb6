"""Segments: what was said, by whom, when; their identity comes from what the provider says, never from arrival."""

import hashlib

import msgspec

from functions.transcript.frames import (
    LONGEST_TICKS,
    TICKS_PER_MS,
    Data,
    Word,
    absolute_ms,
    is_absolute,
    is_offset,
    ticks_to_ms,
)

PLACE_DIGITS = 10
"""Milliseconds within a session, zero-padded: 115 days."""
LAST_PLACE = 9_999_999_999
DIGEST_LETTERS = 16


class SpokenWord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """A word with its place, ms from the session's `createdAt`."""

    text: str
    offset_ms: int
    duration_ms: int | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A final: words that will not change. Times are ms from the session's `createdAt`."""

    segment_id: str
    stream: str
    seq: int
    speaker: str
    text: str
    offset_ms: int
    received_at: int
    duration_ms: int = 0
    confidence: float | None = None
    words: tuple[SpokenWord, ...] = ()

    @property
    def end_ms(self) -> int:
        """Where the segment ends."""
        return self.offset_ms + self.duration_ms


def place(offset: int, anchor: int, created_at: int) -> int:
    """Where an offset (ticks) lies, ms from `createdAt`; never before it, nor past the last place.

    `anchor` is the place of the stream's offset 0; an absolute offset is its own.
    """
    at = absolute_ms(offset) - created_at if is_absolute(offset) else anchor + ticks_to_ms(offset)
    return min(max(0, at), LAST_PLACE)


def segment_id(stream: str, data: Data, offset_ms: int) -> str:
    """The identity and row key of a final: its place, then a hash of what makes it this one and no other."""
    said = msgspec.json.encode(data.identity(stream))
    return (
        f"{offset_ms:0{PLACE_DIGITS}d}-{hashlib.blake2b(said, digest_size=DIGEST_LETTERS // 2).hexdigest()}"
    )


def is_segment_id(text: str) -> bool:
    """Whether the text has the form of a segment's id."""
    number, dash, rest = text.partition("-")
    ascii_digits = number.isascii() and number.isdigit() and len(number) == PLACE_DIGITS
    return (
        ascii_digits
        and dash == "-"
        and len(rest) == DIGEST_LETTERS
        and all(letter in "0123456789abcdef" for letter in rest)
    )


def words_of(data: Data, anchor: int, created_at: int) -> tuple[SpokenWord, ...]:
    """The words with their places; those whose times make no sense are taken at the segment's own."""
    own = place(data.offset, anchor, created_at)
    return tuple([spoken_word(word, own, anchor, created_at) for word in data.words or ()])


def spoken_word(word: Word, own: int, anchor: int, created_at: int) -> SpokenWord:
    """One word with its place. There are a dozen in every final, so it calls nothing in the ordinary case."""
    offset, duration = word.offset, word.duration
    if 0 <= offset <= LONGEST_TICKS:
        at = min(max(0, anchor + offset // TICKS_PER_MS), LAST_PLACE)
    else:
        at = place(offset, anchor, created_at) if is_offset(offset) else own
    if duration is None or not 0 <= duration <= LONGEST_TICKS:
        return SpokenWord(word.text, at)
    return SpokenWord(word.text, at, duration // TICKS_PER_MS)
