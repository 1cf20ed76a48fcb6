"""Callbacks as they come over the wire: odd ones cost nobody else, and none costs a read too many."""

import json
from typing import Any

import pytest

from functions.lifecycle import events
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.redaction import LONGEST_MESSAGE
from functions.triggers.call_events import read_callbacks, read_event

CONNECTION = "aConnection"


def callback(name: str, data: Any) -> dict[str, Any]:
    return {"id": "1", "source": "calling", "type": f"Microsoft.Communication.{name}", "data": data}


def read(*callbacks: dict[str, Any]) -> list[Event]:
    return [read_event(one) for one in read_callbacks(json.dumps(callbacks).encode())]


@pytest.mark.parametrize(
    "odd",
    [
        callback("TranscriptionStarted", None),
        callback("TranscriptionStarted", "text"),
        callback("TranscriptionStarted", {"callConnectionId": None}),
        callback("TranscriptionFailed", {"callConnectionId": CONNECTION, "resultInformation": 5}),
        callback("SomethingNew", None),
        callback("ParticipantsUpdated", {"callConnectionId": CONNECTION, "participants": [{}]}),
        callback("ParticipantsUpdated", {"callConnectionId": CONNECTION, "sequenceNumber": "1"}),
        callback("PlayCompleted", {"callConnectionId": CONNECTION}),
        {"id": "1", "source": "calling", "type": "Microsoft.Communication.SomethingElse"},
    ],
)
def test_a_callback_that_cannot_be_read_is_noted_and_its_neighbours_are_taken_in(odd: dict[str, Any]) -> None:
    gone = callback("CallDisconnected", {"callConnectionId": CONNECTION})
    noted, taken = read(odd, gone)
    assert isinstance(noted, events.CallbackNoted)
    assert taken == events.CallDisconnected(CONNECTION, Outcome(200, 0, ""))


def test_result_information_may_lack_everything() -> None:
    nothing = {"code": None, "subCode": None, "message": None}
    (failed,) = read(
        callback("TranscriptionFailed", {"callConnectionId": CONNECTION, "resultInformation": nothing})
    )
    assert failed == events.TranscriptionFailed(CONNECTION, Outcome(200, 0, ""))


def test_an_address_in_a_message_loses_its_secret() -> None:
    message = "StreamUrl wss://pubsub.example/client?access_token=s3cr3t isn't valid."
    result = {"code": 400, "subCode": 8581, "message": message}
    (failed,) = read(
        callback("TranscriptionFailed", {"callConnectionId": CONNECTION, "resultInformation": result})
    )
    assert isinstance(failed, events.TranscriptionFailed)
    assert "s3cr3t" not in failed.outcome.message


def test_a_message_without_end_does_not_fill_the_sessions_row() -> None:
    result = {"code": 500, "subCode": 9999, "message": "Failed. " * 100_000}
    (failed,) = read(
        callback("TranscriptionFailed", {"callConnectionId": CONNECTION, "resultInformation": result})
    )
    assert isinstance(failed, events.TranscriptionFailed)
    assert len(failed.outcome.message) == LONGEST_MESSAGE


@pytest.mark.parametrize("name", ["ConnectFailed", "CreateCallFailed", "AnswerFailed"])
def test_a_connection_that_never_came_is_told_with_its_attempt(name: str) -> None:
    result = {"code": 603, "subCode": 510403, "message": "Declined."}
    data = {"callConnectionId": CONNECTION, "operationContext": "2", "resultInformation": result}
    assert read(callback(name, data)) == [
        events.ConnectFailed(CONNECTION, 2, Outcome(603, 510403, "Declined."))
    ]


def test_a_locale_that_changed_is_told() -> None:
    update = {
        "transcriptionStatus": "transcriptionUpdated",
        "transcriptionStatusDetails": "transcriptionLocaleUpdated",
    }
    data = {"callConnectionId": CONNECTION, "transcriptionUpdate": update, "operationContext": "the old one"}
    assert read(callback("TranscriptionUpdated", data)) == [events.TranscriptionUpdated(CONNECTION)]


def test_of_those_in_the_call_the_first_few_are_told_and_no_bots() -> None:
    raw_ids = ["28:bot", "4:+15551230000", "8:acs:a", "28:other", "8:acs:b", "8:acs:c"]
    people = [{"identifier": {"rawId": raw_id, "kind": "unknown"}, "isMuted": False} for raw_id in raw_ids]
    data = {"callConnectionId": CONNECTION, "participants": people, "sequenceNumber": 7}
    assert read(callback("ParticipantsUpdated", data)) == [
        events.ParticipantsChanged(CONNECTION, ("4:+15551230000", "8:acs:a", "8:acs:b"), 7)
    ]


def test_an_invitation_that_nobody_followed_and_a_socket_that_is_back_are_told() -> None:
    result = {"code": 408, "subCode": 10004, "message": "No answer."}
    failed, resumed = read(
        callback("AddParticipantFailed", {"callConnectionId": CONNECTION, "resultInformation": result}),
        callback("TranscriptionResumed", {"callConnectionId": CONNECTION}),
    )
    assert failed == events.InvitationFailed(CONNECTION, Outcome(408, 10004, "No answer."))
    assert resumed == events.TranscriptionResumed(CONNECTION)
