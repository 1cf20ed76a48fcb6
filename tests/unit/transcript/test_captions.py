import json
from typing import Any

from functions.transcript.captions import encode_final, encode_interim
from functions.transcript.segments import SpokenWord
from tests.unit.transcript.spoken import ADA, segment


def final(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(encode_final(segment(1500, **changes)))
    return content


def test_a_final_has_everything_but_its_words_and_its_speakers_name() -> None:
    spoken = segment(1500, confidence=0.5, words=(SpokenWord("Hello", 1500, 400),))
    assert json.loads(encode_final(spoken)) == {
        "type": "caption",
        "final": True,
        "segmentId": spoken.segment_id,
        "stream": "socket.1",
        "seq": 1,
        "speaker": {"id": ADA},
        "text": "Hello.",
        "offsetMs": 1500,
        "durationMs": 1000,
        "confidence": 0.5,
        "receivedAt": "2026-11-21T00:53:39.374Z",
    }


def test_a_confidence_that_is_not_known_is_left_out() -> None:
    assert "confidence" not in final()


def test_a_duration_of_nothing_is_still_said() -> None:
    assert final(duration_ms=0)["durationMs"] == 0


def test_an_interim_has_no_id_and_says_how_many_finals_came_before() -> None:
    assert json.loads(encode_interim("socket.1", 4, ADA, "Hel", 1500)) == {
        "type": "caption",
        "final": False,
        "stream": "socket.1",
        "seq": 4,
        "speaker": {"id": ADA},
        "text": "Hel",
        "offsetMs": 1500,
    }


def test_text_of_every_script_arrives_as_it_was_said() -> None:
    text = "שלום \u202eمدرسة <b>&amp; 你好 👋🏽 \u0000\n"
    assert final(text=text)["text"] == text
