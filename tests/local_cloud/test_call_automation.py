import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from azure.communication.callautomation import CommunicationUserIdentifier
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from local.child_process import ChildProcess, python_command
from local.ports import free_ports
from tests.local_cloud.call_automation_process import (
    ACCESS_KEY,
    ADA,
    QUICK,
    RESOURCE_ID,
    Acs,
    acs_at,
    running_acs,
    running_application,
)
from tests.local_cloud.web_pubsub_process import until_async
from tests.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
SAMPLE_CALL = Path(__file__).parents[2] / "local" / "sample_call.json"
ISSUER = "https://acscallautomation.communication.azure.com"


@pytest.fixture
async def acs() -> AsyncIterator[Acs]:
    async with running_acs() as running:
        yield running


async def published_key(acs: Acs, token: str) -> Any:
    async with acs.http.get(f"{acs.url}/calling/keys") as response:
        keys = jwt.PyJWKSet.from_dict(await response.json())
    return keys[jwt.get_unverified_header(token)["kid"]].key


async def claims_of(acs: Acs, token: str) -> dict[str, Any]:
    key = await published_key(acs, token)
    return jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience=RESOURCE_ID)


async def test_a_call_is_joined_transcribed_stopped_and_left(acs: Acs) -> None:
    made = await acs.make_call(
        script=[{"at": 0, "speaker": ADA, "text": "Good morning, everyone.", "duration": 600}],
        startScript="on-transcription",
    )
    connection = await acs.connect()
    socket = await acs.start(connection, operation_context="start-1")
    await until(lambda: socket.finals)
    assert socket.finals == ["Good morning, everyone."]
    assert "transcriptionMetadata" in socket.frames[0]
    assert any(
        frame.get("transcriptionData", {}).get("resultStatus") == "Intermediate" for frame in socket.frames
    )
    properties = await connection.get_call_properties()
    assert properties.call_connection_state == "connected"
    assert properties.server_call_id == made["serverCallId"]
    assert properties.transcription_subscription is not None
    assert properties.transcription_subscription.state == "active"
    await connection.stop_transcription(operation_context="stop-1")
    await until(lambda: socket.ended)
    assert socket.close_code == 1000
    await connection.hang_up(is_for_everyone=False)
    await until(lambda: "CallDisconnected" in acs.application.names())
    stopped = acs.application.named("TranscriptionStopped").event
    assert stopped["data"]["operationContext"] == "stop-1"
    (part,) = (await acs.truth(made["simId"]))["spoken"]
    assert part["received"] is True


async def test_stop_before_started_is_412_8583_for_the_real_client(acs: Acs) -> None:
    await acs.make_call()
    connection = await acs.connect()
    with pytest.raises(HttpResponseError) as refused:
        await connection.stop_transcription()
    assert refused.value.status_code == 412
    assert refused.value.error is not None
    assert refused.value.error.code == "8583"


async def test_update_is_accepted_and_fails_by_callback(acs: Acs) -> None:
    await acs.make_call()
    connection = await acs.connect()
    await acs.start(connection)
    await connection.update_transcription(locale="de-DE", operation_context="update-1")
    await until(lambda: "TranscriptionFailed" in acs.application.names())
    data = acs.application.named("TranscriptionFailed").event["data"]
    assert (data["resultInformation"]["code"], data["resultInformation"]["subCode"]) == (405, 8520)
    assert data["operationContext"] == "update-1"


