"""What ACS sends on its transcript socket while people talk. Times inside are ms; on the wire, ticks of 100 ns."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

TICKS_PER_MS = 10_000
WORD_MS = 330
SPEAKER = "8:acs:2e3f11d1-9d34-4b11-8f28-1d0e4b7a9c55_0000002a-5e1b-4e1f-a2cb-3f1d5c001a2b"
WORDS = [
    "we",
    "could",
    "move",
    "the",
    "planning",
    "review",
    "to",
    "thursday",
    "if",
    "everyone",
    "agrees",
    "today",
]


class Spoken(NamedTuple):
    """A frame: its JSON, the words by which its caption is known again, and whether they are final."""

    frame: str
    text: str
    final: bool


def metadata(session: str) -> str:
    """The first frame of a socket."""
    content = {"subscriptionId": f"sub-{session}", "locale": "en-US", "callConnectionId": f"call-{session}"}
    return _json({"kind": "TranscriptionMetadata", "transcriptionMetadata": content})


def utterances(interims: int) -> Iterator[list[Spoken]]:
    """One utterance of twelve words after the other: its interims, each with more words, then its final."""
    for number in count():
        words = [f"item-{number}", *WORDS[1:]]
        begins = number * (len(words) + 2) * WORD_MS
        lengths = (max(1, (step + 1) * len(words) // (interims + 1)) for step in range(interims))
        yield [*(interim(words[:length], begins) for length in lengths), final(words, begins)]


def finals() -> Iterator[Spoken]:
    """Finals alone."""
    for spoken in utterances(0):
        yield from spoken


def interim(words: list[str], begins: int) -> Spoken:
    """Words so far: no confidence, no single words."""
    text = " ".join(words)
    return Spoken(_data("Intermediate", text, begins, len(words), {}), text, final=False)


def final(words: list[str], begins: int) -> Spoken:
    """What was said, word by word."""
    text = " ".join(words).capitalize() + "."
    more = {
        "confidence": 0.8734921813011169,
        "words": [
            {
                "text": word,
                "offset": (begins + place * WORD_MS) * TICKS_PER_MS,
                "duration": 300 * TICKS_PER_MS,
            }
            for place, word in enumerate(words)
        ],
    }
    return Spoken(_data("Final", text, begins, len(words), more), text, final=True)


def _data(status: str, text: str, begins: int, words: int, more: dict[str, Any]) -> str:
    data = {
        "text": text,
        "format": "display",
        "offset": begins * TICKS_PER_MS,
        "duration": words * WORD_MS * TICKS_PER_MS,
        "participantRawID": SPEAKER,
        "resultStatus": status,
        **more,
    }
    return _json({"kind": "TranscriptionData", "transcriptionData": data})


def _json(frame: dict[str, Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))
