import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local.child_process import ChildProcess, python_command
from local.ports import free_ports
from tests.local_cloud.bandwidth_process import (
    ACCOUNT,
    CLIENT,
    OURS,
    PASSWORD,
    QUICK,
    SECRET,
    THEIRS,
    USER,
    Application,
    Bandwidth,
    running_bandwidth,
)
from tests.waiting import until

PAUSE = '<Pause duration="60"/>'


@pytest.fixture
async def bandwidth() -> AsyncIterator[Bandwidth]:
    async with running_bandwidth() as running:
        yield running


async def readable(bandwidth: Bandwidth, path: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while (found := await bandwidth.ask("GET", path))[0] != 200:  # noqa: ASYNC110 - it is another side's
            await asyncio.sleep(0.05)
    return dict(found[1])


async def test_a_placed_call_is_transcribed_and_ends_when_its_script_runs_out(bandwidth: Bandwidth) -> None:
    app = bandwidth.application
    script = [{"at": 0, "text": "Good morning, everyone.", "duration": 900}]
    await bandwidth.answering(script=script, startScript="on-transcription")
    call = await bandwidth.place(app.start(stabilized="false"), '<Pause duration="2.5"/>')
    started = (await bandwidth.told("realTimeTranscriptionStarted"))["realTimeTranscription"]
    disconnected = await bandwidth.told("disconnect")
    available = await bandwidth.told("realTimeTranscriptionAvailable")
    (socket,) = app.sockets
    await until(lambda: socket.ended)
    assert socket.query == "access_token=a%2Bb"
    assert [frame["eventType"] for frame in socket.frames][:1] == ["start"]
    assert socket.frames[0]["customParams"] == {"ticket": "a ticket"}
    assert socket.frames[0]["metadata"]["tracks"] == [{"name": "inbound"}, {"name": "outbound"}]
    assert socket.frames[-1]["eventType"] == "stop"
    assert socket.words() == [("inbound", "Good morning, everyone.")]
    assert socket.words(partial=True)
    assert (started["name"], started["tracks"]) == ("verbatim", ["inbound", "outbound"])
    assert (disconnected["cause"], disconnected["callId"]) == ("hangup", call)
    assert available["realTimeTranscription"]["status"] == "available"
    (part,) = (await bandwidth.truth(call))["spoken"]
    assert (part["speaker"], part["received"]) == (THEIRS, True)


async def test_a_call_is_queued_then_answered_and_then_gone(bandwidth: Bandwidth) -> None:
    await bandwidth.answering(timings={**QUICK, "connected": 3_600_000})
    status, made, headers = await bandwidth.ask("POST", "", bandwidth.creation(tag="a tag"))
    assert (status, made["from"], made["to"], made["tag"]) == (201, OURS, THEIRS, "a tag")
    assert made["callUrl"] == headers["Location"] == f"{bandwidth.calls_url}/{made['callId']}"
    path = f"/{made['callId']}"
    assert (await bandwidth.ask("GET", path))[1]["state"] == "queued"
    status, refused, _ = await bandwidth.ask("PUT", f"{path}/bxml", xml="<Response/>")
    assert (status, refused["type"]) == (409, "validation")
    await bandwidth.answering()
    _, made, _ = await bandwidth.ask("POST", "", bandwidth.creation(tag="a tag"))
    path = f"/{made['callId']}"
    answer = await bandwidth.told("answer")
    assert (answer["direction"], answer["tag"]) == ("outbound", "a tag")
    await bandwidth.told("disconnect")
    assert (await bandwidth.ask("GET", path))[1]["disconnectCause"] == "hangup"
    assert (await bandwidth.ask("PUT", f"{path}/bxml", xml="<Response/>"))[0] == 404


async def test_an_inbound_call_is_announced_and_answered_with_bxml(bandwidth: Bandwidth) -> None:
    app = bandwidth.application
    app.documents["initiate"] = app.bxml(app.start(), PAUSE)
    known = {
        "applicationId": "an-application",
        "callInitiatedUrl": f"{app.url}/answer",
        "callStatusUrl": f"{app.url}/disconnect",
    }
    assert (await bandwidth.sim("POST", "applications", known))[0] == 204
    script = [{"at": 0, "text": "Hello?", "duration": 200}]
    asked = {"from": THEIRS, "to": OURS, "script": script, "startScript": "on-transcription"}
    status, ringing = await bandwidth.sim("POST", "incoming", asked)
    assert status == 201
    initiate = await bandwidth.told("initiate")
    assert (initiate["from"], initiate["to"], initiate["direction"]) == (THEIRS, OURS, "inbound")
    await until(lambda: app.sockets and app.sockets[0].words() == [("inbound", "Hello?")])
    said = {"speaker": OURS, "text": "Hello yourself.", "duration": 200}
    assert (await bandwidth.sim("POST", f"calls/{ringing['simId']}/speak", said))[0] == 202
    await until(lambda: app.sockets[0].words()[1:] == [("outbound", "Hello yourself.")])
    assert (await bandwidth.sim("POST", f"calls/{ringing['simId']}/hangup"))[0] == 202
    assert (await bandwidth.told("realTimeTranscriptionStopped"))["cause"] == "closed"
    assert (await bandwidth.told("disconnect"))["cause"] == "hangup"


async def test_pushed_bxml_ends_the_running_verb_and_drops_the_rest(bandwidth: Bandwidth) -> None:
    app = bandwidth.application
    call = await bandwidth.place(app.start(), PAUSE, '<Redirect redirectUrl="/elsewhere"/>')
    await bandwidth.told("realTimeTranscriptionStarted")
    pushed = app.bxml('<StopTranscription name="verbatim"/>', PAUSE)
    assert (await bandwidth.ask("PUT", f"/{call}/bxml", xml=pushed))[0] == 204
    await bandwidth.told("realTimeTranscriptionStopped")
    assert (await bandwidth.truth(call))["running"] == "Pause"
    assert (await bandwidth.ask("POST", f"/{call}", {"state": "completed"}))[0] == 200
    await bandwidth.told("disconnect")
    assert "redirect" not in app.types()


async def test_a_redirected_call_goes_on_with_what_is_answered_there(bandwidth: Bandwidth) -> None:
    app = bandwidth.application
    app.documents["redirect"] = app.bxml(PAUSE)
    call = await bandwidth.place('<Redirect redirectUrl="/elsewhere"/>')
    await bandwidth.told("redirect")
    moved = {"redirectUrl": f"{app.url}/elsewhere", "redirectMethod": "GET"}
    assert (await bandwidth.ask("POST", f"/{call}", moved))[0] == 200
    assert (await bandwidth.told("redirect", times=2))["callId"] == call
    assert app.posted[-1].path.startswith("/elsewhere?")


async def test_credentials_are_sent_when_they_are_asked_for_and_not_before(bandwidth: Bandwidth) -> None:
    app = bandwidth.application
    app.guarded = True
    verb = app.start(username=USER, password=PASSWORD)
    await bandwidth.place(verb, PAUSE, username=USER, password=PASSWORD)
    await bandwidth.told("realTimeTranscriptionStarted", times=2)
    asked = [posted.authorization is not None for posted in app.posted]
    assert asked == [False, True, False, True]
    assert app.types()[:2] == ["answer", "answer"]


async def test_a_webhook_that_gets_no_script_ends_the_call(bandwidth: Bandwidth) -> None:
    bandwidth.application.status = 500
    call = await bandwidth.place(PAUSE)
    assert (await bandwidth.told("disconnect"))["cause"] == "callback-error"
    assert (await bandwidth.truth(call))["callbacks"][0]["statuses"] == [500]


async def test_invalid_bxml_fails_the_call(bandwidth: Bandwidth) -> None:
    await bandwidth.place('<StartTranscription stabilized="True"/>', PAUSE)
    disconnected = await bandwidth.told("disconnect")
    assert disconnected["cause"] == "invalid-bxml"
    assert "stabilized" in disconnected["errorMessage"]


async def test_a_dropped_socket_ends_the_transcription(bandwidth: Bandwidth) -> None:
    call = await bandwidth.place(bandwidth.application.start(), PAUSE)
    await bandwidth.told("realTimeTranscriptionStarted")
    assert (await bandwidth.sim("POST", f"calls/{call}/drop-socket"))[0] == 202
    assert (await bandwidth.told("realTimeTranscriptionStopped"))["cause"] == "connection-error"
    assert (await bandwidth.truth(call))["state"] == "answered"
    assert (await bandwidth.sim("POST", f"calls/{call}/drop-socket"))[0] == 409


async def test_a_socket_that_the_server_closes_is_not_opened_again(bandwidth: Bandwidth) -> None:
    await bandwidth.place(bandwidth.application.start(), PAUSE)
    await bandwidth.told("realTimeTranscriptionStarted")
    await bandwidth.application.sockets[0].server.close()
    assert (await bandwidth.told("realTimeTranscriptionStopped"))["cause"] == "connection-error"


async def test_a_refused_socket_rejects_the_transcription(bandwidth: Bandwidth) -> None:
    bandwidth.application.socket_status = 401
    await bandwidth.place(bandwidth.application.start(), PAUSE)
    assert (await bandwidth.told("realTimeTranscriptionRejected"))["cause"] == "connection-error"


async def test_a_transcript_is_listed_read_a_while_later_and_deleted(bandwidth: Bandwidth) -> None:
    app = bandwidth.application
    script = [{"at": 0, "text": "Keep this.", "duration": 200}]
    await bandwidth.answering(script=script, startScript="on-transcription", speed=2)
    call = await bandwidth.place(app.start(), PAUSE)
    await until(lambda: app.sockets and app.sockets[0].words())
    await bandwidth.sim("POST", f"calls/{call}/hangup")
    found = (await bandwidth.told("realTimeTranscriptionAvailable"))["realTimeTranscription"]
    _, listed, _ = await bandwidth.ask("GET", f"/{call}/transcriptions")
    assert [(each["transcriptionId"], each["transcriptionName"]) for each in listed] == [
        (found["id"], "verbatim")
    ]
    path = f"/{call}/transcriptions/{found['id']}"
    assert (await bandwidth.ask("GET", path))[0] == 404
    read = await readable(bandwidth, path)
    assert [(track["track"], track["transcript"]) for track in read["tracks"]] == [
        ("inbound", "Keep this."),
        ("outbound", ""),
    ]
    assert (await bandwidth.ask("DELETE", path))[0] == 200
    assert (await bandwidth.ask("GET", f"/{call}/transcriptions"))[1] == []


# --- doors and errors


async def test_a_token_opens_the_account(bandwidth: Bandwidth) -> None:
    assert (await bandwidth.take_token())["token_type"] == "Bearer"
    assert (await bandwidth.ask("GET", "/c-none"))[0] == 404


async def test_a_token_that_has_expired_opens_nothing() -> None:
    async with running_bandwidth(token_seconds=0) as bandwidth:
        status, refused, _ = await bandwidth.ask("GET", "/c-none")
        assert (status, refused["type"]) == (401, "authentication-error")


async def test_a_revoked_token_opens_nothing(bandwidth: Bandwidth) -> None:
    assert (await bandwidth.sim("POST", "tokens/revoke"))[0] == 204
    assert (await bandwidth.ask("GET", "/c-none"))[0] == 401


@pytest.mark.parametrize(
    ("login", "password", "grant", "status"),
    [
        (CLIENT, "wrong", "client_credentials", 401),
        ("another", SECRET, "client_credentials", 401),
        (CLIENT, SECRET, "password", 400),
    ],
)
async def test_another_client_or_grant_gets_no_token(
    bandwidth: Bandwidth, login: str, password: str, grant: str, status: int
) -> None:
    sent = {"Authorization": aiohttp.encode_basic_auth(login, password)}
    url = f"{bandwidth.url}/api/v1/oauth2/token"
    async with bandwidth.http.post(url, data={"grant_type": grant}, headers=sent) as response:
        assert response.status == status
        assert "access_token" not in await response.json()


async def test_another_account_is_closed(bandwidth: Bandwidth) -> None:
    url = bandwidth.calls_url.replace(ACCOUNT, "1234567")
    async with bandwidth.http.get(
        f"{url}/c", headers={"Authorization": f"Bearer {bandwidth.token}"}
    ) as answer:
        assert (answer.status, (await answer.json())["type"]) == (403, "authorization-error")


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "5553334444"},
        {"to": None},
        {"answerUrl": "ftp://example.com"},
        {"applicationId": ""},
        {"callbackTimeout": 60},
        {"tag": "x" * 257},
    ],
)
async def test_a_call_that_cannot_be_is_refused(bandwidth: Bandwidth, changes: dict[str, Any]) -> None:
    status, refused, _ = await bandwidth.ask("POST", "", bandwidth.creation(**changes))
    assert (status, set(refused)) == (400, {"type", "description", "id"})
    assert (await bandwidth.sim("GET", "calls"))[1] == {"calls": []}