async def test_start_while_connecting_fails_by_callback(acs: Acs) -> None:
    await acs.make_call(timings={**QUICK, "connected": 3_600_000})
    connection = acs.client.get_call_connection(await acs.connect_only())
    await connection.start_transcription()
    await until(lambda: "TranscriptionFailed" in acs.application.names())
    result = acs.application.named("TranscriptionFailed").event["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (400, 8501)


async def test_every_locator_joins_the_same_call(acs: Acs) -> None:
    made = await acs.make_call(roomId="room")
    for locator in (
        {"group_call_id": "group"},
        {"room_id": "room"},
        {"server_call_id": made["serverCallId"]},
    ):
        connection = await acs.connect(**locator)
        assert (await connection.get_call_properties()).correlation_id == made["correlationId"]
    with pytest.raises(ResourceNotFoundError):
        await acs.connect_only(server_call_id="bm90aGluZw==")


async def test_the_same_repeatability_id_makes_one_connection(acs: Acs) -> None:
    made = await acs.make_call()
    headers = {"Repeatability-Request-ID": "7f6b2a52-0f8f-4a8c-9c55-3f1b7a4bb1cf"}
    first = await acs.connect_only(group_call_id="group", headers=dict(headers))
    assert await acs.connect_only(group_call_id="group", headers=dict(headers)) == first
    assert len((await acs.truth(made["simId"]))["connections"]) == 1


async def test_participants_are_listed_and_found_the_bot_too(acs: Acs) -> None:
    await acs.make_call()
    connection = await acs.connect()
    listed = [p.identifier.raw_id async for p in connection.list_participants() if p.identifier]
    source = (await connection.get_call_properties()).source
    assert source is not None
    assert listed == [ADA, source.raw_id]
    found = await connection.get_participant(CommunicationUserIdentifier(ADA))
    assert found.identifier is not None
    assert found.identifier.raw_id == ADA
    with pytest.raises(ResourceNotFoundError):
        await connection.get_participant(CommunicationUserIdentifier("8:acs:nobody"))


async def test_ending_for_everyone_disconnects_all(acs: Acs) -> None:
    await acs.make_call()
    first, _ = await acs.connect(), await acs.connect()
    await first.hang_up(is_for_everyone=True)
    await until(lambda: acs.application.names().count("CallDisconnected") == 2)
    with pytest.raises(ResourceNotFoundError):
        await first.get_call_properties()


async def test_a_wrong_access_key_is_refused(acs: Acs) -> None:
    async with CallAutomationClient(acs.url, AzureKeyCredential("d3Jvbmc="), retry_total=0) as stranger:
        with pytest.raises(ClientAuthenticationError):
            await stranger.get_call_connection("any").get_call_properties()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.pop("Authorization"),
        lambda headers: headers.update({"x-ms-date": "Thu, 09 Jan 2025 20:47:25 GMT"}),
        lambda headers: headers.update({"x-ms-date": "yesterday"}),
        lambda headers: headers.update({"x-ms-content-sha256": "AAAA"}),
        lambda headers: headers.update({"Authorization": "Bearer token"}),
    ],
)
async def test_a_request_that_is_not_signed_well_is_refused(acs: Acs, spoil: Any) -> None:
    made = await acs.make_call()
    sent: dict[str, str] = {}

    def remember(response: Any) -> None:
        sent.update(response.http_request.headers, url=response.http_request.url)

    await acs.client._client.call_connection.get_call(await acs.connect_only(), raw_response_hook=remember)
    url = sent.pop("url")
    async with acs.http.get(url, headers=sent) as response:
        assert response.status == 200
    spoil(sent)
    async with acs.http.get(url, headers=sent) as response:
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "Denied"
    assert len((await acs.truth(made["simId"]))["connections"]) == 1


async def test_callbacks_bear_a_new_token_each_and_keep_the_query(acs: Acs) -> None:
    await acs.make_call()
    await acs.start(await acs.connect())
    await until(lambda: len(acs.application.posted) >= 3)
    tokens = [posted.token for posted in acs.application.posted]
    assert len(set(tokens)) == len(tokens)
    for posted in acs.application.posted:
        claims = await claims_of(acs, posted.token)
        assert claims["exp"] - claims["iat"] == 300
        assert posted.query == "ticket=a%2Fb"


async def test_a_token_for_another_resource_does_not_pass(acs: Acs) -> None:
    await acs.make_call()
    await acs.connect()
    token = acs.application.posted[0].token
    key = await published_key(acs, token)
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, audience="another")


async def test_the_transcript_socket_bears_token_and_ids(acs: Acs) -> None:
    await acs.make_call()
    connection = await acs.connect()
    socket = await acs.start(connection)
    properties = await connection.get_call_properties()
    assert socket.headers["x-ms-call-connection-id"] == properties.call_connection_id
    assert socket.headers["x-ms-call-correlation-id"] == properties.correlation_id
    claims = await claims_of(acs, socket.headers["Authorization"].removeprefix("Bearer "))
    assert claims["exp"] - claims["iat"] == 86_400
    assert socket.query == "access_token=a%2Bb"


async def test_frames_can_be_binary(acs: Acs) -> None:
    await acs.make_call(
        frames="binary",
        offsetForm="counting-down",
        startScript="on-transcription",
        script=[{"at": 0, "speaker": ADA, "text": "Hello.", "duration": 200}],
    )
    socket = await acs.start(await acs.connect())
    await until(lambda: socket.finals)
    assert socket.kinds == {aiohttp.WSMsgType.BINARY}
    assert socket.frames[-1]["transcriptionData"]["offset"] > 2**53


