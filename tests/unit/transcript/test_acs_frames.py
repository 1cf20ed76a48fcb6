import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.errors import FrameRefused
from functions.transcript.acs_frames import read_frame
from functions.transcript.frames import (
    LARGEST_FRAME,
    LARGEST_TICKS,
    LONGEST_TICKS,
    UNIX_EPOCH_TICKS,
    Data,
    Fault,
    Metadata,
    absolute_ms,
    is_absolute,
    ticks_to_ms,
)
from tests.unit.transcript.spoken import ADA, CREATED_AT, TICKS, frame


def data_in(body: bytes) -> Data:
    read = read_frame(body)
    assert isinstance(read, Data)
    return read


def fault_of(body: bytes) -> str:
    with pytest.raises(FrameRefused) as refused:
        read_frame(body)
    return refused.value.fault


def enveloped(kind: str, **content: Any) -> bytes:
    return json.dumps({"kind": kind, **content}).encode()


def test_a_final_is_read_in_full() -> None:
    read = data_in(frame())
    assert (read.text, read.participant, read.confidence) == ("Hello there.", ADA, 0.9)
    assert (read.offset, read.duration) == (309_058_340, 12_000_000)
    assert [word.text for word in read.words or ()] == ["hello", "there"]
    assert read.is_final


def test_metadata_is_read() -> None:
    body = enveloped(
        "TranscriptionMetadata",
        transcriptionMetadata={
            "subscriptionId": "sub-1",
            "locale": "en-US",
            "callConnectionId": "connection",
            "correlationId": "correlation",
            "speechModelEndpointId": "model",
        },
    )
    assert read_frame(body) == Metadata("sub-1", "en-US")


@pytest.mark.parametrize("missing", ["words", "confidence", "duration", "format", "participantRawID"])
def test_an_interim_may_lack_what_recorded_ones_lack(missing: str) -> None:
    read = data_in(frame(resultStatus="Intermediate", **{missing: ...}))
    assert not read.is_final
    assert read.text == "Hello there."


def test_a_word_may_lack_its_duration() -> None:
    read = data_in(frame(words=[{"text": "hello", "offset": 0}]))
    assert read.words is not None
    assert read.words[0].duration is None


def test_fields_that_are_not_known_are_passed_over() -> None:
    assert data_in(
        frame(sentimentAnalysisResult={"sentiment": "positive"}, languageIdentified="en-US")
    ).is_final


@pytest.mark.parametrize("value", ["Final", "final", "FINAL"])
@pytest.mark.parametrize("name", ["resultStatus", "resultState"])
def test_a_final_is_known_by_either_name_in_any_case(name: str, value: str) -> None:
    assert data_in(frame(**{"resultStatus": ..., name: value})).is_final


@pytest.mark.parametrize("changes", [{"resultStatus": "Intermediate"}, {"resultStatus": ...}])
def test_what_is_not_called_final_is_not_final(changes: dict[str, Any]) -> None:
    assert not data_in(frame(**changes)).is_final


def test_a_frame_of_a_megabyte_is_too_large() -> None:
    assert fault_of(frame(text="x" * 1024 * 1024)) == Fault.TOO_LARGE


def test_a_frame_of_just_the_largest_size_is_read() -> None:
    room = LARGEST_FRAME - len(frame(text=""))
    assert data_in(frame(text="x" * room)).is_final
    assert fault_of(frame(text="x" * (room + 1))) == Fault.TOO_LARGE


@pytest.mark.parametrize("kind", ["AudioData", "", "transcriptiondata", "TranscriptionData "])
def test_another_kind_is_unknown(kind: str) -> None:
    assert fault_of(enveloped(kind)) == Fault.UNKNOWN_KIND


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"hello",
        b"\xff\xfe",
        b'{"kind": "Transcription\xff"}',
        b'{"kind": NaN}',
        frame()[:-1],
        frame(text="?").replace(b"?", b"\xed\xa0\x80"),
        frame(text="?").replace(b"?", b"\\ud800"),
        frame(text="?").replace(b"?", b"\\udc00"),
        frame(confidence=float("nan")),
        frame(confidence=float("inf")),
        b"[" * 100_000,
        b'{"kind": "AudioData", "audio": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: ascii(body[:24]),
)
def test_what_is_not_json_in_utf_8_is_refused(body: bytes) -> None:
    assert fault_of(body) in (Fault.NOT_JSON, Fault.MALFORMED)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"1",
        b"{}",
        enveloped("TranscriptionData"),
        enveloped("TranscriptionMetadata"),
        enveloped("TranscriptionData", transcriptionData=None),
        enveloped("TranscriptionMetadata", transcriptionMetadata=[]),
        frame(text=...),
        frame(text=None),
        frame(text=5),
        frame(offset=...),
        frame(offset="309058340"),
        frame(offset=1.5),
        frame(offset=True),
        frame(offset=-1),
        frame(offset=10**30),
        frame(offset=LARGEST_TICKS + 1),
        frame(offset=LONGEST_TICKS + 1),
        frame(duration=-1),
        frame(duration=10**19),
        frame(duration=LONGEST_TICKS + 1),
        frame(confidence="high"),
        frame(participantRawID="8:acs:" + "x" * 600),
        frame(words=[{"text": "hello"}]),
        frame(words={}),
        frame(offset="?").replace(b'"?"', b"9" * 5000),
        frame(confidence="?").replace(b'"?"', b"1e999"),
    ],
    ids=lambda body: ascii(body[-40:]),
)
def test_what_has_another_form_is_malformed(body: bytes) -> None:
    assert fault_of(body) == Fault.MALFORMED


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(FrameRefused):
        assert isinstance(read_frame(body), Data | Metadata)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from(["text", "offset", "duration", "confidence", "words", "participantRawID"]), JSON)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    with suppress(FrameRefused):
        read = data_in(frame(**{field: value}))
        assert 0 <= read.offset <= LARGEST_TICKS
        assert 0 <= (read.duration or 0) <= LONGEST_TICKS


def test_a_refusal_says_nothing_of_what_was_said() -> None:
    with pytest.raises(FrameRefused) as refused:
        read_frame(frame(text="a secret", words=[{"text": 1, "offset": 0}]))
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_the_documented_counting_down_offset_is_exact_to_the_tick() -> None:
    offset = 2_516_998_782_481_234_400
    read = data_in(frame(offset=offset))
    assert read.offset == offset
    assert is_absolute(read.offset)
    assert absolute_ms(read.offset) == (LARGEST_TICKS - offset - UNIX_EPOCH_TICKS) // 10_000
    assert 1_700_000_000_000 < absolute_ms(read.offset) < 1_710_000_000_000


@given(st.integers(0, 10**9), st.integers(0, 9_999))
def test_an_absolute_offset_gives_its_moment_to_the_millisecond(after: int, ticks: int) -> None:
    moment = CREATED_AT + after
    offset = LARGEST_TICKS - UNIX_EPOCH_TICKS - moment * TICKS - ticks
    assert absolute_ms(data_in(frame(offset=offset)).offset) == moment


def test_recorded_small_offsets_are_relative() -> None:
    assert not is_absolute(309_058_340)
    assert not is_absolute(LONGEST_TICKS)


def test_ticks_are_rounded_down() -> None:
    assert [ticks_to_ms(ticks) for ticks in (0, 9_999, 10_000, 19_999)] == [0, 0, 1, 1]


def test_acs_proves_whose_a_socket_is_before_its_first_frame() -> None:
    assert Metadata().belongs_to("a-connection", "a-ticket")
