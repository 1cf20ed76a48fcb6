import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from local.acs_model.requests import (
    AddParticipant,
    AddParticipantBody,
    AnswerCall,
    CallLocator,
    CreateCall,
    HangUp,
    Identifier,
)
from local.acs_model.steering import InjectFault, Join, MakeCall
from local.conversation.steering import EndCall, Leave
from tests.unit.virtual_call import (
    ADA,
    BEGIN,
    BEN,
    PEOPLE,
    PHONE,
    VirtualCall,
    answer_body,
    call,
    create_body,
)

TEAMS_USER = "8:orgid:6d889502-3d7a-41a8-befa-d21fd80e8767"


def kinds(virtual: VirtualCall) -> list[str]:
    return [event["eventType"].rsplit(".", 1)[1] for event in virtual.published()]


def people_in(virtual: VirtualCall, name: str) -> list[str]:
    return [e["data"]["user"]["communicationIdentifier"]["rawId"] for e in virtual.published(name)]


def test_who_is_in_a_call_when_it_is_made_is_told_after_its_start() -> None:
    virtual = VirtualCall()
    made = virtual.body_of(call())
    assert kinds(virtual) == ["CallStarted", "CallParticipantAdded", "CallParticipantAdded"]
    assert people_in(virtual, "CallParticipantAdded") == [ADA, BEN]
    assert [e["data"]["displayName"] for e in virtual.published("CallParticipantAdded")] == ["Ada", "Ben"]
    (started,) = virtual.published("CallStarted")
    assert started["data"] == {
        "startedBy": {
            "communicationIdentifier": {
                "rawId": ADA,
                "kind": "communicationUser",
                "communicationUser": {"id": ADA},
            }
        },
        "serverCallId": made["serverCallId"],
        "group": {"id": "group"},
        "isTwoParty": False,
        "correlationId": made["correlationId"],
        "isRoomsCall": False,
    }
    assert started["subject"] == f"call/{made['serverCallId']}/startedBy/{ADA}"


