import base64
import re
from typing import Any

import pytest

from local.acs_model.effects import SendCallback
from local.acs_model.requests import (
    CallLocator,
    Connect,
    GetConnection,
    GetParticipant,
    HangUp,
    ListParticipants,
    Terminate,
)
from local.acs_model.steering import DisturbCallbacks, InjectFault, Join, MakeCall
from local.conversation.effects import Answer, CloseSocket
from local.conversation.steering import CallbackFaults, EndCall, Leave, ListCalls, ListFaults, Timings
from tests.unit.virtual_call import ADA, BEGIN, BEN, PEOPLE, VirtualCall, call, connect_body, line


def rest_error(answer: Answer | None) -> tuple[int, str]:
    assert answer is not None
    assert answer.body is not None
    return answer.status, answer.body["error"]["code"]


def test_connect_is_answered_while_connecting_and_connected_comes_by_callback() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    answer = virtual.body_of(Connect(connect_body(), None))
    assert answer["callConnectionState"] == "connecting"
    assert "serverCallId" not in answer
    assert answer["transcriptionSubscription"]["state"] == "inactive"
    virtual.run(2000)
    assert 500 <= virtual.at("CallConnected") - BEGIN <= 1500 + 60
    properties = virtual.body_of(GetConnection(answer["callConnectionId"]))
    assert properties["callConnectionState"] == "connected"
    assert properties["serverCallId"] == virtual.the("CallConnected")["data"]["serverCallId"]
    assert virtual.the("CallConnected")["data"]["operationContext"] == "attempt-1"


def test_recorded_times_shrink_with_the_speed_of_the_call() -> None:
    virtual = VirtualCall()
    virtual.ask(call(speed=10.0))
    virtual.connect()
    assert 50 <= virtual.at("CallConnected") - BEGIN <= 150 + 60


def test_given_times_hold_whatever_the_speed() -> None:
    virtual = VirtualCall()
    virtual.ask(call(speed=10.0, timings=Timings(connected=7000, started=3000, stopped=50, disconnected=9)))
    connection = virtual.connect()
    assert virtual.at("CallConnected") - BEGIN in (7000, 7006)
    asked = virtual.now
    virtual.start(connection)
    assert virtual.at("TranscriptionStarted") - asked == 3000
    asked = virtual.now
    virtual.stop(connection)
    virtual.run(1000)
    assert virtual.at("TranscriptionStopped") - asked == 50
    asked = virtual.now
    virtual.ask(HangUp(connection))
    virtual.run(1000)
    assert virtual.at("CallDisconnected") - asked == 9


def test_participants_may_be_told_before_connected_and_after_it() -> None:
    orders = set()
    for seed in range(10):
        virtual = VirtualCall(seed)
        virtual.ask(call())
        virtual.connect()
        virtual.run(200)
        orders.add(tuple(virtual.names()))
    assert orders == {("CallConnected", "ParticipantsUpdated"), ("ParticipantsUpdated", "CallConnected")}


def test_the_people_and_the_bot_are_participants() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    connection = virtual.connect()
    virtual.run(200)
    told = virtual.the("ParticipantsUpdated")["data"]
    bot = virtual.body_of(GetConnection(connection))["source"]["rawId"]
    assert [p["identifier"]["rawId"] for p in told["participants"]] == [ADA, BEN, bot]
    assert told["sequenceNumber"] == 1
    assert virtual.body_of(ListParticipants(connection))["value"] == told["participants"]
    assert virtual.body_of(GetParticipant(connection, BEN)) == told["participants"][1]
    assert rest_error(virtual.ask(GetParticipant(connection, "4:+15551230000"))) == (404, "8522")


def test_who_joins_and_leaves_is_told_with_a_rising_number() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.connect()
    virtual.run(200)
    virtual.ask(Join(sim_id=sim, raw_id="4:+15551230000"))
    for raw_id in (ADA, BEN, "4:+15551230000"):
        virtual.ask(Leave(sim_id=sim, raw_id=raw_id))
    virtual.run(200)
    told = [e["data"] for e in virtual.events() if e["type"].endswith("ParticipantsUpdated")]
    assert [d["sequenceNumber"] for d in told] == [1, 2, 3, 4, 5]
    assert [len(d["participants"]) for d in told] == [3, 4, 3, 2, 1]
    assert told[1]["participants"][2]["identifier"]["phoneNumber"] == {"value": "+15551230000"}


