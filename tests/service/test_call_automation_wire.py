"""What our requests to ACS look like on the wire, where the stand-in does not show it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from aiohttp import web
from azure.communication.callautomation import StreamingTransportType, TranscriptionOptions
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential
from msgspec import structs

from functions.adapters.call_automation import AcsCalls
from functions.lifecycle.commands import Invite, Pending
from functions.lifecycle.session import Call, IncomingCall, PlacedCall, Session, StartAt
from tests.local_cloud.call_automation_process import ACCESS_KEY, ADA
from tests.service.bed import group_call, new_session
from tests.service.cloud import call_settings

SENT_AT = 1_790_000_000_000
PHONE = "4:+15550000002"
FROM_PHONE = IncomingCall("4:+15550000003", "4:+15550000001", "server call", "context")
TO_USER = structs.replace(FROM_PHONE, called=ADA)
WEB_PUBSUB = "http://127.0.0.1:9"


@dataclass
class Recorder:
    """Takes every request and says yes."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.json())
        answer = {"callConnectionId": "connection", "participant": {"identifier": {"rawId": PHONE}}}
        return web.json_response(answer, status=status_of(request.path))


def status_of(path: str) -> int:
    if path.endswith(("Transcription", ":add")):
        return 202
    return 201 if path.endswith("callConnections") else 200


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    recording = Recorder()
    app = web.Application()
    app.router.add_post("/{path:.*}", recording.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    recording.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield recording
    await runner.cleanup()


@pytest.fixture
async def calls(recorder: Recorder) -> AsyncIterator[AcsCalls]:
    adapter = AcsCalls(call_settings(recorder.url, "https://verbatim.example", WEB_PUBSUB))
    async with adapter.client, adapter.client_of_one_try:
        yield adapter


def session_of(call: Call, **requested: Any) -> Session:
    return new_session(request=structs.replace(group_call(), call=call, **requested))


def invitation(target: str) -> Pending:
    return Pending("5-0", Invite("connection", target), first_sent_at=SENT_AT, leased_until=0)


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (group_call().call, "/calling/callConnections:connect"),
        (PlacedCall((ADA,)), "/calling/callConnections"),
        (TO_USER, "/calling/callConnections:answer"),
    ],
)
async def test_every_way_into_a_call_says_the_same_of_us(
    call: Call, path: str, calls: AcsCalls, recorder: Recorder
) -> None:
    session = session_of(call, start_at=StartAt.SETUP, speech_model_endpoint_id="a model")
    pending = structs.replace(session.pending[0], first_sent_at=SENT_AT)
    await calls.connect(session, pending)
    (body,) = recorder.bodies
    options = body["transcriptionOptions"]
    assert recorder.paths == [path]
    assert body["callbackUri"].startswith(
        f"https://verbatim.example/api/callbacks/calls/{session.id}?ticket="
    )
    assert body["operationContext"] == str(session.attempt)
    assert body["callIntelligenceOptions"] == {"cognitiveServicesEndpoint": "https://speech.example"}
    assert options.pop("transportUrl").startswith("ws://127.0.0.1:9/client/hubs/transcript?access_token=")
    assert options == {
        "transportType": "websocket",
        "locale": "en-US",
        "startTranscription": True,
        "enableIntermediateResults": True,
        "speechModelEndpointId": "a model",
    }
    assert len(recorder.headers[0]["Repeatability-Request-ID"]) == 36
    sent = parsedate_to_datetime(recorder.headers[0]["Repeatability-First-Sent"])
    assert sent.timestamp() * 1000 == SENT_AT


async def test_nothing_starts_at_set_up_unless_it_was_asked_for(calls: AcsCalls, recorder: Recorder) -> None:
    session = session_of(group_call().call)
    await calls.connect(session, session.pending[0])
    options = recorder.bodies[0]["transcriptionOptions"]
    assert options["startTranscription"] is False
    assert "speechModelEndpointId" not in options


async def test_an_invited_phone_shows_the_number_that_was_called_and_rings_a_minute(
    calls: AcsCalls, recorder: Recorder
) -> None:
    session = session_of(FROM_PHONE)
    await calls.invite(session, invitation(PHONE))
    await calls.invite(session, structs.replace(invitation(PHONE), performed=2, leased_until=9))
    assert recorder.paths == ["/calling/callConnections/connection/participants:add"] * 2
    assert recorder.bodies[0] == recorder.bodies[1]
    assert recorder.bodies[0]["participantToAdd"]["rawId"] == PHONE
    assert recorder.bodies[0]["sourceCallerIdNumber"]["value"] == "+15550000001"
    assert recorder.bodies[0]["invitationTimeoutInSeconds"] == 60
    assert recorder.bodies[0]["operationContext"] == str(session.attempt)
    names = ("Repeatability-Request-ID", "Repeatability-First-Sent")
    first, second = ([headers[name] for name in names] for headers in recorder.headers)
    assert first == second


@pytest.mark.parametrize(("call", "target"), [(FROM_PHONE, ADA), (TO_USER, PHONE)])
async def test_no_number_is_shown_where_there_is_none_to_show(
    call: Call, target: str, calls: AcsCalls, recorder: Recorder
) -> None:
    await calls.invite(session_of(call), invitation(target))
    assert "sourceCallerIdNumber" not in recorder.bodies[0]


async def test_a_start_bears_the_model_and_an_update_the_locale(calls: AcsCalls, recorder: Recorder) -> None:
    session = session_of(group_call().call, speech_model_endpoint_id="a model")
    await calls.start_transcription(session, "connection")
    await calls.update_transcription(session, "connection", "de-DE")
    context = {"operationContext": str(session.attempt)}
    assert recorder.bodies == [
        {"locale": "en-US", "speechModelEndpointId": "a model"} | context,
        {"locale": "de-DE"} | context,
    ]


async def test_the_sdk_still_loses_the_model_of_its_own_options(recorder: Recorder) -> None:
    """When this fails, the SDK has been mended: then OptionsWithModel and the other name at a start can go."""
    options = TranscriptionOptions(
        transport_url="wss://verbatim.example",
        transport_type=StreamingTransportType.WEBSOCKET,
        locale="en-US",
        start_transcription=False,
        speech_recognition_model_endpoint_id="a model",
    )
    first_sent = {"Repeatability-First-Sent": "now"}  # without it the SDK calls what Python deprecates
    async with CallAutomationClient(recorder.url, AzureKeyCredential(ACCESS_KEY)) as client:
        await client.connect_call(
            "https://verbatim.example", group_call_id="group", transcription=options, headers=first_sent
        )
        connection = client.get_call_connection("connection")
        await connection.start_transcription(speech_recognition_model_endpoint_id="a model")
    connected, started = recorder.bodies
    assert "a model" not in connected["transcriptionOptions"].values()
    assert "a model" not in started.values()
