"""The frames of the transcript socket, as JSON texts."""

import json
from typing import Any

from local.acs_model.state import Connection, World
from local.acs_model.timestamps import TICKS_PER_MS, counting_down
from local.conversation.state import PUNCTUATION, Utterance, Word, Words

_BARE_INTERIMS = 0.3


def metadata(connection: Connection) -> str:
    """The first frame of every socket, and what follows an update."""
    transcription = connection.transcription
    content = {
        "subscriptionId": transcription.subscription_id,
        "locale": transcription.locale,
        "callConnectionId": connection.connection_id,
        "correlationId": connection.call.correlation_id,
    }
    if transcription.speech_model:
        content["speechModelEndpointId"] = transcription.speech_model
    return _json({"kind": "TranscriptionMetadata", "transcriptionMetadata": content})


def interim(world: World, connection: Connection, utterance: Utterance, words: Words) -> str | None:
    """A hypothesis, if these are wanted: bare words, without `confidence`, now and then without `duration` [V]."""
    options = connection.options
    if options is None or not options.enable_intermediate_results:
        return None
    content: dict[str, Any] = {
        "text": " ".join(spoken_form(word.text) for word in words),
        "format": "display",
        "offset": _offset(connection, words[0], utterance.ticks),
    }
    if world.random.random() >= _BARE_INTERIMS:
        content["duration"] = (words[-1].ends - words[0].begins) * TICKS_PER_MS
    return _data(content, utterance.speaker, "Intermediate")


def final(world: World, connection: Connection, utterance: Utterance, words: Words) -> str:
    """What was said, with its words."""
    content = {
        "text": " ".join(word.text for word in words),
        "format": "display",
        "confidence": round(world.random.uniform(0.6, 0.98), 15),
        "offset": _offset(connection, words[0], utterance.ticks),
        "duration": (words[-1].ends - words[0].begins) * TICKS_PER_MS,
        "words": [
            {
                "text": spoken_form(word.text),
                "offset": _offset(connection, word, utterance.ticks),
                "duration": (word.ends - word.begins) * TICKS_PER_MS,
            }
            for word in words
        ],
    }
    return _data(content, utterance.speaker, "Final")


def spoken_form(text: str) -> str:
    """A word as it is recognised, before capitals and punctuation are put in."""
    return text.strip(PUNCTUATION).lower()


def _offset(connection: Connection, word: Word, ticks: int) -> int:
    if connection.call.manners.offset_form == "counting-down":
        return counting_down(word.begins, ticks)
    return (word.begins - connection.transcription.origin) * TICKS_PER_MS + ticks


def _data(content: dict[str, Any], speaker: str, status: str) -> str:
    data = content | {"participantRawID": speaker, "resultStatus": status}
    return _json({"kind": "TranscriptionData", "transcriptionData": data})


def _json(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