def test_the_same_repeatability_id_is_answered_with_the_same_connection() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    first = virtual.body_of(Connect(connect_body(), "one"))
    assert virtual.body_of(Connect(connect_body(), "one")) == first
    other = virtual.body_of(Connect(connect_body(), "two"))
    assert other["callConnectionId"] != first["callConnectionId"]
    virtual.run(2000)
    assert virtual.names().count("CallConnected") == 2


def test_connections_of_one_call_share_all_but_their_own_id() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    first = virtual.connect()
    by_server_call_id = CallLocator(
        kind="serverCallLocator", server_call_id=virtual.the("CallConnected")["data"]["serverCallId"]
    )
    second = virtual.connect(call_locator=by_server_call_id)
    one, two = (virtual.body_of(GetConnection(connection)) for connection in (first, second))
    assert one["serverCallId"] == two["serverCallId"]
    assert one["correlationId"] == two["correlationId"]
    assert first != second


def test_a_group_call_comes_into_being_by_joining_and_ends_when_nobody_is_left() -> None:
    virtual = VirtualCall()
    connection = virtual.connect(call_locator=CallLocator(kind="groupCallLocator", group_call_id="new"))
    virtual.run(200)
    assert len(virtual.the("ParticipantsUpdated")["data"]["participants"]) == 1
    virtual.ask(HangUp(connection))
    virtual.run(2000)
    (known,) = virtual.body_of(ListCalls())["calls"]
    assert known["groupCallId"] == "new"
    assert known["endedAt"] is not None
    again = virtual.connect(call_locator=CallLocator(kind="groupCallLocator", group_call_id="new"))
    assert virtual.body_of(GetConnection(again))["serverCallId"] != known["serverCallId"]


def test_a_room_is_joined_by_its_id_whether_it_has_a_call_or_not() -> None:
    virtual = VirtualCall()
    made = virtual.body_of(MakeCall(speakers=PEOPLE, room_id="room"))
    locator = CallLocator(kind="roomCallLocator", room_id="room")
    joined = virtual.body_of(GetConnection(virtual.connect(call_locator=locator)))
    assert joined["serverCallId"] == made["serverCallId"]
    empty = CallLocator(kind="roomCallLocator", room_id="another")
    alone = virtual.connect(call_locator=empty)
    assert len(virtual.body_of(ListParticipants(alone))["value"]) == 1
    assert [known["roomId"] for known in virtual.body_of(ListCalls())["calls"]] == ["room", "another"]


@pytest.mark.parametrize("made", [{"room_id": "room"}, {"group_call_id": "group"}])
def test_in_a_group_or_a_room_the_bot_stays_when_everybody_has_left(made: dict[str, Any]) -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(MakeCall(speakers=PEOPLE[:1], **made))["simId"]
    locator = CallLocator(kind="locator", **made)
    connection = virtual.connect(call_locator=locator)
    virtual.ask(Leave(sim_id=sim, raw_id=ADA))
    virtual.run(120_000)
    assert virtual.body_of(GetConnection(connection))["callConnectionState"] == "connected"
    (shown,) = virtual.truth(sim)["connections"]
    assert (shown["kind"], shown["speechModelEndpointId"]) == ("connect", None)


def test_an_unknown_server_call_id_is_not_found() -> None:
    virtual = VirtualCall()
    locator = CallLocator(kind="serverCallLocator", server_call_id="bm90aGluZw==")
    assert rest_error(virtual.ask(Connect(connect_body(call_locator=locator), None))) == (404, "8522")


def test_a_callback_address_must_be_one() -> None:
    virtual = VirtualCall()
    assert rest_error(virtual.ask(Connect(connect_body(callback_uri="nowhere"), None)))[0] == 400
    assert virtual.body_of(ListCalls())["calls"] == []


@pytest.mark.parametrize("seed", range(20))
def test_a_server_call_id_is_base64_of_a_url_and_holds_a_slash(seed: int) -> None:
    server_call_id = VirtualCall(seed).body_of(call())["serverCallId"]
    assert "/" in server_call_id
    assert base64.b64decode(server_call_id).startswith(b"https://")