async def test_a_refused_socket_is_tried_three_times_then_fails(acs: Acs) -> None:
    await acs.make_call(speed=20.0)
    acs.application.socket_status = 401
    connection = await acs.connect()
    await connection.start_transcription()
    await until(lambda: "TranscriptionFailed" in acs.application.names())
    result = acs.application.named("TranscriptionFailed").event["data"]["resultInformation"]
    assert (result["code"], result["subCode"]) == (500, 8578)
    assert acs.application.sockets_refused == 3


async def test_a_dropped_socket_breaks_without_a_close_and_opens_again(acs: Acs) -> None:
    made = await acs.make_call()
    socket = await acs.start(await acs.connect())
    status, _ = await acs.sim("POST", f"calls/{made['simId']}/drop-socket", {"reopen": 50})
    assert status == 202
    await until(lambda: "TranscriptionResumed" in acs.application.names())
    assert len(acs.application.sockets) == 2
    await until(lambda: socket.ended)
    assert socket.close_code in (None, 1006)
    again = acs.application.sockets[1]
    await acs.sim("POST", f"calls/{made['simId']}/speak", {"speaker": ADA, "text": "Back.", "duration": 100})
    await until(lambda: again.finals)
    assert "transcriptionMetadata" in again.frames[0]
    assert socket.finals == []


async def test_a_socket_that_the_server_closes_is_opened_again(acs: Acs) -> None:
    await acs.make_call(speed=20.0)
    socket = await acs.start(await acs.connect())
    await socket.server.close(code=1011)
    await until(lambda: len(acs.application.sockets) == 2)


async def test_a_final_that_the_server_never_read_is_not_received(acs: Acs) -> None:
    acs.application.deaf = True
    made = await acs.make_call()
    socket = await acs.start(await acs.connect())
    await acs.sim("POST", f"calls/{made['simId']}/speak", {"speaker": ADA, "text": "Hello?", "duration": 100})
    await until(lambda: socket.finals)
    (part,) = (await acs.truth(made["simId"]))["spoken"]
    assert part["received"] is False


async def test_all_finals_of_a_hang_up_arrive_before_the_close(acs: Acs) -> None:
    made = await acs.make_call()
    connection = await acs.connect()
    socket = await acs.start(connection)
    for word in ("one", "two", "three"):
        spoken = {"speaker": ADA, "text": word, "duration": 100, "delay": 60_000}
        await acs.sim("POST", f"calls/{made['simId']}/speak", spoken)
    await connection.hang_up(is_for_everyone=False)
    await until(lambda: socket.ended)
    assert sorted(socket.finals) == ["one", "three", "two"]
    assert socket.close_code == 1000
    spoken_parts = (await acs.truth(made["simId"]))["spoken"]
    assert [part["received"] for part in spoken_parts] == [True] * 3


async def test_the_callback_can_overtake_the_answer(acs: Acs) -> None:
    await acs.make_call(callbackFirst=True)
    await acs.connect_only()
    assert "CallConnected" in acs.application.names()


async def test_callbacks_that_fail_are_tried_again(acs: Acs) -> None:
    made = await acs.make_call(speed=5.0)
    acs.application.callback_status = 503
    await acs.connect_only()
    await until(lambda: acs.application.names().count("CallConnected") >= 2)
    refused = acs.application.names().count("CallConnected")
    acs.application.callback_status = 200
    await until(lambda: acs.application.names().count("CallConnected") > refused)
    ids = {posted.event["id"] for posted in acs.application.posted if posted.name == "CallConnected"}
    assert len(ids) == 1
    records = (await acs.truth(made["simId"]))["callbacks"]
    connected = next(record for record in records if record["type"].endswith("CallConnected"))
    assert connected["statuses"][:2] == [503, 503]


async def test_faults_reach_the_real_client(acs: Acs) -> None:
    await acs.make_call()
    connection = await acs.connect()
    fault = {"operation": "start", "do": "status", "status": 429}
    assert (await acs.sim("POST", "faults", fault))[0] == 204
    with pytest.raises(HttpResponseError) as refused:
        await connection.start_transcription()
    assert refused.value.status_code == 429
    await acs.start(connection)


async def test_a_lost_answer_is_carried_out_all_the_same(acs: Acs) -> None:
    made = await acs.make_call()
    await connect_in_vain(acs, "timeout-after")
    assert len((await acs.truth(made["simId"]))["connections"]) == 1
    await connect_in_vain(acs, "timeout-before")
    assert len((await acs.truth(made["simId"]))["connections"]) == 1


