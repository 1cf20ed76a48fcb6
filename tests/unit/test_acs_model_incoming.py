from typing import Any

import msgspec
import pytest

from local.acs_model.effects import OpenSocket
from local.acs_model.requests import (
    AnswerCall,
    CallLocator,
    CommunicationUser,
    Connect,
    GetConnection,
    Identifier,
    RedirectBody,
    RedirectCall,
    RejectBody,
    RejectCall,
)
from local.acs_model.steering import InjectFault, Join
from local.conversation.effects import Answer
from local.conversation.steering import Answering, EndCall, Leave, Ring, Speaker, Timings
from tests.unit.virtual_call import (
    ADA,
    BEN,
    OPTIONS,
    OUR_NUMBER,
    PHONE,
    VirtualCall,
    answer_body,
    connect_body,
    own_line,
)

AT_SETUP = msgspec.structs.replace(OPTIONS, start_transcription=True)


def refused(answer: Answer | None) -> tuple[int, str]:
    assert answer is not None
    assert answer.body is not None
    return answer.status, answer.body["error"]["message"]


def try_to_answer(virtual: VirtualCall, context: str) -> Answer | None:
    return virtual.ask(AnswerCall(answer_body(context), None))


def test_a_call_that_rings_is_told_to_event_grid_as_recorded() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(caller=ADA, called=BEN, display_name="Ada")
    assert set(ringing) == {"simId", "serverCallId", "correlationId", "incomingCallContext"}
    (event,) = virtual.published()
    assert event["eventType"] == "Microsoft.Communication.IncomingCall"
    assert event["subject"] == f"/caller/{ADA}/recipient/{BEN}"
    assert event["data"] == {
        "to": {"kind": "communicationUser", "rawId": BEN, "communicationUser": {"id": BEN}},
        "from": {"kind": "communicationUser", "rawId": ADA, "communicationUser": {"id": ADA}},
        "serverCallId": ringing["serverCallId"],
        "callerDisplayName": "Ada",
        "incomingCallContext": ringing["incomingCallContext"],
        "correlationId": ringing["correlationId"],
    }


def test_an_answered_call_has_the_caller_and_the_called_one_in_it_which_is_us() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(caller=ADA, called=BEN)
    answered = virtual.body_of(AnswerCall(answer_body(ringing["incomingCallContext"]), None))
    assert answered["callConnectionState"] == "connecting"
    assert answered["serverCallId"] == ringing["serverCallId"]
    assert answered["source"]["rawId"] == ADA
    assert [target["rawId"] for target in answered["targets"]] == [BEN]
    assert answered["answeredBy"] == {"id": BEN}
    assert "answeredFor" not in answered
    virtual.run(3000)
    told = virtual.the("ParticipantsUpdated")["data"]["participants"]
    assert [participant["identifier"]["rawId"] for participant in told] == [ADA, BEN]
    connected = virtual.the("CallConnected")["data"]
    assert connected["correlationId"] == ringing["correlationId"]
    assert connected["operationContext"] == "attempt-1"
    truth = virtual.truth(ringing["simId"])
    assert truth["connections"][0]["kind"] == "answer"
    assert truth["incoming"] == {"from": ADA, "to": BEN, "state": "answered"}


def test_a_call_to_a_number_says_for_which_it_was_answered_and_by_whom() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(caller="+15551230000", called=OUR_NUMBER.removeprefix("4:"))
    body = answer_body(ringing["incomingCallContext"], answered_by=CommunicationUser(BEN))
    answered = virtual.body_of(AnswerCall(body, None))
    assert answered["source"]["phoneNumber"] == {"value": "+15551230000"}
    assert answered["answeredFor"] == {"value": OUR_NUMBER.removeprefix("4:")}
    assert answered["answeredBy"] == {"id": BEN}


def test_an_unknown_context_is_refused() -> None:
    assert refused(try_to_answer(VirtualCall(), "nothing"))[0] == 404


def test_a_call_is_answered_once_and_its_repeat_gets_the_same_answer() -> None:
    virtual = VirtualCall()
    context = virtual.ring()["incomingCallContext"]
    first = virtual.body_of(AnswerCall(answer_body(context), "one"))
    assert virtual.body_of(AnswerCall(answer_body(context), "one")) == first
    status, message = refused(virtual.ask(AnswerCall(answer_body(context), "two")))
    assert (status, "answered already" in message) == (404, True)