def test_leaving_ends_the_connection_only() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    first, second = virtual.connect(), virtual.connect()
    answer = virtual.ask(HangUp(first))
    assert answer is not None
    assert (answer.status, answer.body) == (204, None)
    asked = virtual.now
    virtual.run(3000)
    ended = virtual.the("CallDisconnected")
    assert ended["data"]["callConnectionId"] == first
    assert ended["data"]["resultInformation"]["subCode"] == 7000
    assert virtual.at("CallDisconnected") - asked == 1200
    assert rest_error(virtual.ask(GetConnection(first))) == (404, "8522")
    assert virtual.body_of(GetConnection(second))["callConnectionState"] == "connected"
    assert virtual.truth(sim)["endedAt"] is None


def test_leaving_while_connecting_never_connects() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    connection = virtual.body_of(Connect(connect_body(), None))["callConnectionId"]
    virtual.ask(HangUp(connection))
    virtual.run(5000)
    assert virtual.names() == ["CallDisconnected"]


def test_terminating_ends_the_call_for_every_connection() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    first, _ = virtual.connect(), virtual.connect()
    virtual.ask(Terminate(first, None))
    virtual.run(3000)
    assert virtual.names().count("CallDisconnected") == 2
    assert virtual.truth(sim)["participants"] == []
    assert virtual.truth(sim)["endedAt"] is not None


