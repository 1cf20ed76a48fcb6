from itertools import pairwise
from typing import Any

import msgspec
import pytest

from local.acs_model.effects import OpenSocket, SendCallback
from local.acs_model.requests import (
    Connect,
    GetConnection,
    HangUp,
    StartTranscription,
    TranscriptionBody,
    TranscriptionOptions,
    UpdateTranscription,
)
from local.acs_model.steering import InjectFault
from local.conversation.effects import BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import SocketLost, SocketOpened
from local.conversation.steering import DropSocket, EndCall, Speak, Timings
from tests.unit.virtual_call import ADA, BEN, OPTIONS, VirtualCall, call, connect_body, line

QUICK = Timings(connected=500, started=600, stopped=300, disconnected=1200)


def talking(*script: Any, **settings: Any) -> tuple[VirtualCall, str, str]:
    """A call with an active transcription; script and times begin with it."""
    virtual = VirtualCall()
    made = call(*script, start_script="on-transcription", timings=QUICK, **settings)
    sim = virtual.body_of(made)["simId"]
    connection = virtual.connect()
    virtual.start(connection)
    return virtual, sim, connection


def failure(virtual: VirtualCall) -> tuple[int, int]:
    virtual.run(3000)
    result = virtual.the("TranscriptionFailed")["data"]["resultInformation"]
    return result["code"], result["subCode"]


def subscription(virtual: VirtualCall, connection: str) -> dict[str, Any]:
    shown: dict[str, Any] = virtual.body_of(GetConnection(connection))["transcriptionSubscription"]
    return shown


def test_started_comes_after_one_of_the_recorded_times() -> None:
    taken = set()
    for seed in range(20):
        virtual = VirtualCall(seed)
        virtual.ask(call())
        connection = virtual.connect()
        asked = virtual.now
        virtual.start(connection)
        taken.add(virtual.at("TranscriptionStarted") - asked)
    assert taken == {600, 1900, 4300}


def test_stop_is_refused_with_8583_until_started() -> None:
    virtual = VirtualCall()
    virtual.ask(call(timings=QUICK))
    connection = virtual.connect()
    statuses = [virtual.stop(connection)]
    virtual.ask(StartTranscription(connection, TranscriptionBody()))
    virtual.run(590)
    statuses.append(virtual.stop(connection))
    assert subscription(virtual, connection)["state"] == "inactive"
    virtual.run(10)
    assert "TranscriptionStarted" in virtual.names()
    assert subscription(virtual, connection)["state"] == "active"
    assert virtual.stop(connection).status == 202
    statuses.append(virtual.stop(connection))
    for answer in statuses:
        assert answer.status == 412
        assert answer.body == {
            "error": {"code": "8583", "message": "Invalid action, Transcription is not active."}
        }


def test_start_before_established_is_accepted_and_fails_with_8501() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    connection = virtual.body_of(Connect(connect_body(), None))["callConnectionId"]
    answer = virtual.ask(StartTranscription(connection, TranscriptionBody(operation_context="early")))
    assert answer is not None
    assert answer.status == 202
    assert failure(virtual) == (400, 8501)
    assert virtual.the("TranscriptionFailed")["data"]["operationContext"] == "early"


def test_start_after_a_hang_up_fails_with_8528() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    connection = virtual.connect()
    virtual.ask(HangUp(connection))
    virtual.ask(StartTranscription(connection, TranscriptionBody()))
    assert failure(virtual) == (400, 8528)


def test_update_on_a_joined_call_is_accepted_and_fails_with_8520() -> None:
    virtual, _, connection = talking()
    answer = virtual.ask(UpdateTranscription(connection, TranscriptionBody(locale="de-DE")))
    assert answer is not None
    assert answer.status == 202
    assert failure(virtual) == (405, 8520)
    assert subscription(virtual, connection)["locale"] == "en-US"


@pytest.mark.parametrize(
    ("changes", "locale", "code"),
    [
        ({}, "en", (400, 8523)),
        ({"transcription_options": msgspec.structs.replace(OPTIONS, locale="")}, None, (400, 8523)),
        ({"transcription_options": None}, "en-US", (405, 8522)),
        ({"transcription_options": TranscriptionOptions(locale="en-US")}, None, (405, 8522)),
        ({"call_intelligence_options": None}, None, (405, 8522)),
        (
            {"transcription_options": msgspec.structs.replace(OPTIONS, transport_url="https://x")},
            None,
            (400, 8581),
        ),
    ],
)
def test_a_start_that_lacks_something_fails_with_its_code(
    changes: dict[str, Any], locale: str | None, code: tuple[int, int]
) -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    connection = virtual.connect(**changes)
    virtual.ask(StartTranscription(connection, TranscriptionBody(locale=locale)))
    assert failure(virtual) == code
    assert virtual.of(OpenSocket) == []