def test_a_caller_who_hung_up_is_not_answered() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    virtual.ask(EndCall(sim_id=ringing["simId"]))
    status, message = refused(try_to_answer(virtual, ringing["incomingCallContext"]))
    assert (status, "hung up" in message) == (404, True)


@pytest.mark.parametrize(("speed", "rings"), [(1.0, 30_000), (10.0, 3000)])
def test_a_caller_rings_for_thirty_seconds(speed: float, rings: int) -> None:
    virtual = VirtualCall()
    patient, gone = (virtual.ring(speed=speed) for _ in range(2))
    virtual.run(rings - 1)
    assert virtual.truth(gone["simId"])["incoming"]["state"] == "ringing"
    virtual.answer(patient["incomingCallContext"])
    assert refused(try_to_answer(virtual, gone["incomingCallContext"]))[0] == 404
    assert virtual.truth(gone["simId"])["endedAt"] is not None
    assert virtual.truth(patient["simId"])["endedAt"] is None


def test_a_caller_who_hangs_up_while_we_connect_disconnects_us() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    virtual.body_of(AnswerCall(answer_body(ringing["incomingCallContext"]), None))
    virtual.ask(EndCall(sim_id=ringing["simId"]))
    virtual.run(5000)
    assert virtual.names() == ["CallDisconnected"]