def test_events_have_the_envelope_of_event_grid_and_ids_of_their_own() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.ask(EndCall(sim_id=sim))
    events = virtual.published()
    for event in events:
        assert set(event) == {
            "id",
            "topic",
            "subject",
            "data",
            "eventType",
            "dataVersion",
            "metadataVersion",
            "eventTime",
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", event["eventTime"])
    assert len({event["id"] for event in events}) == len(events)
    assert virtual.truth(sim)["published"] == events


def test_who_joins_and_leaves_is_told_with_one_participant_id() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(MakeCall(speakers=PEOPLE[:1], group_call_id="group"))["simId"]
    virtual.ask(Join(sim_id=sim, raw_id=BEN, display_name="Ben"))
    virtual.ask(Leave(sim_id=sim, raw_id=BEN))
    (added,) = [e for e in virtual.published("CallParticipantAdded") if e["data"]["displayName"] == "Ben"]
    (removed,) = virtual.published("CallParticipantRemoved")
    assert removed["data"]["user"] == added["data"]["user"]
    assert removed["data"]["participantId"] == added["data"]["participantId"]
    assert removed["data"]["endpointType"]
    server_call_id = added["data"]["serverCallId"]
    assert removed["subject"] == f"call/{server_call_id}/participant/{BEN}"


def test_phones_teams_users_and_we_are_no_participants_to_event_grid() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.connect()
    virtual.ask(Join(sim_id=sim, raw_id=PHONE))
    virtual.ask(Join(sim_id=sim, raw_id=TEAMS_USER))
    virtual.ask(EndCall(sim_id=sim))
    virtual.run(3000)
    assert people_in(virtual, "CallParticipantAdded") == [ADA, BEN]
    assert people_in(virtual, "CallParticipantRemoved") == [ADA, BEN]


def test_a_call_that_ends_says_how_many_seconds_it_took() -> None:
    virtual = VirtualCall()
    sim = virtual.body_of(call())["simId"]
    virtual.run(49_728)
    virtual.ask(EndCall(sim_id=sim))
    assert kinds(virtual)[3:] == ["CallParticipantRemoved", "CallParticipantRemoved", "CallEnded"]
    (ended,) = virtual.published("CallEnded")
    assert ended["data"]["durationOfCall"] == 49.728
    assert ended["data"]["startedBy"]["communicationIdentifier"]["rawId"] == ADA
    assert ended["subject"] == f"call/{ended['data']['serverCallId']}"


def test_a_room_is_named_as_a_room() -> None:
    virtual = VirtualCall()
    virtual.body_of(MakeCall(speakers=PEOPLE, room_id="99400000000000000"))
    for event in virtual.published():
        assert event["data"]["room"] == {"id": "99400000000000000"}
        assert event["data"]["isRoomsCall"] is True
        assert "group" not in event["data"]


def test_a_call_that_we_began_by_joining_starts_with_us_and_ends_when_we_go() -> None:
    virtual = VirtualCall()
    connection = virtual.connect(call_locator=CallLocator(kind="roomCallLocator", room_id="room"))
    assert kinds(virtual) == ["CallStarted"]
    virtual.ask(HangUp(connection))
    virtual.run(3000)
    assert kinds(virtual) == ["CallStarted", "CallEnded"]


def test_a_placed_call_starts_when_it_is_picked_up() -> None:
    virtual = VirtualCall()
    virtual.body_of(CreateCall(create_body(ADA), None))
    assert virtual.published() == []
    virtual.run(2000)
    assert kinds(virtual) == ["CallStarted", "CallParticipantAdded"]
    assert virtual.published("CallStarted")[0]["data"]["isTwoParty"] is True


def test_a_placed_call_that_failed_never_was_one() -> None:
    virtual = VirtualCall()
    virtual.ask(InjectFault(operation="create", do="code"))
    virtual.body_of(CreateCall(create_body(ADA), None))
    virtual.run(3000)
    assert virtual.published() == []


def test_an_incoming_call_starts_when_it_is_answered() -> None:
    virtual = VirtualCall()
    ringing = virtual.ring(caller=ADA)
    virtual.run(5000)
    assert kinds(virtual) == ["IncomingCall"]
    virtual.answer(ringing["incomingCallContext"])
    assert kinds(virtual) == ["IncomingCall", "CallStarted", "CallParticipantAdded"]
    virtual.ask(EndCall(sim_id=ringing["simId"]))
    assert kinds(virtual)[3:] == ["CallParticipantRemoved", "CallEnded"]


def test_a_missed_call_was_only_an_incoming_one() -> None:
    virtual = VirtualCall()
    virtual.ring(caller=ADA)
    virtual.run(60_000)
    assert kinds(virtual) == ["IncomingCall"]


deeds = st.sampled_from(["make", "join", "leave", "place", "ring", "answer", "invite", "go", "end"])
steps = st.lists(st.tuples(st.integers(1, 4000), deeds), max_size=14)


def do(virtual: VirtualCall, deed: str, contexts: list[str]) -> None:
    sims = list(virtual._calls._world.calls)
    connections = list(virtual._calls._world.connections)
    body: dict[str, Any] = {"participant_to_add": Identifier(raw_id=BEN)}
    match deed:
        case "make":
            virtual.ask(call())
        case "join" if sims:
            virtual.ask(Join(sim_id=sims[-1], raw_id=BEN))
        case "leave" if sims:
            virtual.ask(Leave(sim_id=sims[-1], raw_id=ADA))
        case "place":
            virtual.ask(CreateCall(create_body(ADA), None))
        case "ring":
            contexts.append(virtual.ring(caller=ADA)["incomingCallContext"])
        case "answer" if contexts:
            virtual.ask(AnswerCall(answer_body(contexts[-1]), None))
        case "invite" if connections:
            virtual.ask(AddParticipant(connections[-1], AddParticipantBody(**body), None))
        case "go" if connections:
            virtual.ask(HangUp(connections[-1]))
        case "end" if sims:
            virtual.ask(EndCall(sim_id=sims[-1]))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10_000), course=steps)
def test_whatever_happens_every_call_is_told_as_a_story_that_holds_together(
    seed: int, course: list[tuple[int, str]]
) -> None:
    virtual = VirtualCall(seed)
    contexts: list[str] = []
    for pause, deed in course:
        do(virtual, deed, contexts)
        virtual.run(pause)
    virtual.run(60_000)
    for sim in virtual._calls._world.calls:
        told(virtual.truth(sim))


def told(truth: dict[str, Any]) -> None:
    """The events of one call agree with each other, and with who is in it now."""
    story = [event for event in truth["published"] if not event["eventType"].endswith("IncomingCall")]
    names = [event["eventType"].rsplit(".", 1)[1] for event in story]
    assert names[:1] in ([], ["CallStarted"])
    assert names.count("CallStarted") <= 1
    assert ("CallEnded" in names) == (truth["endedAt"] is not None and names != [])
    assert "CallEnded" not in names[:-1]
    present: set[str] = set()
    for event, name in zip(story, names, strict=True):
        if name.startswith("CallParticipant"):
            raw_id = event["data"]["user"]["communicationIdentifier"]["rawId"]
            assert (raw_id in present) == (name == "CallParticipantRemoved")
            present ^= {raw_id}
    bots = len([c for c in truth["connections"] if c["state"] == "connected"])
    assert len(truth["participants"]) == len(present) + bots


def test_events_leave_the_chance_of_a_call_as_it_is() -> None:
    virtual = VirtualCall()
    virtual.ask(call())
    before = virtual._calls._world.random.getstate()
    sim = next(iter(virtual._calls._world.calls))
    virtual.ask(Leave(sim_id=sim, raw_id=ADA))
    assert virtual.published("CallParticipantRemoved")
    assert virtual._calls._world.random.getstate() == before
    assert virtual.now == BEGIN