def test_a_failure_can_be_asked_for() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    connection = virtual.connect()
    virtual.ask(InjectFault(operation="start", do="code", code=429, sub_code=8565))
    virtual.ask(StartTranscription(connection, TranscriptionBody()))
    assert failure(virtual) == (429, 8565)
    update = virtual.the("TranscriptionFailed")["data"]["transcriptionUpdate"]
    assert update["transcriptionStatusDetails"] == "tooManyRequests"
    virtual.start(connection)


def test_the_socket_opens_before_started_and_begins_with_metadata() -> None:
    virtual, _, connection = talking()
    opened = next(t for t, e in virtual.log if isinstance(e, OpenSocket))
    assert opened < virtual.at("TranscriptionStarted")
    (opening,) = virtual.of(OpenSocket)
    assert opening.url == OPTIONS.transport_url
    assert opening.call_connection_id == connection
    metadata = virtual.frames()[0]["transcriptionMetadata"]
    assert metadata == {
        "subscriptionId": subscription(virtual, connection)["id"],
        "locale": "en-US",
        "callConnectionId": connection,
        "correlationId": opening.correlation_id,
    }


def test_a_start_names_its_own_locale_model_context_and_callback() -> None:
    virtual = VirtualCall()
    virtual.ask(call(timings=QUICK))
    connection = virtual.connect()
    virtual.start(
        connection,
        locale="nb-NO",
        speech_model_endpoint_id="model",
        operation_context="start-1",
        operation_callback_uri="https://elsewhere.example/",
    )
    metadata = virtual.frames()[0]["transcriptionMetadata"]
    assert (metadata["locale"], metadata["speechModelEndpointId"]) == ("nb-NO", "model")
    assert virtual.the("TranscriptionStarted")["data"]["operationContext"] == "start-1"
    urls = {sent.event["type"].rsplit(".")[-1]: sent.url for sent in virtual.of(SendCallback)}
    assert urls["TranscriptionStarted"] == "https://elsewhere.example/"
    assert urls["CallConnected"] != urls["TranscriptionStarted"]


def test_transcription_can_start_with_the_connection_and_loses_no_words_after_it() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call(line(500, "Is this being transcribed?", 2000), timings=QUICK))["simId"]
    options = msgspec.structs.replace(OPTIONS, start_transcription=True)
    virtual.connect(transcription_options=options)
    virtual.run(5000)
    assert virtual.finals() == ["Is this being transcribed?"]
    assert virtual.the("TranscriptionStarted")["data"]["operationContext"] == "attempt-1"
    assert [part["received"] for part in virtual.truth(sim)["spoken"]] == [True]


def test_a_hypothesis_grows_three_times_a_second_and_then_comes_its_final() -> None:
    text = (
        "We have sold fourteen hundred and eighty tickets for May, which is a good deal more than last year."
    )
    virtual, _, _ = talking(line(0, text, 6000))
    began = virtual.now
    virtual.run(10_000)
    interims = [content["text"] for content in virtual.data("Intermediate")]
    assert 14 <= len(interims) <= 18
    assert all(later.startswith(earlier) for earlier, later in pairwise(interims))
    assert all(len(later) > len(earlier) for earlier, later in pairwise(interims))
    assert interims[-1].startswith("we have sold fourteen hundred and eighty tickets for may which")
    assert virtual.finals() == [text]
    final_at = next(t for t, e in virtual.log if isinstance(e, SendFrame) and e.confirm)
    assert 6200 <= final_at - began <= 6700


def test_hypotheses_have_no_words_and_no_confidence_and_sometimes_no_duration() -> None:
    virtual, _, _ = talking(line(0, "one two three four five six seven eight nine ten " * 3, 12_000))
    virtual.run(15_000)
    interims = virtual.data("Intermediate")
    assert not any("words" in content or "confidence" in content for content in interims)
    assert {"duration" in content for content in interims} == {True, False}


def test_hypotheses_come_only_where_they_were_asked_for() -> None:
    virtual = VirtualCall()
    virtual.ask(call(line(0, "One two three four.", 3000), start_script="on-transcription"))
    options = msgspec.structs.replace(OPTIONS, enable_intermediate_results=False)
    virtual.start(virtual.connect(transcription_options=options))
    virtual.run(5000)
    assert virtual.data("Intermediate") == []
    assert virtual.finals() == ["One two three four."]