def test_answering_can_fail_with_a_code_and_the_caller_goes_on_ringing() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    virtual.ask(InjectFault(operation="answer", do="code", code=500, sub_code=8500))
    virtual.body_of(AnswerCall(answer_body(ringing["incomingCallContext"]), None))
    virtual.run(3000)
    result = virtual.the("AnswerFailed")["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (500, 8500)
    virtual.answer(ringing["incomingCallContext"])


def test_a_caller_whose_time_ran_out_while_answering_failed_is_gone() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(timings=Timings(connected=40_000))
    virtual.ask(InjectFault(operation="answer", do="code"))
    virtual.body_of(AnswerCall(answer_body(ringing["incomingCallContext"]), None))
    virtual.run(41_000)
    assert virtual.truth(ringing["simId"])["endedAt"] is not None


@pytest.mark.parametrize(("do", "state"), [("status", "ringing"), ("timeout-after", "answered")])
def test_the_request_to_answer_can_go_wrong(do: Any, state: str) -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    virtual.ask(InjectFault(operation="answer", do=do, status=500))
    answer = try_to_answer(virtual, ringing["incomingCallContext"])
    assert (answer.status if answer else None) == (500 if do == "status" else None)
    assert virtual.truth(ringing["simId"])["incoming"]["state"] == state


def test_the_caller_speaks_once_we_are_connected() -> None:
    virtual = VirtualCall()
    script = (own_line(0, "Good evening.", 700), own_line(2000, "Is anybody there?", 900, speaker=ADA))
    people = (Speaker(raw_id=ADA, display_name="Ada"),)
    ringing = virtual.ring(script=script, speakers=people, start_script="on-transcription")
    virtual.run(5000)
    virtual.start(virtual.answer(ringing["incomingCallContext"]))
    virtual.run(6000)
    assert virtual.finals() == ["Good evening.", "Is anybody there?"]
    speakers = [part["speaker"] for part in virtual.truth(ringing["simId"])["spoken"]]
    assert speakers == [PHONE, ADA]


def test_a_script_begins_with_the_answer_unless_it_waits_for_the_transcription() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(script=(own_line(0, "Hello?", 500),))
    virtual.run(5000)
    assert virtual.truth(ringing["simId"])["spoken"] == []
    virtual.answer(ringing["incomingCallContext"])
    virtual.run(2000)
    assert [part["received"] for part in virtual.truth(ringing["simId"])["spoken"]] == [False]


def test_a_script_that_a_stranger_speaks_is_refused() -> None:
    virtual = VirtualCall()
    answer = virtual.ask(Ring(caller=PHONE, called=BEN, script=(own_line(0, "Hello?", 500, speaker=ADA),)))
    assert refused(answer)[0] == 400
    answer = virtual.ask(Answering(target=PHONE, script=(own_line(0, "Hello?", 500, speaker=ADA),)))
    assert refused(answer)[0] == 400


def test_an_answered_call_ends_when_the_caller_goes() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    virtual.answer(ringing["incomingCallContext"])
    virtual.ask(Leave(sim_id=ringing["simId"], raw_id=PHONE))
    virtual.run(3000)
    result = virtual.the("CallDisconnected")["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (200, 5001)


def test_an_answered_call_of_more_goes_on_without_the_caller() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(speakers=(Speaker(raw_id=ADA, display_name="Ada"),))
    connection = virtual.answer(ringing["incomingCallContext"])
    for raw_id in (PHONE, ADA):
        virtual.ask(Leave(sim_id=ringing["simId"], raw_id=raw_id))
    virtual.run(60_000)
    assert virtual.body_of(GetConnection(connection))["callConnectionState"] == "connected"


def test_transcription_starts_with_an_answered_call_from_a_phone() -> None:
    virtual = VirtualCall()
    virtual.answer(virtual.ring()["incomingCallContext"], transcription_options=AT_SETUP)
    virtual.run_until(lambda: "TranscriptionStarted" in virtual.names())
    assert "TranscriptionFailed" not in virtual.names()


def test_transcription_does_not_start_with_an_answered_call_from_an_acs_user() -> None:
    virtual = VirtualCall()
    virtual.answer(virtual.ring(caller=ADA)["incomingCallContext"], transcription_options=AT_SETUP)
    virtual.run(3000)
    result = virtual.the("TranscriptionFailed")["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (405, 8520)
    assert virtual.names().index("CallConnected") < virtual.names().index("TranscriptionFailed")
    assert virtual.of(OpenSocket) == []


def test_a_rejected_call_is_over() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    context = ringing["incomingCallContext"]
    answer = virtual.ask(RejectCall(RejectBody(context, "busy"), "one"))
    assert answer is not None
    assert (answer.status, answer.body) == (204, None)
    again = virtual.ask(RejectCall(RejectBody(context, "busy"), "one"))
    assert again is not None
    assert again.status == 204
    assert "rejected" in refused(try_to_answer(virtual, context))[1]
    truth = virtual.truth(ringing["simId"])
    assert truth["incoming"]["state"] == "rejected"
    assert truth["endedAt"] is not None
    assert virtual.names() == []


def test_a_redirected_call_goes_on_without_us() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    body = RedirectBody(ringing["incomingCallContext"], Identifier(raw_id=ADA))
    answer = virtual.ask(RedirectCall(body, None))
    assert answer is not None
    assert answer.status == 204
    virtual.run(2000)
    truth = virtual.truth(ringing["simId"])
    assert [person["rawId"] for person in truth["participants"]] == [PHONE, ADA]
    assert truth["incoming"]["state"] == "redirected"
    assert refused(try_to_answer(virtual, ringing["incomingCallContext"]))[0] == 404
    virtual.ask(Leave(sim_id=ringing["simId"], raw_id=ADA))
    assert virtual.truth(ringing["simId"])["endedAt"] is not None


def test_a_redirected_call_that_nobody_takes_ends() -> None:
    virtual = VirtualCall()
    virtual.ask(Answering(target=ADA, picks_up=False))
    ringing = virtual.ring()
    virtual.ask(RedirectCall(RedirectBody(ringing["incomingCallContext"], Identifier(raw_id=ADA)), None))
    virtual.run(31_000)
    truth = virtual.truth(ringing["simId"])
    assert (truth["participants"], truth["endedAt"] is None) == ([], False)


@pytest.mark.parametrize("operation", ["reject", "redirect"])
def test_rejecting_and_redirecting_can_go_wrong(operation: Any) -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    virtual.ask(InjectFault(operation=operation, do="status", status=503))
    context = ringing["incomingCallContext"]
    asked = {
        "reject": RejectCall(RejectBody(context), None),
        "redirect": RedirectCall(RedirectBody(context, Identifier(raw_id=ADA)), None),
    }
    answer = virtual.ask(asked[operation])
    assert answer is not None
    assert answer.status == 503
    assert virtual.truth(ringing["simId"])["incoming"]["state"] == "ringing"
    assert refused(virtual.ask(InjectFault(operation=operation, do="code")))[0] == 400


def test_nobody_joins_a_call_that_only_rings() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    assert refused(virtual.ask(Join(sim_id=ringing["simId"], raw_id=ADA)))[0] == 400
    locator = CallLocator(kind="serverCallLocator", server_call_id=ringing["serverCallId"])
    assert refused(virtual.ask(Connect(connect_body(call_locator=locator), None)))[0] == 404
    virtual.answer(ringing["incomingCallContext"])
    virtual.connect(call_locator=locator)
