"""The frames of the transcript socket, as JSON texts."""

import json
from typing import Any

from local.bandwidth_model.moments import iso
from local.bandwidth_model.state import Transcription, World
from local.conversation.state import PUNCTUATION, Word, Words

LANGUAGE = "en-US"


def start(world: World, transcription: Transcription) -> str:
    """The first frame of every socket."""
    params = transcription.verb.custom_params
    frame = {"metadata": _metadata(world, transcription)} | ({"customParams": params} if params else {})
    return _json(frame, "start")


def stop(world: World, transcription: Transcription) -> str:
    """The last one."""
    return _json({"metadata": _metadata(world, transcription)}, "stop")


def words(track: str, said: Words, confidences: list[float], *, partial: bool) -> str:
    """What is being said on a track (`partial`), or was said; the words, one for each confidence."""
    scored = list(zip(said, confidences, strict=True))
    items = [item for word, confidence in scored for item in _items(word, confidence)]
    if partial:
        items[-1]["stable"] = False
    frame = {
        "track": track,
        "startTime": iso(said[0].begins),
        "endTime": iso(said[-1].ends),
        "isPartial": partial,
        "language": LANGUAGE,
        "transcript": " ".join(word.text for word in said),
        "items": items,
    }
    return _json(frame, "transcription")


def _items(word: Word, confidence: float) -> list[dict[str, Any]]:
    """A word, and the mark behind it if there is one: that takes no time."""
    bare = word.text.rstrip(PUNCTUATION)
    spoken = _item(bare, word.begins, word.ends, confidence, "PRONUNCIATION")
    mark = word.text[len(bare) :]
    marks = [_item(mark, word.ends, word.ends, 0.0, "PUNCTUATION")] if mark else []
    return [spoken, *marks] if bare else marks


def _item(content: str, begins: int, ends: int, confidence: float, kind: str) -> dict[str, Any]:
    return {
        "content": content,
        "startTime": iso(begins),
        "endTime": iso(ends),
        "confidence": confidence,
        "stable": True,
        "type": kind,
    }


def _metadata(world: World, transcription: Transcription) -> dict[str, Any]:
    return {
        "accountId": world.account_id,
        "callId": transcription.call.call_id,
        "realtimeTranscriptionId": transcription.socket_name,
        "transcriptionName": transcription.name,
        "tracks": [{"name": track} for track in transcription.verb.tracks],
        "stabilized": transcription.verb.stabilized,
    }


def _json(frame: dict[str, Any], kind: str) -> str:
    """`eventType` comes last, as in the frames of the sibling socket for audio [S]."""
    return json.dumps(frame | {"eventType": kind}, ensure_ascii=False, separators=(",", ":"))