async def test_a_document_that_is_not_called_xml_is_refused(bandwidth: Bandwidth) -> None:
    call = await bandwidth.place(PAUSE)
    await bandwidth.told("answer")
    assert (await bandwidth.ask("PUT", f"/{call}/bxml", body={}))[0] == 415
    assert (await bandwidth.truth(call))["state"] == "answered"


async def test_calls_that_are_too_many_for_a_second_are_refused(bandwidth: Bandwidth) -> None:
    asked = (bandwidth.ask("POST", "", bandwidth.creation()) for _ in range(12))
    # More than fit into two seconds, should the machine stand still in between.
    answers = await asyncio.gather(*asked)
    assert [status for status, _, _ in answers].count(201) >= 5
    refused = [answer for answer in answers if answer[0] != 201]
    assert {(status, headers["Retry-After"]) for status, _, headers in refused} == {(429, "1")}
    assert "rate limit" in refused[0][1]["description"]


async def test_a_failure_that_was_asked_for_happens_as_often(bandwidth: Bandwidth) -> None:
    fault = {"operation": "create", "do": "status", "status": 503, "retryAfter": 2, "times": 2}
    assert (await bandwidth.sim("POST", "faults", fault))[0] == 204
    answers = [await bandwidth.ask("POST", "", bandwidth.creation()) for _ in range(3)]
    assert [(status, headers.get("Retry-After")) for status, _, headers in answers] == [
        (503, "2"),
        (503, "2"),
        (201, None),
    ]


