from typing import Any

import msgspec
import pytest

from local.acs_model.effects import OpenSocket
from local.acs_model.requests import (
    CommunicationUser,
    CreateCall,
    GetConnection,
    HangUp,
    Identifier,
    ListParticipants,
    PhoneNumber,
    TranscriptionOptions,
)
from local.acs_model.steering import InjectFault, Join
from local.conversation.effects import Answer
from local.conversation.steering import Answering, Leave, ListCalls, Speak, Timings
from tests.unit.virtual_call import (
    ADA,
    BEGIN,
    BEN,
    OPTIONS,
    OTHER_PHONE,
    OUR_NUMBER,
    PHONE,
    VirtualCall,
    create_body,
    own_line,
)

AT_SETUP = msgspec.structs.replace(OPTIONS, start_transcription=True)
QUICK = Timings(connected=400, started=600, stopped=300, disconnected=1200)


def error_of(answer: Answer | None) -> tuple[int, str]:
    assert answer is not None
    assert answer.body is not None
    return answer.status, answer.body["error"]["code"]


def only_call(virtual: VirtualCall) -> str:
    (known,) = virtual.body_of(ListCalls())["calls"]
    sim_id: str = known["simId"]
    return sim_id


def result_of(virtual: VirtualCall, name: str) -> tuple[int, int]:
    result = virtual.the(name)["data"]["resultInformation"]
    return result["code"], result["subCode"]


def test_a_placed_call_is_answered_with_201_while_it_rings_and_has_no_server_call_id_yet() -> None:
    virtual = VirtualCall()
    answer = virtual.ask(CreateCall(create_body(PHONE, source_display_name="Verbatim"), None))
    assert answer is not None
    assert answer.body is not None
    assert (answer.status, answer.body["callConnectionState"]) == (201, "connecting")
    assert "serverCallId" not in answer.body
    assert answer.body["targets"] == [
        {"rawId": PHONE, "kind": "phoneNumber", "phoneNumber": {"value": "+15551230000"}}
    ]
    assert answer.body["source"]["kind"] == "communicationUser"
    assert answer.body["sourceCallerIdNumber"] == {"value": OUR_NUMBER.removeprefix("4:")}
    assert answer.body["sourceDisplayName"] == "Verbatim"
    assert not {"answeredBy", "answeredFor"} & set(answer.body)
    assert virtual.names() == []


def test_when_the_target_picks_up_the_call_is_connected_with_both_in_it() -> None:
    virtual = VirtualCall()
    connection = virtual.place(PHONE, source=CommunicationUser(ADA))
    assert 300 <= virtual.at("CallConnected") - BEGIN <= 900 + 60
    assert virtual.the("CallConnected")["data"]["operationContext"] == "attempt-1"
    told = virtual.the("ParticipantsUpdated")["data"]["participants"]
    assert [participant["identifier"]["rawId"] for participant in told] == [PHONE, ADA]
    assert virtual.body_of(ListParticipants(connection))["value"] == told
    properties = virtual.body_of(GetConnection(connection))
    assert properties["callConnectionState"] == "connected"
    assert properties["serverCallId"] == virtual.truth(only_call(virtual))["serverCallId"]
    (shown,) = virtual.truth(only_call(virtual))["connections"]
    assert (shown["kind"], shown["locale"]) == ("create", "en-US")


def test_a_target_can_be_named_without_a_raw_id() -> None:
    virtual = VirtualCall()
    named = (
        Identifier(phone_number=PhoneNumber("+15551230000")),
        Identifier(communication_user=CommunicationUser(ADA)),
    )
    connection = virtual.place(targets=named)
    assert [t["rawId"] for t in virtual.body_of(GetConnection(connection))["targets"]] == [PHONE, ADA]


@pytest.mark.parametrize(
    ("targets", "changes"),
    [
        ((), {}),
        ((PHONE,), {"source_caller_id_number": None}),
        ((PHONE,), {"callback_uri": "nowhere"}),
        ((), {"targets": (Identifier(),)}),
    ],
)
def test_a_call_to_nobody_or_to_a_phone_from_no_number_is_refused(
    targets: tuple[str, ...], changes: dict[str, Any]
) -> None:
    virtual = VirtualCall()
    assert error_of(virtual.ask(CreateCall(create_body(*targets, **changes), None)))[0] == 400
    assert virtual.body_of(ListCalls())["calls"] == []


def test_an_acs_user_is_called_from_no_number() -> None:
    virtual = VirtualCall()
    virtual.place(ADA, source_caller_id_number=None)


def test_the_same_repeatability_id_places_one_call() -> None:
    virtual = VirtualCall()
    first = virtual.body_of(CreateCall(create_body(PHONE), "one"))
    assert virtual.body_of(CreateCall(create_body(PHONE), "one")) == first
    virtual.run(2000)
    assert virtual.names().count("CallConnected") == 1
    virtual.body_of(CreateCall(create_body(PHONE), "two"))
    assert len(virtual.body_of(ListCalls())["calls"]) == 2


