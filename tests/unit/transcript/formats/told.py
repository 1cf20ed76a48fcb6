"""Utterances, and what comes of them in a format."""

from collections.abc import Iterable

from msgspec.structs import replace

from functions.lifecycle.session import Call, CallLocator, LocatorKind, Session, StartRequest
from functions.transcript.formats.cues import Cue, CueTrack, Silence
from functions.transcript.formats.utterances import Utterance
from functions.transcript.formats.writers import Writer
from functions.transcript.reading import Gap
from tests.unit.transcript.spoken import CREATED_AT

GROUP = CallLocator(LocatorKind.GROUP_CALL, "9d1c5f0e-group")


def told(text: str = "Hello.", at: int = 0, duration: int = 1000, speaker: str = "Ada") -> Utterance:
    """Somebody's words, `at` ms from `createdAt`."""
    return Utterance(f"{at:010d}-{len(text):016x}", speaker, speaker, text, at, duration)


def gap(start: int, end: int) -> Gap:
    return Gap(offset_ms=start, duration_ms=end - start)


def written(writer: Writer, entries: Iterable[Utterance | Gap]) -> str:
    """The whole text."""
    return writer.head + "".join([writer.write(entry) for entry in entries]) + writer.finish()


def laid_out(entries: Iterable[Utterance | Gap], origin_ms: int = 0) -> list[Cue | Silence]:
    """What a track gives, in its order."""
    track = CueTrack(origin_ms)
    given = [one for entry in entries for one in track.add(entry)]
    return given + list(track.finish())


def session(call: Call = GROUP, tag: str | None = None, **changed: object) -> Session:
    made = Session(
        id="01ARYZ6S410000000000000000",
        request=StartRequest(call=call, locale="en-US", tag=tag),
        created_at=CREATED_AT,
        must_end_at=CREATED_AT + 1,
        ticket="",
        secret="",
        locale="en-US",
    )
    return replace(made, **changed)