async def test_a_lost_answer_leaves_the_call_behind(bandwidth: Bandwidth) -> None:
    await bandwidth.sim("POST", "faults", {"operation": "create", "do": "timeout-after"})
    asked = asyncio.create_task(bandwidth.ask("POST", "", bandwidth.creation()))
    assert (await bandwidth.told("answer"))["to"] == THEIRS
    assert not asked.done()
    asked.cancel()


def said_by(speaker: str) -> dict[str, Any]:
    return {"at": 0, "speaker": speaker, "text": "x", "duration": 1}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"operation": "get", "do": "cause"}),
        ("faults", {"operation": "transcribe", "do": "status"}),
        ("faults", {"webhooks": {"drop": 2}}),
        ("answering", {"target": THEIRS, "script": [said_by("+1"), said_by("+2")]}),
        ("applications", {"callInitiatedUrl": "http://127.0.0.1"}),
        ("calls/c-none/speak", {"speaker": THEIRS, "text": " ", "duration": 1}),
    ],
)
async def test_steering_that_makes_no_sense_is_refused(
    bandwidth: Bandwidth, path: str, body: dict[str, Any]
) -> None:
    status, told = await bandwidth.sim("POST", path, body)
    assert (status, bool(told["description"])) == (400, True)


async def test_nobody_is_rung_without_an_application(bandwidth: Bandwidth) -> None:
    assert (await bandwidth.sim("POST", "incoming", {"from": THEIRS, "to": OURS}))[0] == 409


async def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    options = ("--account-id", ACCOUNT, "--client-id", CLIENT, "--client-secret", SECRET)
    process = ChildProcess(
        python_command("bandwidth", "local.bandwidth", "--port", str(port), *options), tmp_path / "log"
    )
    await process.start()
    try:
        async with aiohttp.ClientSession() as http:
            running = Bandwidth(f"http://127.0.0.1:{port}", http, Application())
            await running.take_token()
            assert (await running.ask("GET", "/c-none"))[0] == 404
    finally:
        await process.stop()
    assert f"ready http://127.0.0.1:{port}" in (tmp_path / "log").read_text()