def test_a_conversation_that_ends_says_so() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.connect()
    virtual.ask(EndCall(sim_id=sim))
    virtual.run(3000)
    result = virtual.the("CallDisconnected")["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (200, 5001)


def test_the_answer_to_connect_can_come_after_its_callback() -> None:
    virtual = VirtualCall()
    virtual.ask(call(callback_first=True))
    assert virtual.ask(Connect(connect_body(), None)) is None
    virtual.run(3000)
    order = [e for _, e in virtual.log if isinstance(e, Answer | SendCallback)]
    connected = next(
        i for i, e in enumerate(order) if isinstance(e, SendCallback) and "Conn" in e.event["type"]
    )
    answered = next(i for i, e in enumerate(order) if isinstance(e, Answer) and e.status == 200)
    assert connected < answered


def test_a_status_fault_happens_as_often_as_asked_and_carries_nothing_out() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.ask(InjectFault(operation="connect", do="status", status=503, times=2))
    statuses = []
    for _ in range(3):
        answer = virtual.ask(Connect(connect_body(), None))
        assert answer is not None
        statuses.append(answer.status)
    assert statuses == [503, 503, 200]
    assert len(virtual.truth(sim)["connections"]) == 1


def test_a_time_out_before_never_reaches_and_one_after_is_carried_out() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.ask(InjectFault(operation="connect", do="timeout-before"))
    assert virtual.ask(Connect(connect_body(), "id")) is None
    assert virtual.truth(sim)["connections"] == []
    virtual.ask(InjectFault(operation="connect", do="timeout-after"))
    assert virtual.ask(Connect(connect_body(), "id")) is None
    (made,) = virtual.truth(sim)["connections"]
    repeated = virtual.body_of(Connect(connect_body(), "id"))
    assert repeated["callConnectionId"] == made["callConnectionId"]


def test_connect_can_fail_later_with_a_code() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    virtual.ask(InjectFault(operation="connect", do="code", code=403, sub_code=5300))
    virtual.body_of(Connect(connect_body(), None))
    virtual.run(3000)
    result = virtual.the("ConnectFailed")["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (403, 5300)
    assert virtual.names() == ["ConnectFailed"]


def test_callbacks_can_be_said_twice_with_the_same_id() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    virtual.ask(DisturbCallbacks(callbacks=CallbackFaults(repeat=1.0)))
    virtual.connect()
    virtual.run(500)
    connected = [e for e in virtual.events() if e["type"].endswith("CallConnected")]
    assert len(connected) == 2
    assert connected[0] == connected[1]


def test_callbacks_can_be_lost_and_the_truth_says_so() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.ask(DisturbCallbacks(callbacks=CallbackFaults(drop=1.0)))
    virtual.body_of(Connect(connect_body(), None))
    virtual.run(3000)
    assert virtual.events() == []
    assert {record["dropped"] for record in virtual.truth(sim)["callbacks"]} == {True}


def test_callbacks_can_be_held_back_by_their_names_until_they_are_let_go() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    virtual.ask(DisturbCallbacks(hold=("CallConnected",)))
    virtual.body_of(Connect(connect_body(), None))
    virtual.run(3000)
    assert virtual.names() == ["ParticipantsUpdated"]
    virtual.ask(DisturbCallbacks())
    virtual.run(1)
    assert virtual.names() == ["ParticipantsUpdated", "CallConnected"]


def test_the_faults_that_are_still_to_come_are_listed() -> None:
    virtual = VirtualCall()
    virtual.ask(InjectFault(operation="connect", do="status", times=2))
    left = [virtual.body_of(ListFaults())["faults"]]
    for _ in range(2):
        virtual.ask(Connect(connect_body(), None))
        left.append(virtual.body_of(ListFaults())["faults"])
    assert [[one["times"] for one in faults] for faults in left] == [[2], [1], []]


def test_callbacks_can_overtake_each_other_but_keep_their_own_time() -> None:
    overtaken = False
    for seed in range(10):
        virtual = VirtualCall(seed)
        sim = virtual.body_of(call())["simId"]
        virtual.ask(DisturbCallbacks(callbacks=CallbackFaults(shuffle=5000)))
        virtual.connect()
        virtual.ask(EndCall(sim_id=sim))
        virtual.run(10_000)
        times = [event["time"] for event in virtual.events()]
        overtaken = overtaken or times != sorted(times)
    assert overtaken


@pytest.mark.parametrize("status", [500, 404, None])
def test_a_callback_that_is_not_taken_is_tried_four_times(status: int | None) -> None:
    virtual = VirtualCall(callback_status=status)
    sim = virtual.body_of(call())["simId"]
    virtual.connect()
    virtual.run(60_000)
    assert virtual.names().count("CallConnected") == 4
    assert virtual.truth(sim)["callbacks"][0]["statuses"] == [status] * 4


def test_callbacks_have_the_shape_of_the_recording() -> None:
    virtual = VirtualCall()
    virtual.ask(call(line(0, "Hello.", 1000)))
    connection = virtual.connect(operation_context=None)
    virtual.start(connection)
    virtual.stop(connection)
    virtual.run(2000)
    virtual.ask(HangUp(connection))
    virtual.run(2000)
    for name, details in RECORDED.items():
        event = virtual.the(name)
        assert set(event) == ENVELOPE, name
        assert _types(event["data"]) == COMMON | details, name
        assert event["source"] == event["subject"] == f"calling/callConnections/{connection}"
        assert event["data"]["publicEventType"] == event["type"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00", event["time"])


ENVELOPE = {"id", "source", "type", "data", "time", "specversion", "datacontenttype", "subject"}
COMMON: dict[str, Any] = {
    "version": "str",
    "resultInformation": {"code": "int", "subCode": "int", "message": "str"},
    "callConnectionId": "str",
    "serverCallId": "str",
    "correlationId": "str",
    "publicEventType": "str",
}
_IDENTIFIER = {"rawId": "str", "kind": "str", "communicationUser": {"id": "str"}}
_UPDATE = {"transcriptionUpdate": {"transcriptionStatus": "str", "transcriptionStatusDetails": "str"}}
# Names and types of `data` in one recorded call, beyond what all events have (azure-sdk-for-python's tests).
RECORDED: dict[str, dict[str, Any]] = {
    "CallConnected": {},
    "ParticipantsUpdated": {
        "participants": [{"identifier": _IDENTIFIER, "isMuted": "bool", "isOnHold": "bool"}],
        "sequenceNumber": "int",
    },
    "TranscriptionStarted": _UPDATE,
    "TranscriptionStopped": _UPDATE,
    "CallDisconnected": {},
}


def _types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_types(value[0])]
    return type(value).__name__


def test_the_same_seed_gives_the_same_call() -> None:
    logs = []
    for _ in range(2):
        virtual = VirtualCall(seed=7)
        virtual.ask(call(line(0, "Shall we begin?", 2000)))
        virtual.start(virtual.connect())
        virtual.run(5000)
        logs.append(virtual.log)
    assert logs[0] == logs[1]
    assert any(isinstance(effect, SendCallback) for _, effect in logs[0])


def test_a_call_that_ends_closes_the_socket_once() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.start(virtual.connect())
    virtual.ask(EndCall(sim_id=sim))
    virtual.run(5000)
    assert virtual.of(CloseSocket) == [CloseSocket(virtual.socket())]
    assert "TranscriptionStopped" not in virtual.names()