def test_a_final_has_words_within_it_in_ticks_from_the_start() -> None:
    virtual, _, _ = talking(line(2000, "Good morning, everyone.", 3000))
    virtual.run(8000)
    (final,) = virtual.data("Final")
    assert 2000 * 10_000 < final["offset"] < 2001 * 10_000
    assert final["duration"] == 3000 * 10_000
    assert [word["text"] for word in final["words"]] == ["good", "morning", "everyone"]
    assert final["words"][0]["offset"] == final["offset"]
    last = final["words"][-1]
    assert last["offset"] + last["duration"] == final["offset"] + final["duration"]
    assert 0 < final["confidence"] < 1
    assert final["participantRawID"] == ADA


def test_offsets_can_count_down_from_the_end_of_time_exactly() -> None:
    virtual, _, _ = talking(line(2000, "Good morning.", 3000), offset_form="counting-down")
    began = virtual.now
    virtual.run(8000)
    (final,) = virtual.data("Final")
    ticks = 3_155_378_975_999_999_999 - final["offset"]
    millisecond = ticks // 10_000 - 62_135_596_800_000
    assert millisecond == began + 2000
    assert final["offset"] > 2**53
    assert final["words"][1]["offset"] < final["offset"]


def test_frames_are_text_or_binary_as_the_call_says() -> None:
    kinds = set()
    for frames in ("text", "binary"):
        virtual, _, _ = talking(frames=frames)
        kinds.add((frames, virtual.of(SendFrame)[0].binary))
    assert kinds == {("text", False), ("binary", True)}


def test_the_final_of_an_interrupted_speaker_comes_after_later_words() -> None:
    virtual, _, _ = talking(
        line(0, "Still? Didn't that ship weeks ago?", 2000, speaker=BEN, delay=3500),
        line(2500, "It did.", 1000),
    )
    virtual.run(8000)
    first, second = virtual.data("Final")
    assert (first["text"], second["text"]) == ("It did.", "Still? Didn't that ship weeks ago?")
    assert second["offset"] < first["offset"]


def test_finals_of_overlapping_speakers_are_later_than_of_one_alone() -> None:
    alone, _, _ = talking(line(0, "Two of the three are back.", 2000))
    overlapped, _, _ = talking(
        line(0, "Two of the three are back.", 2000),
        line(1500, "Are they now, and since when?", 9000, speaker=BEN),
    )
    delays = []
    for virtual in (alone, overlapped):
        began = virtual.now
        virtual.run(5000)
        delays.append(next(t for t, e in virtual.log if isinstance(e, SendFrame) and e.confirm) - began)
    assert delays[0] <= 2600 + 1
    assert delays[1] >= 2500


def test_at_a_stop_words_being_said_become_a_final_before_stopped() -> None:
    virtual, sim, connection = talking(line(0, "one two three four five six", 6000))
    virtual.run(2500)
    virtual.stop(connection, operation_context="stop-1")
    virtual.run(6000)
    assert virtual.finals() == ["one two three"]
    order = [e for _, e in virtual.log if isinstance(e, SendFrame | CloseSocket)]
    assert isinstance(order[-1], CloseSocket)
    final_at = next(t for t, e in virtual.log if isinstance(e, SendFrame) and e.confirm)
    assert final_at < virtual.at("TranscriptionStopped")
    assert virtual.the("TranscriptionStopped")["data"]["operationContext"] == "stop-1"
    parts = [(part["text"], part["received"]) for part in virtual.truth(sim)["spoken"]]
    assert parts == [("one two three", True), ("four five six", False)]


def test_a_late_final_still_comes_before_stopped() -> None:
    virtual, _, connection = talking(line(0, "It was late.", 1000, delay=60_000))
    virtual.run(3000)
    assert virtual.finals() == []
    virtual.stop(connection)
    virtual.run(120_000)
    assert virtual.finals() == ["It was late."]


def test_at_a_hang_up_last_words_come_and_no_stopped() -> None:
    virtual, _, connection = talking(line(0, "one two three four five six", 6000))
    virtual.run(2500)
    virtual.ask(HangUp(connection))
    virtual.run(10_000)
    assert virtual.finals() == ["one two three"]
    assert virtual.of(CloseSocket) == [CloseSocket(virtual.socket())]
    assert "TranscriptionStopped" not in virtual.names()
    assert "CallDisconnected" in virtual.names()


