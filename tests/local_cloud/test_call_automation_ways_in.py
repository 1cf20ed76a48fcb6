"""Every way into a call, as the real client goes it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.communication.callautomation import (
    CallRejectReason,
    CommunicationUserIdentifier,
    PhoneNumberIdentifier,
)
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.local_cloud.call_automation_process import (
    ACCESS_KEY,
    ADA,
    BEN,
    OUR_NUMBER,
    QUICK,
    Acs,
    running_acs,
)
from tests.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
PHONE = "4:+15551230000"
CALLEE = PhoneNumberIdentifier("+15551230000")
REPEATED = {"Repeatability-Request-ID": "7f6b2a52-0f8f-4a8c-9c55-3f1b7a4bb1cf"}


@pytest.fixture
async def acs() -> AsyncIterator[Acs]:
    async with running_acs() as running:
        yield running


async def pick_up(acs: Acs, target: str = PHONE, **settings: Any) -> None:
    """Tell how a target answers."""
    given = {"target": target, "timings": QUICK, **settings}
    assert await acs.sim("POST", "answering", given) == (204, None)


async def only_call(acs: Acs) -> dict[str, Any]:
    (known,) = (await acs.sim("GET", "calls"))[1]["calls"]
    return await acs.truth(known["simId"])


async def test_a_call_is_placed_answered_transcribed_and_ended_by_the_other(acs: Acs) -> None:
    script = [{"at": 0, "text": "Hello, who is it?", "duration": 300}]
    await pick_up(acs, script=script, startScript="on-transcription", displayName="Pat")
    placed = await acs.place(CALLEE, source_display_name="Verbatim")
    assert placed.call_connection_state == "connecting"
    assert placed.server_call_id is None
    assert placed.targets is not None
    assert [target.raw_id for target in placed.targets] == [PHONE]
    assert placed.source_caller_id_number is not None
    assert placed.source_caller_id_number.properties == OUR_NUMBER.properties
    assert placed.source_display_name == "Verbatim"
    assert placed.answered_by is None
    connection = await acs.connected(placed)
    socket = await acs.start(connection)
    await until(lambda: socket.finals)
    assert socket.finals == ["Hello, who is it?"]
    truth = await only_call(acs)
    assert truth["connections"][0]["kind"] == "create"
    assert (await connection.get_call_properties()).server_call_id == truth["serverCallId"]
    await acs.sim("POST", f"calls/{truth['simId']}/leave", {"rawId": PHONE})
    await until(lambda: "CallDisconnected" in acs.application.names())
    assert acs.application.named("CallDisconnected").event["data"]["resultInformation"]["subCode"] == 5001


async def test_a_client_with_an_identity_calls_and_answers_as_that(acs: Acs) -> None:
    us = CommunicationUserIdentifier(BEN)
    async with CallAutomationClient(
        acs.url, AzureKeyCredential(ACCESS_KEY), source=us, retry_total=0
    ) as client:
        placed = await client.create_call(CommunicationUserIdentifier(ADA), acs.application.callback_url)
        assert placed.source is not None
        assert placed.source.raw_id == BEN
        ringing = await acs.ring(**{"from": "+15551230000", "to": "+18005550100"})
        answered = await client.answer_call(ringing["incomingCallContext"], acs.application.callback_url)
        assert answered.answered_by is not None
        assert answered.answered_by.raw_id == BEN
        assert answered.answered_for is not None
        assert answered.answered_for.properties["value"] == "+18005550100"


async def test_a_call_to_several_is_taken_by_the_first_and_joined_by_the_others(acs: Acs) -> None:
    await pick_up(acs)
    await pick_up(acs, ADA, timings={**QUICK, "connected": 100})
    await acs.connected(await acs.place(CALLEE, CommunicationUserIdentifier(ADA)))

    def present() -> int:
        events = [posted.event["data"] for posted in acs.application.posted]
        return max(len(data.get("participants", [])) for data in events)

    await until(lambda: present() == 3)
    assert acs.application.names().count("CallConnected") == 1


async def test_a_call_that_nobody_takes_fails_by_callback(acs: Acs) -> None:
    await pick_up(acs, picksUp=False, speed=300.0)
    await acs.place(CALLEE)
    await until(lambda: "CreateCallFailed" in acs.application.names())
    data = acs.application.named("CreateCallFailed").event["data"]
    assert data["operationContext"] == "attempt-1"
    assert (await only_call(acs))["endedAt"] is not None


async def test_a_placed_call_fails_with_the_code_that_was_asked_for(acs: Acs) -> None:
    fault = {"operation": "create", "do": "code", "code": 403, "subCode": 510403}
    assert (await acs.sim("POST", "faults", fault))[0] == 204
    await acs.place(CALLEE)
    await until(lambda: "CreateCallFailed" in acs.application.names())
    result = acs.application.named("CreateCallFailed").event["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (403, 510403)


async def test_a_call_to_a_phone_needs_a_number_to_call_from(acs: Acs) -> None:
    with pytest.raises(HttpResponseError) as refused:
        await acs.place(CALLEE, source_caller_id_number=None)
    assert refused.value.status_code == 400


async def test_the_same_repeatability_id_places_one_call_and_answers_one(acs: Acs) -> None:
    first = await acs.place(CALLEE, headers=dict(REPEATED))
    again = await acs.place(CALLEE, headers=dict(REPEATED))
    assert first.call_connection_id == again.call_connection_id
    await only_call(acs)
    context = (await acs.ring(**{"from": ADA, "to": BEN}))["incomingCallContext"]
    first = await acs.answer(context, headers=dict(REPEATED))
    again = await acs.answer(context, headers=dict(REPEATED))
    assert first.call_connection_id == again.call_connection_id


async def test_an_incoming_call_is_told_answered_and_transcribed(acs: Acs) -> None:
    script = [{"at": 0, "text": "Good evening.", "duration": 300}]
    ringing = await acs.ring(
        **{"from": ADA, "to": BEN}, script=script, startScript="on-transcription", displayName="Ada"
    )
    await until(lambda: acs.application.told() == ["IncomingCall"])
    data = acs.application.published[0]["data"]
    assert (data["from"]["rawId"], data["to"]["rawId"], data["callerDisplayName"]) == (ADA, BEN, "Ada")
    answered = await acs.answer(data["incomingCallContext"])
    assert answered.server_call_id == ringing["serverCallId"] == data["serverCallId"]
    assert answered.correlation_id == ringing["correlationId"]
    assert answered.source is not None
    assert answered.source.raw_id == ADA
    assert answered.answered_by is not None
    assert answered.answered_by.raw_id == BEN
    connection = await acs.connected(answered)
    listed = [p.identifier.raw_id async for p in connection.list_participants() if p.identifier]
    assert listed == [ADA, BEN]
    socket = await acs.start(connection)
    await until(lambda: socket.finals)
    assert socket.finals == ["Good evening."]
    await connection.hang_up(is_for_everyone=False)
    await until(lambda: acs.application.told()[-1] == "CallEnded")


async def test_what_does_not_ring_cannot_be_answered(acs: Acs) -> None:
    ringing = await acs.ring(**{"from": ADA, "to": BEN})
    await acs.sim("POST", f"calls/{ringing['simId']}/hangup")
    for context in ("nothing", ringing["incomingCallContext"]):
        with pytest.raises(ResourceNotFoundError) as refused:
            await acs.answer(context)
        assert refused.value.error is not None
        assert refused.value.error.code == "8522"


async def test_answering_fails_with_the_code_that_was_asked_for(acs: Acs) -> None:
    ringing = await acs.ring(**{"from": ADA, "to": BEN})
    await acs.sim("POST", "faults", {"operation": "answer", "do": "code", "code": 500, "subCode": 8500})
    await acs.answer(ringing["incomingCallContext"])
    await until(lambda: "AnswerFailed" in acs.application.names())
    await acs.connected(await acs.answer(ringing["incomingCallContext"]))


async def test_a_call_is_rejected_and_another_redirected(acs: Acs) -> None:
    rejected, redirected = [await acs.ring(**{"from": ADA, "to": BEN}) for _ in range(2)]
    await acs.client.reject_call(rejected["incomingCallContext"], call_reject_reason=CallRejectReason.BUSY)
    await acs.client.redirect_call(redirected["incomingCallContext"], CALLEE)
    assert (await acs.truth(rejected["simId"]))["incoming"]["state"] == "rejected"
    assert (await acs.truth(redirected["simId"]))["incoming"]["state"] == "redirected"
    with pytest.raises(ResourceNotFoundError):
        await acs.client.reject_call(redirected["incomingCallContext"])


async def test_somebody_is_added_to_a_call(acs: Acs) -> None:
    await acs.make_call()
    await pick_up(acs)
    connection = await acs.connect()
    added = await connection.add_participant(
        CALLEE, source_caller_id_number=OUR_NUMBER, operation_context="add-1", invitation_timeout=5
    )
    assert added.invitation_id
    assert added.operation_context == "add-1"
    assert added.participant is not None
    assert added.participant.identifier is not None
    assert added.participant.identifier.raw_id == PHONE
    await until(lambda: "AddParticipantSucceeded" in acs.application.names())
    data = acs.application.named("AddParticipantSucceeded").event["data"]
    assert (data["participant"]["rawId"], data["operationContext"]) == (PHONE, "add-1")
    listed = [p.identifier.raw_id async for p in connection.list_participants() if p.identifier]
    assert PHONE in listed


async def test_adding_somebody_fails_with_the_code_that_was_asked_for(acs: Acs) -> None:
    await acs.make_call()
    connection = await acs.connect()
    fault = {"operation": "add-participant", "do": "code", "code": 486, "subCode": 560486}
    await acs.sim("POST", "faults", fault)
    await connection.add_participant(CALLEE, source_caller_id_number=OUR_NUMBER)
    await until(lambda: "AddParticipantFailed" in acs.application.names())
    data = acs.application.named("AddParticipantFailed").event["data"]
    assert data["resultInformation"]["subCode"] == 560486


async def test_the_locale_of_an_answered_call_changes_on_the_same_socket(acs: Acs) -> None:
    ringing = await acs.ring(**{"from": ADA, "to": BEN})
    connection = await acs.connected(await acs.answer(ringing["incomingCallContext"]))
    socket = await acs.start(connection, operation_context="start-1")
    # 1.6.0 knows no model by this name in its signature, and sends it all the same.
    await connection.update_transcription(
        locale="de-DE", operation_context="update-1", speech_model_endpoint_id="model-1"
    )
    await until(lambda: len(socket.frames) == 2)
    await until(lambda: "TranscriptionUpdated" in acs.application.names())
    assert acs.application.named("TranscriptionUpdated").event["data"]["operationContext"] == "start-1"
    metadata = socket.frames[1]["transcriptionMetadata"]
    assert (metadata["locale"], metadata["speechModelEndpointId"]) == ("de-DE", "model-1")
    (shown,) = (await acs.truth(ringing["simId"]))["connections"]
    assert (shown["locale"], shown["speechModelEndpointId"]) == ("de-DE", "model-1")


async def test_transcription_starts_with_a_call_to_a_phone(acs: Acs) -> None:
    await acs.place(CALLEE, transcription=acs.options(at_setup=True))
    await until(lambda: "TranscriptionStarted" in acs.application.names())


async def test_transcription_does_not_start_with_a_call_to_one_acs_user(acs: Acs) -> None:
    await acs.place(CommunicationUserIdentifier(ADA), transcription=acs.options(at_setup=True))
    await until(lambda: "TranscriptionFailed" in acs.application.names())
    result = acs.application.named("TranscriptionFailed").event["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (405, 8520)


async def test_a_room_of_the_simulation_is_joined_by_its_id(acs: Acs) -> None:
    made = await acs.make_call(groupCallId=None, roomId="99400000000000000")
    connection = await acs.connect(room_id="99400000000000000")
    assert (await connection.get_call_properties()).server_call_id == made["serverCallId"]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("incoming", {"to": BEN}, "from"),
        ("incoming", {"from": ADA, "to": BEN, "spede": 2}, "spede"),
        (
            "incoming",
            {"from": ADA, "to": BEN, "script": [{"at": 0, "speaker": "x", "text": "Hi", "duration": 1}]},
            "among the speakers",
        ),
        ("answering", {}, "target"),
        ("answering", {"target": ADA, "speed": 0}, "speed"),
        ("calls", {"script": [{"at": 0, "text": "Hi", "duration": 1}]}, "speaker"),
        ("faults", {"operation": "reject", "do": "code"}, "no later outcome"),
    ],
)
async def test_bad_steering_of_calls_is_refused_with_a_sentence(
    acs: Acs, path: str, body: dict[str, Any], sentence: str
) -> None:
    status, told = await acs.sim("POST", path, body)
    assert status == 400
    assert sentence in told["error"]["message"]
