"""Callbacks as they come over the wire: odd ones cost nobody else, and none costs a read too many."""

import json
from typing import Any

import pytest

from functions.lifecycle import events
from functions.lifecycle.events import Event, Outcome
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