async def connect_in_vain(acs: Acs, do: str) -> None:
    """Connects, and gives up once the request has met its fault, and its answer is lost."""

    async def is_met() -> bool:
        return bool((await acs.sim("GET", "faults"))[1] == {"faults": []})

    await acs.sim("POST", "faults", {"operation": "connect", "do": do})
    asked = asyncio.create_task(acs.connect_only())
    await until_async(is_met)
    assert not asked.done()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("calls", {"speed": 0}, 400, "speed"),
        ("calls", {"spede": 2}, 400, "spede"),
        (
            "calls",
            {"script": [{"at": 0, "speaker": "x", "text": "Hi", "duration": 1}]},
            400,
            "among the speakers",
        ),
        ("calls", {"groupCallId": "group"}, 400, "under way already"),
        ("calls/SIM/speak", {"speaker": "x", "text": "Hi", "duration": 1}, 400, "not in the call"),
        ("calls/SIM/speak", {"speaker": ADA, "text": " ", "duration": 1}, 400, "text"),
        ("calls/SIM/drop-socket", {"reopen": -1}, 400, "reopen"),
        ("calls/SIM/drop-socket", {}, 409, "No connection"),
        ("calls/SIM/leave", {"rawId": "x"}, 400, "not in the call"),
        ("calls/unknown/hangup", {}, 404, "There is no call"),
        ("faults", {"operation": "connect"}, 400, "do"),
        ("faults", {"operation": "get", "do": "code"}, 400, "no later outcome"),
        ("faults", {"callbacks": {"drop": 2}}, 400, "drop"),
        ("faults", {"hold": ["TranscriptionStoped"]}, 400, "hold"),
    ],
)
async def test_bad_steering_is_refused_with_a_sentence(
    acs: Acs, path: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    made = await acs.make_call()
    got, told = await acs.sim("POST", path.replace("SIM", made["simId"]), body)
    assert got == status
    assert sentence in told["error"]["message"]


async def test_a_call_is_steered_from_outside(acs: Acs) -> None:
    made = await acs.make_call()
    connection = await acs.connect()
    sim = f"calls/{made['simId']}"
    assert (await acs.sim("POST", f"{sim}/join", {"rawId": "4:+15551230000", "displayName": "Caller"}))[
        0
    ] == 202
    assert len((await acs.truth(made["simId"]))["participants"]) == 3
    await acs.sim("POST", f"{sim}/leave", {"rawId": ADA})
    listed = [p.identifier.raw_id async for p in connection.list_participants() if p.identifier]
    assert listed[0] == "4:+15551230000"
    await acs.sim("POST", "faults", {"callbacks": {"repeat": 1.0}})
    await acs.sim("POST", f"{sim}/hangup")
    await until(lambda: acs.application.names().count("CallDisconnected") == 2)
    (known,) = (await acs.sim("GET", "calls"))[1]["calls"]
    assert known["simId"] == made["simId"]
    (left,) = (await acs.truth(made["simId"]))["connections"]
    assert (left["state"], left["operationContext"], left["locale"]) == ("disconnected", "attempt-1", "en-US")
    assert left["joinedAt"] < left["leftAt"]


async def test_the_sample_call_is_heard_to_its_last_word(acs: Acs) -> None:
    sample = json.loads(SAMPLE_CALL.read_text())
    made = await acs.make_call(**sample, speed=60.0)
    socket = await acs.start(await acs.connect(group_call_id=sample["groupCallId"]))
    lines = [line["text"] for line in sample["script"]]
    await until(lambda: len(socket.finals) == len(lines))
    assert sorted(socket.finals) == sorted(lines)
    assert socket.finals != lines, "one final comes late"

    async def all_received() -> bool:
        parts = (await acs.truth(made["simId"]))["spoken"]
        return [part["received"] for part in parts] == [True] * len(lines)

    await until_async(all_received)
    assert len({line["speaker"] for line in sample["script"]}) == 3


async def test_the_process_ends_cleanly_with_a_socket_open(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    arguments = ("--port", str(port), "--access-key", ACCESS_KEY, "--resource-id", RESOURCE_ID)
    command = python_command("call-automation", "local.call_automation", *arguments)
    process = ChildProcess(command, tmp_path / "log")
    await process.start()
    async with running_application() as application:
        async with acs_at(f"http://127.0.0.1:{port}", application) as acs:
            await acs.make_call()
            socket = await acs.start(await acs.connect())
        await process.stop()
        await until(lambda: socket.ended)
    assert process.log.read_text() == f"ready http://127.0.0.1:{port}\n"
