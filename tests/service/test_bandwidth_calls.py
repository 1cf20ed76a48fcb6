"""Calls at Bandwidth, through the app's own doors: the same session, machine and transcript."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.lifecycle.session import Connection, Session, State
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bandwidth_account import Account, Call, running_account
from tests.service.bandwidth_app import App, running_app
from tests.service.bed import all_of

PLACED = {"to": "+15551230000", "from": "+15559870000"}
NEXT = '<Redirect redirectUrl="https://app.example/next" />'


@pytest.fixture(scope="module")
async def account() -> AsyncIterator[Account]:
    async with running_account() as running:
        yield running


@pytest.fixture(scope="module")
async def app(azurite: str, account: Account) -> AsyncIterator[App]:
    async with running_app(azurite, account) as running:
        yield running


def said(text: str, *, final: bool = True, track: str = "inbound") -> dict[str, Any]:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {
        "eventType": "transcription",
        "track": track,
        "startTime": now,
        "endTime": now,
        "isPartial": not final,
        "language": "en-US",
        "transcript": text,
        "items": [],
    }


async def until_state(app: App, session_id: str, state: State) -> Session:
    async def is_so() -> bool:
        return (await app.session(session_id)).state is state

    await until_async(is_so)
    return await app.session(session_id)


async def words_of(app: App, session: Session) -> list[tuple[str, str]]:
    found = await all_of(app.wiring.segments.segments(session.id, ""))
    return [(one.speaker, one.text) for one in found]


async def running_call(app: App, **more: Any) -> tuple[Session, Call]:
    """A call that was placed, answered, and is transcribed."""
    started = await app.start(PLACED | more)
    call = app.account.calls[started["callConnectionId"]]
    await app.account.pick_up(call)
    await app.account.transcription(call, "Started")
    return await until_state(app, started["id"], State.ACTIVE), call


async def test_a_placed_call_goes_from_its_start_to_its_end(app: App) -> None:
    started = await app.start(PLACED)
    assert (started["state"], started["call"]) == (
        "connecting",
        {"to": ["4:+15551230000"], "from": "+15559870000", "provider": "bandwidth"},
    )
    call = app.account.calls[started["callConnectionId"]]
    await app.account.pick_up(call)
    assert call.verbs == ["StartTranscription", "Pause"]
    verb = call.verb("StartTranscription")
    assert (verb.get("tracks"), verb.get("stabilized")) == ("both", "false")
    await app.account.transcription(call, "Started")
    session = await until_state(app, started["id"], State.ACTIVE)
    socket = await app.open_socket(call)
    await socket.send_json(said("good mor", final=False))
    await socket.send_json(said("Good morning."))
    await socket.send_json(said("Hello.", track="outbound"))

    async def came() -> bool:
        return len(await words_of(app, session)) == 2

    await until_async(came)
    assert sorted(await words_of(app, session)) == [("inbound", "Good morning."), ("outbound", "Hello.")]
    status, stopping = await app.ask("POST", f"sessions/{session.id}/stop")
    assert (status, stopping["state"]) == (202, "stopping")
    assert call.verbs == ["StopTranscription", "Pause"]
    assert call.verb("StopTranscription").get("name") == verb.get("name")
    call.scripts.pop()
    await socket.close()
    await app.account.transcription(call, "Stopped", cause="closed", spelling="realTimeTranscription")
    ended = await until_state(app, session.id, State.STOPPED)
    assert ended.connection is Connection.CONNECTED
    assert ended.names == {"inbound": "+15551230000", "outbound": "+15559870000"}
    await app.account.disconnect(call)
    assert (await app.session(session.id)).call_over
    assert ended.error is None
