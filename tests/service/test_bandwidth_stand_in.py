"""Calls at the stand-in for Bandwidth, which knows nothing of the app but what its documentation promises."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from functions.lifecycle.session import Connection, State
from tests.local_cloud.bandwidth_process import (
    ACCOUNT,
    CLIENT,
    OURS,
    PASSWORD,
    SECRET,
    THEIRS,
    USER,
    Bandwidth,
    running_bandwidth,
)
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bandwidth_app import RULES, App, AtBandwidth, running_app
from tests.service.bed import CHANCE

LINES = ["Good morning.", "How are you?", "Goodbye, then."]
SCRIPT = [{"at": 200 + 400 * place, "text": text, "duration": 300} for place, text in enumerate(LINES)]
PAUSE = '<Pause duration="60"/>'


@pytest.fixture
async def bandwidth() -> AsyncIterator[Bandwidth]:
    async with running_bandwidth(seed=CHANCE.getrandbits(32)) as running:
        yield running


@pytest.fixture
async def app(azurite: str, bandwidth: Bandwidth) -> AsyncIterator[App]:
    told = AtBandwidth(bandwidth.url, ACCOUNT, (CLIENT, SECRET), (USER, PASSWORD))
    async with running_app(azurite, told) as running:
        yield running


async def place(app: App, **more: Any) -> str:
    call = {"to": THEIRS, "from": OURS, **more}
    status, session = await app.ask("POST", "sessions", {"call": {"bandwidth": call}})
    assert status == 202, session
    return str(session["id"])


async def heard(app: App, session_id: str, count: int) -> list[tuple[str, str]]:
    async def came() -> bool:
        return len(await app.words(session_id)) >= count

    await until_async(came)
    return await app.words(session_id)


async def until_it_pauses(bandwidth: Bandwidth, call_id: str) -> None:
    """Until the call is at a Pause: the webhook of what came before it is on its way already."""

    async def is_at_pause() -> bool:
        return (await bandwidth.truth(call_id)).get("running") == "Pause"

    await until_async(is_at_pause)


async def test_every_word_of_a_placed_call_is_stored_once_and_the_people_talk_on(
    app: App, bandwidth: Bandwidth
) -> None:
    await bandwidth.answering(script=SCRIPT, startScript="on-transcription")
    session_id = await place(app)
    session = await app.until_state(session_id, State.ACTIVE)
    assert await heard(app, session_id, len(LINES)) == [("inbound", text) for text in LINES]
    assert session.call_connection_id is not None
    truth = await bandwidth.truth(session.call_connection_id)
    assert [part["received"] for part in truth["spoken"]] == [True] * len(truth["spoken"])
    await app.ask("POST", f"sessions/{session_id}/stop")
    ended = await app.until_state(session_id, State.STOPPED)
    assert (ended.error, ended.connection) == (None, Connection.CONNECTED)
    await until_it_pauses(bandwidth, session.call_connection_id)
    await bandwidth.sim("POST", f"calls/{session.call_connection_id}/hangup")

    async def is_gone() -> bool:
        return (await app.session(session_id)).connection is Connection.GONE

    await until_async(is_gone)


async def test_a_call_that_rings_is_answered_and_its_end_ends_the_session(
    app: App, bandwidth: Bandwidth
) -> None:
    url = f"{app.url}/api/callbacks/bandwidth"
    known = {
        "applicationId": "an-application",
        "callInitiatedUrl": url,
        "callStatusUrl": url,
        "username": USER,
        "password": PASSWORD,
    }
    assert (await bandwidth.sim("POST", "applications", known))[0] == 204
    number = RULES[1]["to"]
    asked = {"from": THEIRS, "to": number, "script": SCRIPT, "startScript": "on-transcription"}
    status, ringing = await bandwidth.sim("POST", "incoming", asked)
    assert status == 201, ringing

    async def is_known() -> bool:
        return bool(await sessions_of(app, ringing["callId"]))

    await until_async(is_known)
    session_id = (await sessions_of(app, ringing["callId"]))[0]["id"]
    assert await heard(app, session_id, len(LINES)) == [("inbound", text) for text in LINES]
    session = await app.session(session_id)
    assert session.names == {"inbound": THEIRS, "outbound": number}
    await bandwidth.sim("POST", f"calls/{session.call_connection_id}/hangup")
    ended = await app.until_state(session_id, State.STOPPED)
    assert (ended.cause, ended.error) == ("closed", None)


async def sessions_of(app: App, call_id: str) -> list[dict[str, Any]]:
    status, found = await app.ask("GET", f"sessions?callConnectionId={call_id}")
    assert status == 200
    return list(found["sessions"])


async def test_another_applications_call_goes_on_in_its_hands_while_it_is_transcribed(
    app: App, bandwidth: Bandwidth
) -> None:
    await bandwidth.answering(script=SCRIPT, startScript="on-transcription")
    theirs = bandwidth.application
    theirs.documents["redirect"] = theirs.bxml(PAUSE)
    call_id = await bandwidth.place(PAUSE)
    await bandwidth.told("answer")
    next_url = f'<Redirect redirectUrl="{theirs.url}/elsewhere"/>'
    call = {"bandwidth": {"callId": call_id, "continueWith": next_url}}
    await until_it_pauses(bandwidth, call_id)
    status, session = await app.ask("POST", "sessions", {"call": call})
    assert status == 202, session
    assert await heard(app, session["id"], len(LINES)) == [("inbound", text) for text in LINES]
    await bandwidth.told("redirect")
    await app.ask("POST", f"sessions/{session['id']}/stop")
    await app.until_state(session["id"], State.STOPPED)
    await bandwidth.told("redirect", times=2)
    await until_it_pauses(bandwidth, call_id)


async def test_a_locale_changes_and_a_broken_socket_comes_back(app: App, bandwidth: Bandwidth) -> None:
    session_id = await place(app)
    session = await app.until_state(session_id, State.ACTIVE)
    call_id = session.call_connection_id
    await app.ask("PATCH", f"sessions/{session_id}", {"locale": "fr-FR"})

    async def speaks_french() -> bool:
        return (await app.session(session_id)).confirmed_locale == "fr-FR"

    await until_async(speaks_french)
    said = {"speaker": THEIRS, "text": "Bonjour.", "duration": 200}
    assert (await bandwidth.sim("POST", f"calls/{call_id}/speak", said))[0] == 202
    assert await heard(app, session_id, 1) == [("inbound", "Bonjour.")]
    starts = (await app.session(session_id)).starts
    assert (await bandwidth.sim("POST", f"calls/{call_id}/drop-socket"))[0] == 202

    async def is_back() -> bool:
        now = await app.session(session_id)
        return now.starts > starts and now.state is State.ACTIVE

    await until_async(is_back)
    assert (await bandwidth.sim("POST", f"calls/{call_id}/speak", said | {"text": "Encore."}))[0] == 202
    assert await heard(app, session_id, 2) == [("inbound", "Bonjour."), ("inbound", "Encore.")]


async def test_webhooks_that_come_twice_late_and_in_either_spelling_make_no_difference(
    app: App, bandwidth: Bandwidth
) -> None:
    faults = {"webhooks": {"repeat": 1.0, "shuffle": 300, "spelling": "either"}}
    assert (await bandwidth.sim("POST", "faults", faults))[0] == 204
    await bandwidth.answering(script=SCRIPT, startScript="on-transcription")
    session_id = await place(app)
    assert await heard(app, session_id, len(LINES)) == [("inbound", text) for text in LINES]
    await app.until_state(session_id, State.ACTIVE)
    await app.ask("POST", f"sessions/{session_id}/stop")
    assert (await app.until_state(session_id, State.STOPPED)).error is None
