from typing import Any

import pytest

from local.acs_model.effects import SendCallback
from local.acs_model.requests import (
    AddParticipant,
    AddParticipantBody,
    Connect,
    HangUp,
    Identifier,
    PhoneNumber,
)
from local.acs_model.steering import InjectFault
from local.conversation.effects import Answer
from local.conversation.steering import Answering, Leave, Timings
from tests.unit.virtual_call import ADA, OUR_NUMBER, PHONE, VirtualCall, call, connect_body, own_line

CALLER_ID = PhoneNumber(OUR_NUMBER.removeprefix("4:"))


def inviting(
    connection: str, raw_id: str = PHONE, again: str | None = None, **changes: Any
) -> AddParticipant:
    given = {"participant_to_add": Identifier(raw_id=raw_id), "source_caller_id_number": CALLER_ID}
    return AddParticipant(connection, AddParticipantBody(**given | changes), again)


def in_a_call(**settings: Any) -> tuple[VirtualCall, str, str]:
    virtual = VirtualCall()
    sim = virtual.body_of(call(**settings))["simId"]
    connection = virtual.connect()
    virtual.run(200)
    return virtual, sim, connection


def error_of(answer: Answer | None) -> tuple[int, str]:
    assert answer is not None
    assert answer.body is not None
    return answer.status, answer.body["error"]["code"]


def test_an_invitation_is_accepted_and_its_outcome_comes_by_callback() -> None:
    virtual, sim, connection = in_a_call()
    answer = virtual.ask(inviting(connection, operation_context="add-1"))
    assert answer is not None
    assert answer.body is not None
    assert answer.status == 202
    assert set(answer.body) == {"participant", "operationContext", "invitationId"}
    assert answer.body["participant"]["identifier"]["rawId"] == PHONE
    assert answer.body["operationContext"] == "add-1"
    virtual.run(1000)
    data = virtual.the("AddParticipantSucceeded")["data"]
    assert data["participant"]["phoneNumber"] == {"value": "+15551230000"}
    assert data["operationContext"] == "add-1"
    assert data["resultInformation"]["code"] == 200
    assert PHONE in [person["rawId"] for person in virtual.truth(sim)["participants"]]
    told = [e["data"] for e in virtual.events() if e["type"].endswith("ParticipantsUpdated")]
    assert [len(data["participants"]) for data in told] == [3, 4]


def test_an_invitation_can_name_another_callback_address() -> None:
    virtual, _, connection = in_a_call()
    virtual.ask(inviting(connection, operation_callback_uri="https://elsewhere.example/"))
    virtual.run(1000)
    urls = {sent.event["type"].rsplit(".")[-1]: sent.url for sent in virtual.of(SendCallback)}
    assert urls["AddParticipantSucceeded"] == "https://elsewhere.example/"
    assert urls["ParticipantsUpdated"] != "https://elsewhere.example/"


def test_who_is_added_says_the_script_that_was_left_for_it() -> None:
    virtual, _, connection = in_a_call()
    virtual.start(connection)
    virtual.ask(Answering(target=PHONE, script=(own_line(0, "Here I am.", 500),)))
    virtual.ask(inviting(connection))
    virtual.run(3000)
    assert virtual.finals() == ["Here I am."]


def test_an_invitation_can_fail_with_a_code() -> None:
    virtual, sim, connection = in_a_call()
    virtual.ask(InjectFault(operation="add-participant", do="code", code=486, sub_code=560486))
    virtual.ask(inviting(connection, operation_context="add-1"))
    virtual.run(3000)
    data = virtual.the("AddParticipantFailed")["data"]
    assert (data["resultInformation"]["code"], data["resultInformation"]["subCode"]) == (486, 560486)
    assert (data["participant"]["rawId"], data["operationContext"]) == (PHONE, "add-1")
    assert len(virtual.truth(sim)["participants"]) == 3


def test_one_who_does_not_pick_up_is_rung_as_long_as_was_asked() -> None:
    virtual, _, connection = in_a_call()
    virtual.ask(Answering(target=PHONE, picks_up=False))
    virtual.ask(inviting(connection, invitation_timeout_in_seconds=5))
    virtual.run(4999)
    assert "AddParticipantFailed" not in virtual.names()
    virtual.run(1)
    assert virtual.the("AddParticipantFailed")["data"]["resultInformation"]["code"] == 487


def test_the_same_repeatability_id_invites_once() -> None:
    virtual, sim, connection = in_a_call()
    first = virtual.body_of(inviting(connection, again="one"))
    assert virtual.body_of(inviting(connection, again="one")) == first
    virtual.run(2000)
    assert virtual.names().count("AddParticipantSucceeded") == 1
    assert len(virtual.truth(sim)["participants"]) == 4


def test_two_invitations_of_one_person_bring_one_in() -> None:
    virtual, sim, connection = in_a_call()
    for _ in range(2):
        virtual.body_of(inviting(connection))
    virtual.run(2000)
    assert [person["rawId"] for person in virtual.truth(sim)["participants"]].count(PHONE) == 1


def test_what_cannot_be_is_refused() -> None:
    virtual = VirtualCall()
    virtual.ask(call(timings=Timings(connected=1000)))
    connection = virtual.body_of(Connect(connect_body(), None))["callConnectionId"]
    assert error_of(virtual.ask(inviting(connection))) == (400, "8501")
    virtual.run(2000)
    assert error_of(virtual.ask(inviting(connection, ADA)))[0] == 400
    assert error_of(virtual.ask(inviting(connection, source_caller_id_number=None)))[0] == 400
    assert error_of(virtual.ask(inviting("nothing"))) == (404, "8522")


@pytest.mark.parametrize(("do", "added"), [("timeout-before", 0), ("timeout-after", 1)])
def test_the_request_to_add_can_be_lost(do: Any, added: int) -> None:
    virtual, _, connection = in_a_call()
    virtual.ask(InjectFault(operation="add-participant", do=do))
    assert virtual.ask(inviting(connection)) is None
    virtual.run(2000)
    assert virtual.names().count("AddParticipantSucceeded") == added


def test_nothing_comes_of_an_invitation_once_we_left() -> None:
    virtual, sim, connection = in_a_call()
    virtual.ask(inviting(connection))
    virtual.ask(HangUp(connection))
    virtual.run(5000)
    assert not {"AddParticipantSucceeded", "AddParticipantFailed"} & set(virtual.names())
    assert len(virtual.truth(sim)["participants"]) == 2


def test_a_call_of_two_is_one_of_more_once_somebody_was_added() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring()
    connection = virtual.answer(ringing["incomingCallContext"])
    virtual.ask(inviting(connection, ADA))
    virtual.run(2000)
    for raw_id in (PHONE, ADA):
        virtual.ask(Leave(sim_id=ringing["simId"], raw_id=raw_id))
    virtual.run(5000)
    assert "CallDisconnected" not in virtual.names()