def test_several_targets_ring_at_once_and_the_first_connects() -> None:
    virtual = VirtualCall()
    for raw_id, pause in ((PHONE, 5000), (ADA, 300)):
        virtual.ask(Answering(target=raw_id, timings=Timings(connected=pause)))
    virtual.place(PHONE, ADA)
    assert virtual.at("CallConnected") - BEGIN in (300, 360)
    virtual.run(6000)
    told = [e["data"]["participants"] for e in virtual.events() if "Participants" in e["type"]]
    assert [participants[0]["identifier"]["rawId"] for participants in told] == [ADA, ADA]
    assert [len(participants) for participants in told] == [2, 3]
    assert virtual.names().count("CallConnected") == 1


def test_a_number_that_nobody_answers_fails_the_call_when_it_has_rung_out() -> None:
    virtual = VirtualCall()
    virtual.ask(Answering(target="+15551230000", picks_up=False, speed=10.0))
    connection = virtual.body_of(CreateCall(create_body(PHONE), None))["callConnectionId"]
    virtual.run(2900)
    assert virtual.names() == []
    virtual.run(200)
    assert virtual.names() == ["CreateCallFailed"]
    assert virtual.the("CreateCallFailed")["data"]["operationContext"] == "attempt-1"
    assert result_of(virtual, "CreateCallFailed") == (487, 10004)
    assert error_of(virtual.ask(GetConnection(connection))) == (404, "8522")
    assert virtual.truth(only_call(virtual))["endedAt"] is not None


def test_one_who_does_not_pick_up_fails_no_call_that_another_took() -> None:
    virtual = VirtualCall()
    virtual.ask(Answering(target=PHONE, picks_up=False))
    virtual.place(PHONE, ADA)
    virtual.run(60_000)
    assert "CreateCallFailed" not in virtual.names()
    assert virtual.truth(only_call(virtual))["participants"][0]["rawId"] == ADA


def test_a_placed_call_can_fail_with_a_code() -> None:
    virtual = VirtualCall()
    virtual.ask(InjectFault(operation="create", do="code", code=403, sub_code=510403))
    virtual.body_of(CreateCall(create_body(PHONE, transcription_options=AT_SETUP), None))
    virtual.run(5000)
    assert virtual.names() == ["CreateCallFailed"]
    assert result_of(virtual, "CreateCallFailed") == (403, 510403)
    assert virtual.of(OpenSocket) == []
    virtual.place(PHONE)


@pytest.mark.parametrize(("do", "calls"), [("status", 0), ("timeout-before", 0), ("timeout-after", 1)])
def test_the_request_to_place_a_call_can_go_wrong(do: Any, calls: int) -> None:
    virtual = VirtualCall()
    virtual.ask(InjectFault(operation="create", do=do))
    answer = virtual.ask(CreateCall(create_body(PHONE), "id"))
    assert (answer.status if answer else None) == (503 if do == "status" else None)
    assert len(virtual.body_of(ListCalls())["calls"]) == calls
    virtual.body_of(CreateCall(create_body(PHONE), "id"))
    assert len(virtual.body_of(ListCalls())["calls"]) == 1


def test_who_picked_up_says_the_script_that_was_left_for_it() -> None:
    virtual = VirtualCall()
    script = (own_line(0, "Hello?", 500), own_line(2000, "Who is it?", 800, speaker="+15551230000"))
    virtual.ask(
        Answering(
            target=PHONE, display_name="Pat", script=script, start_script="on-transcription", timings=QUICK
        )
    )
    virtual.start(virtual.place(PHONE))
    virtual.run(6000)
    assert virtual.finals() == ["Hello?", "Who is it?"]
    truth = virtual.truth(only_call(virtual))
    assert {part["speaker"] for part in truth["spoken"]} == {PHONE}
    assert truth["participants"][0] == {"rawId": PHONE, "displayName": "Pat"}


def test_who_picks_up_later_speaks_from_then_on() -> None:
    virtual = VirtualCall()
    late = Answering(
        target=ADA, script=(own_line(0, "Sorry, I am late.", 500),), timings=Timings(connected=9000)
    )
    virtual.ask(Answering(target=PHONE, start_script="on-transcription", timings=QUICK))
    virtual.ask(late)
    virtual.start(virtual.place(PHONE, ADA))
    virtual.run(12_000)
    assert virtual.finals() == ["Sorry, I am late."]


def test_a_placed_call_is_steered_like_any_other() -> None:
    virtual = VirtualCall()
    virtual.start(virtual.place(PHONE))
    sim = only_call(virtual)
    virtual.ask(Speak(sim_id=sim, speaker=PHONE, text="Yes, speaking.", duration=800))
    virtual.run(3000)
    assert virtual.finals() == ["Yes, speaking."]


def test_a_call_of_two_ends_for_us_when_the_other_goes() -> None:
    virtual = VirtualCall()
    virtual.place(PHONE)
    sim = only_call(virtual)
    virtual.ask(Leave(sim_id=sim, raw_id=PHONE))
    virtual.run(3000)
    assert result_of(virtual, "CallDisconnected") == (200, 5001)
    assert virtual.truth(sim)["endedAt"] is not None