def test_words_said_before_active_are_gone_and_the_truth_says_so() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call(line(0, "a b c d e f g h i j", 10_000), timings=QUICK))["simId"]
    virtual.start(virtual.connect())
    virtual.run(20_000)
    (heard,) = virtual.finals()
    parts = virtual.truth(sim)["spoken"]
    assert [part["received"] for part in parts] == [False, True]
    assert " ".join(part["text"] for part in parts) == "a b c d e f g h i j"
    assert parts[1]["text"] == heard


def test_a_script_can_wait_for_the_first_transcription_and_runs_once() -> None:
    virtual, sim, connection = talking(line(0, "Nobody missed this.", 1500))
    virtual.run(4000)
    virtual.stop(connection)
    virtual.run(2000)
    virtual.start(connection)
    virtual.run(6000)
    assert virtual.finals() == ["Nobody missed this."]
    assert len(virtual.truth(sim)["spoken"]) == 1


def test_each_start_is_a_new_subscription_with_offsets_from_zero() -> None:
    virtual, sim, connection = talking()
    first = subscription(virtual, connection)["id"]
    virtual.run(30_000)
    virtual.stop(connection)
    virtual.run(1000)
    virtual.start(connection, locale="de-DE")
    virtual.ask(Speak(sim_id=sim, speaker=ADA, text="Guten Morgen.", duration=1000))
    virtual.run(3000)
    assert subscription(virtual, connection)["id"] != first
    (final,) = virtual.data("Final")
    assert final["offset"] < 10_000 * 200
    assert [
        f["transcriptionMetadata"]["locale"] for f in virtual.frames() if "transcriptionMetadata" in f
    ] == [
        "en-US",
        "de-DE",
    ]


def test_a_dropped_socket_is_opened_again_with_metadata_and_nothing_is_replayed() -> None:
    virtual, sim, _ = talking(
        line(0, "This is heard.", 1000), line(3000, "This is lost.", 1000), line(9000, "Heard again.", 1000)
    )
    virtual.run(2500)
    virtual.ask(DropSocket(sim_id=sim, reopen=4000))
    virtual.run(12_000)
    assert len(virtual.of(BreakSocket)) == 1
    assert len(virtual.of(OpenSocket)) == 2
    assert virtual.finals() == ["This is heard.", "Heard again."]
    assert sum("transcriptionMetadata" in frame for frame in virtual.frames()) == 2
    assert "TranscriptionResumed" in virtual.names()
    parts = [(part["text"], part["received"]) for part in virtual.truth(sim)["spoken"]]
    assert parts == [("This is heard.", True), ("This is lost.", False), ("Heard again.", True)]


@pytest.mark.parametrize(("offsets", "offset_ms"), [("continue", 9000), ("restart", 4480)])
def test_after_a_drop_offsets_go_on_or_begin_anew(offsets: Any, offset_ms: int) -> None:
    virtual, sim, connection = talking(line(9000, "Heard again.", 1000))
    before = subscription(virtual, connection)["id"]
    virtual.run(2500)
    virtual.ask(DropSocket(sim_id=sim, reopen=2000, offsets=offsets))
    virtual.run(12_000)
    (final,) = virtual.data("Final")
    assert final["offset"] // 10_000 == offset_ms
    assert subscription(virtual, connection)["id"] == before


def test_when_offsets_begin_anew_in_the_middle_of_a_sentence_its_beginning_is_lost() -> None:
    virtual, sim, _ = talking(line(0, "one two three four five six seven eight", 8000))
    virtual.run(1500)
    virtual.ask(DropSocket(sim_id=sim, reopen=2000, offsets="restart"))
    virtual.run(12_000)
    parts = virtual.truth(sim)["spoken"]
    assert [part["received"] for part in parts] == [False, True]
    assert virtual.finals() == [parts[1]["text"]]


def test_a_socket_that_is_never_opened_again_stays_silent_while_active() -> None:
    virtual, sim, connection = talking(line(9000, "Nobody hears this.", 1000))
    virtual.ask(DropSocket(sim_id=sim, reopen=None))
    virtual.run(120_000)
    assert len(virtual.of(OpenSocket)) == 1
    assert virtual.finals() == []
    assert subscription(virtual, connection)["state"] == "active"
    assert virtual.stop(connection).status == 202