def test_a_call_of_two_ends_for_the_other_when_we_go() -> None:
    virtual = VirtualCall()
    connection = virtual.place(PHONE)
    sim = only_call(virtual)
    virtual.ask(HangUp(connection))
    assert virtual.truth(sim)["participants"] == []
    virtual.run(3000)
    assert result_of(virtual, "CallDisconnected") == (200, 7000)


def test_a_call_of_more_goes_on_with_us_alone() -> None:
    virtual = VirtualCall()
    connection = virtual.place(PHONE, OTHER_PHONE)
    virtual.run(2000)
    sim = only_call(virtual)
    for raw_id in (PHONE, OTHER_PHONE):
        virtual.ask(Leave(sim_id=sim, raw_id=raw_id))
    virtual.run(60_000)
    assert "CallDisconnected" not in virtual.names()
    assert virtual.body_of(GetConnection(connection))["callConnectionState"] == "connected"


def test_a_call_of_two_that_a_third_joined_is_one_of_more() -> None:
    virtual = VirtualCall()
    virtual.place(PHONE)
    sim = only_call(virtual)
    virtual.ask(Join(sim_id=sim, raw_id=BEN))
    for raw_id in (PHONE, BEN):
        virtual.ask(Leave(sim_id=sim, raw_id=raw_id))
    virtual.run(60_000)
    assert virtual.truth(sim)["endedAt"] is None


def test_hanging_up_while_it_rings_lets_nobody_pick_up() -> None:
    virtual = VirtualCall()
    connection = virtual.body_of(CreateCall(create_body(PHONE, ADA), None))["callConnectionId"]
    virtual.ask(HangUp(connection))
    virtual.run(5000)
    assert virtual.names() == ["CallDisconnected"]
    assert virtual.truth(only_call(virtual))["participants"] == []
    assert virtual.truth(only_call(virtual))["endedAt"] is not None


def test_transcription_starts_with_a_call_to_a_phone_and_misses_no_word() -> None:
    virtual = VirtualCall()
    virtual.ask(Answering(target=PHONE, script=(own_line(0, "Hello, who is it?", 900),)))
    virtual.place(PHONE, transcription_options=AT_SETUP)
    virtual.run(3000)
    assert virtual.finals() == ["Hello, who is it?"]
    assert virtual.the("TranscriptionStarted")["data"]["operationContext"] == "attempt-1"


@pytest.mark.parametrize("seed", range(10))
def test_at_set_up_of_a_call_to_one_acs_user_it_fails_after_connected_and_can_be_started_then(
    seed: int,
) -> None:
    virtual = VirtualCall(seed)
    connection = virtual.place(ADA, transcription_options=AT_SETUP)
    virtual.run(3000)
    assert result_of(virtual, "TranscriptionFailed") == (405, 8520)
    assert virtual.names().index("CallConnected") < virtual.names().index("TranscriptionFailed")
    assert virtual.of(OpenSocket) == []
    virtual.start(connection)


def test_at_set_up_of_a_call_to_several_acs_users_it_works() -> None:
    virtual = VirtualCall()
    virtual.place(ADA, BEN, transcription_options=AT_SETUP)
    virtual.run_until(lambda: "TranscriptionStarted" in virtual.names())


def test_at_set_up_of_a_call_that_is_left_before_it_connects_nothing_fails() -> None:
    virtual = VirtualCall()
    body = create_body(ADA, transcription_options=AT_SETUP)
    virtual.ask(HangUp(virtual.body_of(CreateCall(body, None))["callConnectionId"]))
    virtual.run(5000)
    assert virtual.names() == ["CallDisconnected"]


def test_a_speech_model_of_the_options_is_named_to_the_socket_and_to_whoever_looks() -> None:
    virtual = VirtualCall()
    options = TranscriptionOptions(
        transport_url=OPTIONS.transport_url, locale="en-US", speech_model_endpoint_id="model-1"
    )
    connection = virtual.place(PHONE, transcription_options=options)
    (shown,) = virtual.truth(only_call(virtual))["connections"]
    assert shown["speechModelEndpointId"] == "model-1"
    virtual.start(connection, speech_model_endpoint_id="model-2")
    assert virtual.frames()[0]["transcriptionMetadata"]["speechModelEndpointId"] == "model-2"
    (shown,) = virtual.truth(only_call(virtual))["connections"]
    assert shown["speechModelEndpointId"] == "model-2"


def test_the_answer_to_create_can_come_after_its_callback() -> None:
    virtual = VirtualCall()
    virtual.ask(Answering(target=PHONE, callback_first=True))
    assert virtual.ask(CreateCall(create_body(PHONE), None)) is None
    virtual.run(3000)
    assert [answer.status for answer in virtual.of(Answer)] == [204, 201]


def test_the_same_seed_places_the_same_call() -> None:
    logs = []
    for _ in range(2):
        virtual = VirtualCall(seed=3)
        virtual.start(virtual.place(PHONE, ADA))
        virtual.run(3000)
        logs.append(virtual.log)
    assert logs[0] == logs[1]