def test_a_socket_that_the_server_closes_is_opened_again_after_a_second() -> None:
    virtual, _, _ = talking()
    virtual.happen(SocketLost(virtual.socket()))
    lost = virtual.now
    virtual.run(3000)
    times = [t for t, e in virtual.log if isinstance(e, OpenSocket)]
    assert times[1] - lost == 1000


def test_a_socket_refused_three_times_fails_the_transcription_with_8578() -> None:
    virtual = VirtualCall(refuse_sockets=True)
    virtual.ask(call(timings=QUICK))
    connection = virtual.connect()
    virtual.ask(StartTranscription(connection, TranscriptionBody(operation_context="start-1")))
    assert failure(virtual) == (500, 8578)
    assert len(virtual.of(OpenSocket)) == 3
    assert "TranscriptionStarted" not in virtual.names()
    assert virtual.stop(connection).status == 412


def test_a_final_counts_as_received_only_when_the_server_read_it() -> None:
    virtual, sim, _ = talking(line(0, "Did you get this?", 1000))
    virtual.confirm_frames = False
    virtual.run(5000)
    assert virtual.finals() == ["Did you get this?"]
    assert [part["received"] for part in virtual.truth(sim)["spoken"]] == [False]


def test_two_connections_of_a_call_each_hear_everything() -> None:
    virtual, sim, first = talking()
    second = virtual.connect()
    virtual.start(second)
    virtual.ask(Speak(sim_id=sim, speaker=ADA, text="Hello, both.", duration=1000))
    virtual.run(4000)
    assert virtual.finals() == ["Hello, both."] * 2
    heard_by = [part["callConnectionId"] for part in virtual.truth(sim)["spoken"]]
    assert sorted(heard_by) == sorted([first, second])


def test_a_call_that_ends_cuts_its_speakers_off() -> None:
    virtual, sim, _ = talking(line(0, "one two three four five six", 6000), line(5000, "Never said.", 1000))
    virtual.run(2500)
    virtual.ask(EndCall(sim_id=sim))
    virtual.run(10_000)
    parts = [(part["text"], part["received"]) for part in virtual.truth(sim)["spoken"]]
    assert parts == [("one two three", True)]


def test_a_second_start_is_accepted_and_changes_nothing() -> None:
    virtual, _, connection = talking()
    before = subscription(virtual, connection)
    answer = virtual.ask(StartTranscription(connection, TranscriptionBody(locale="de-DE")))
    assert answer is not None
    assert answer.status == 202
    virtual.run(6000)
    assert subscription(virtual, connection) == before
    assert virtual.names().count("TranscriptionStarted") == 1


def test_a_start_while_stopping_ends_the_stop_first_and_stays_active() -> None:
    virtual, _, connection = talking()
    virtual.stop(connection, operation_context="stop-1")
    virtual.start(connection, operation_context="start-2")
    virtual.run(5000)
    changes = [name for name in virtual.names() if name.startswith("Transcription")]
    assert changes == ["TranscriptionStarted", "TranscriptionStopped", "TranscriptionStarted"]
    assert subscription(virtual, connection)["state"] == "active"
    assert virtual.of(CloseSocket) != [CloseSocket(virtual.socket())]


def test_a_stop_while_the_socket_is_down_opens_it_no_more() -> None:
    virtual, _, connection = talking()
    virtual.happen(SocketLost(virtual.socket()))
    virtual.stop(connection)
    virtual.run(10_000)
    assert len(virtual.of(OpenSocket)) == 1
    assert "TranscriptionStopped" in virtual.names()


def test_a_socket_lost_before_started_delays_it_until_the_next_is_open() -> None:
    virtual = VirtualCall()
    virtual.ask(call(timings=QUICK))
    connection = virtual.connect()
    asked = virtual.now
    virtual.ask(StartTranscription(connection, TranscriptionBody()))
    virtual.run(500)
    virtual.happen(SocketLost(virtual.socket()))
    virtual.run(5000)
    assert virtual.at("TranscriptionStarted") - asked == 500 + 1000 + virtual.latency


def test_a_transcription_that_is_over_ignores_what_its_old_socket_does() -> None:
    virtual, _, connection = talking()
    old = virtual.socket()
    virtual.stop(connection)
    virtual.run(2000)
    virtual.happen(SocketLost(old))
    virtual.happen(SocketOpened(old))
    virtual.run(5000)
    assert len(virtual.of(OpenSocket)) == 1
    assert virtual.of(CloseSocket)[-1] == CloseSocket(old)
    assert subscription(virtual, connection)["state"] == "inactive"
