"""Calls at Bandwidth, through the app's own doors: the same session, machine and transcript."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, tostring

import aiohttp
import jwt
import pytest
from aiohttp import encode_basic_auth
from msgspec.structs import replace

from functions.adapters import bandwidth, bandwidth_api
from functions.lifecycle.bandwidth_webhooks import read_webhook
from functions.lifecycle.connection_events import has_others
from functions.lifecycle.session import Connection, Session, State
from functions.services.applying import load_any
from functions.services.health import Readiness, readiness
from functions.triggers import bandwidth_news
from functions.wiring import Wiring
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bandwidth_account import (
    ACCOUNT,
    APPLICATION,
    CLIENT,
    WEBHOOKS,
    Account,
    Call,
    read_script,
    running_account,
    webhook,
)
from tests.service.bandwidth_app import App, AtBandwidth, running_app

PLACED = {"to": "+15551230000", "from": "+15559870000"}
NEXT = '<Redirect redirectUrl="https://app.example/next" />'


@pytest.fixture(scope="module")
async def account() -> AsyncIterator[Account]:
    async with running_account() as running:
        yield running


@dataclass(frozen=True)
class Served(App):
    """The app with its account."""

    account: Account

    async def open_socket(self, call: Call) -> aiohttp.ClientWebSocketResponse:
        """Bandwidth opens the transcript socket and says whose it is."""
        started = call.verb("StartTranscription")
        socket = await self.http.ws_connect(started.get("destination", ""))
        params = {one.get("name", ""): one.get("value", "") for one in started.findall("CustomParam")}
        about = {"callId": call.id, "realtimeTranscriptionId": f"t-{started.get('name')}"}
        await socket.send_json({"eventType": "start", "metadata": about, "customParams": params})
        return socket


@pytest.fixture(scope="module")
async def app(azurite: str, account: Account) -> AsyncIterator[Served]:
    told = AtBandwidth(account.url, ACCOUNT, CLIENT, WEBHOOKS, APPLICATION)
    async with running_app(azurite, told) as running:
        yield Served(running.url, running.wiring, running.http, account)


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


def another_application_s(app: Served) -> Call:
    """A call that another application runs."""
    call = Call(
        f"c-{len(app.account.calls)}", "+15551112222", "+15553334444", state="answered", answered=True
    )
    app.account.calls[call.id] = call
    return call


def session_of(call: Call) -> str:
    """The session whose transcription the newest script starts."""
    name = call.verb("StartTranscription").get("name", "")
    return name.rpartition("-")[0]


async def running_call(app: Served, **more: Any) -> tuple[Session, Call]:
    """A call that was placed, answered, and is transcribed."""
    started = await app.start(PLACED | more)
    call = app.account.calls[started["callConnectionId"]]
    await app.account.pick_up(call)
    await app.account.transcription(call, "Started")
    return await app.until_state(started["id"], State.ACTIVE), call


async def test_a_placed_call_goes_from_its_start_to_its_end(app: Served) -> None:
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
    session = await app.until_state(started["id"], State.ACTIVE)
    socket = await app.open_socket(call)
    await socket.send_json(said("good mor", final=False))
    await socket.send_json(said("Good morning."))
    await socket.send_json(said("Hello.", track="outbound"))

    async def came() -> bool:
        return len(await app.words(session.id)) == 2

    await until_async(came)
    assert sorted(await app.words(session.id)) == [("inbound", "Good morning."), ("outbound", "Hello.")]
    status, stopping = await app.ask("POST", f"sessions/{session.id}/stop")
    assert (status, stopping["state"]) == (202, "stopping")
    assert call.verbs == ["StopTranscription", "Pause"]
    assert call.verb("StopTranscription").get("name") == verb.get("name")
    call.scripts.pop()
    await socket.close()
    await app.account.transcription(call, "Stopped", cause="closed", spelling="realTimeTranscription")
    ended = await app.until_state(session.id, State.STOPPED)
    assert ended.connection is Connection.CONNECTED
    assert ended.names == {"inbound": "+15551230000", "outbound": "+15559870000"}
    await app.account.disconnect(call)
    assert (await app.session(session.id)).call_over
    assert ended.error is None


async def test_a_call_that_another_application_runs_goes_on_after_every_request(app: Served) -> None:
    call = another_application_s(app)
    started = await app.start({"callId": call.id, "continueWith": NEXT})
    assert started["call"] == {"callId": call.id, "provider": "bandwidth"}
    assert call.verbs == ["StartTranscription", "Redirect"]
    first = call.verb("StartTranscription").get("name")
    await app.account.transcription(call, "Started")
    await app.until_state(started["id"], State.ACTIVE)
    await app.ask("POST", f"sessions/{started['id']}/stop")
    assert call.verbs == ["StopTranscription", "Redirect"]
    call.scripts.pop()
    await app.account.transcription(call, "Stopped", cause="closed")
    await app.until_state(started["id"], State.STOPPED)
    assert call.state == "answered"
    await app.ask("POST", f"sessions/{started['id']}/start")
    assert call.verbs == ["StopTranscription", "StartTranscription", "Redirect"]
    assert call.verb("StopTranscription").get("name") == first
    assert call.verb("StartTranscription").get("name") != first
    assert call.verb("Redirect").get("redirectUrl") == "https://app.example/next"


async def test_a_call_that_is_started_again_goes_on_with_what_that_start_says(app: Served) -> None:
    call = another_application_s(app)
    started = await app.start({"callId": call.id, "continueWith": NEXT})
    await app.account.transcription(call, "Started")
    await app.account.transcription(call, "Stopped", cause="closed")
    await app.until_state(started["id"], State.STOPPED)
    later = '<Redirect redirectUrl="https://ada:s3cr3t@app.example/later" />'
    again = await app.start({"callId": call.id, "continueWith": later})
    assert again["id"] == started["id"]
    assert call.verb("Redirect").get("redirectUrl") == "https://ada:s3cr3t@app.example/later"
    journal = await app.wiring.sessions.store.journal(started["id"])
    assert "s3cr3t" not in str(journal)
    await app.account.transcription(call, "Started")
    await app.ask("POST", f"sessions/{started['id']}/stop")
    await app.start({"callId": call.id, "continueWith": NEXT})
    await app.ask("POST", f"sessions/{started['id']}/stop")
    assert (await app.session(started["id"])).request.continuation == NEXT


async def test_a_call_has_one_session_however_it_is_named(app: Served) -> None:
    session, call = await running_call(app)
    scripts = len(call.scripts)
    status, same = await app.ask(
        "POST", "sessions", {"call": {"bandwidth": {"callId": call.id, "continueWith": NEXT}}}
    )
    assert (status, same["id"]) == (200, session.id)
    assert len(call.scripts) == scripts


@pytest.mark.parametrize(
    ("number", "verbs", "attributes"),
    [
        ("+15550000001", ["StartTranscription", "Redirect"], {"stabilized": "false"}),
        (
            "+15550000002",
            ["StartTranscription", "Pause"],
            {"stabilized": "true", "preferredLanguages": "fr-FR"},
        ),
    ],
)
async def test_a_call_that_rings_is_answered_by_its_rule_with_its_transcription(
    app: Served, number: str, verbs: list[str], attributes: dict[str, str]
) -> None:
    call = await app.account.ring(f"{app.url}/api/callbacks/bandwidth", "+15557770000", number)
    assert call.verbs == verbs
    assert call.verb("StartTranscription").attrib.items() >= attributes.items()
    await app.account.transcription(call, "Started")
    session = await app.until_state(session_of(call), State.ACTIVE)
    assert session.names == {"inbound": "+15557770000", "outbound": number}
    assert session.call_connection_id == call.id


async def test_who_calls_their_own_number_is_not_taken_for_nobody(app: Served) -> None:
    number = "+15550000001"
    call = await app.account.ring(f"{app.url}/api/callbacks/bandwidth", number, number)
    counted = await app.wiring.bandwidth.count_people("a-command", call.id)
    assert has_others(counted.people, await app.session(session_of(call)))


async def test_a_call_that_is_told_twice_is_answered_once_and_in_the_same_way(app: Served) -> None:
    url = f"{app.url}/api/callbacks/bandwidth"
    call = await app.account.ring(url, "+15557770000", "+15550000001")
    again = await app.account.tell(url, call, "initiate")
    name = call.verb("StartTranscription").get("name")
    assert read_script(again).find("StartTranscription[@name]") is not None
    assert f'name="{name}"' in again


async def test_a_placed_call_that_asks_twice_what_to_do_is_told_the_same(app: Served) -> None:
    """Bandwidth asks a second URL where it got no answer from the first."""
    started = await app.start(PLACED)
    call = app.account.calls[started["callConnectionId"]]
    assert call.fallback_url == call.answer_url
    await app.account.pick_up(call)
    again = read_script(await app.account.tell(call.fallback_url, call, "answer"))
    assert opened_by(again) == opened_by(call.scripts[-1])
    assert tostring(again) == tostring(call.scripts[-1])


def opened_by(script: Element) -> dict[str, Any]:
    """Who the token of the script's socket is for; it goes from the script, since it says when it was made, too."""
    started = script.find("StartTranscription")
    assert started is not None
    address, _, token = started.get("destination", "").partition("?access_token=")
    started.set("destination", address)
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return {name: claim for name, claim in claims.items() if name not in ("exp", "iat", "nbf")}


async def test_a_call_is_answered_in_time_even_if_no_socket_can_be_had(
    app: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = await app.start(PLACED)
    call = app.account.calls[started["callConnectionId"]]
    with monkeypatch.context() as stalled:
        stalled.setattr(bandwidth, "SCRIPT_SECONDS", 0.05)
        stalled.setattr(bandwidth, "open_transcript_url", lambda *_: asyncio.Event().wait())
        await app.account.pick_up(call)
    assert call.verbs == ["Pause"]


@pytest.mark.parametrize("number", ["+15550000003", "+15550000099"])
async def test_a_call_that_no_rule_of_bandwidth_wants_is_not_taken(app: Served, number: str) -> None:
    call = await app.account.ring(f"{app.url}/api/callbacks/bandwidth", "+15557770000", number)
    assert call.verbs == ["Hangup"]


async def test_a_locale_changes_by_a_stop_and_a_start_that_both_let_the_call_go_on(app: Served) -> None:
    session, call = await running_call(app, continueWith=NEXT)
    status, _ = await app.ask("PATCH", f"sessions/{session.id}", {"locale": "fr-FR"})
    assert (status, call.verbs) == (202, ["StopTranscription", "Redirect"])
    stop = call.scripts.pop()
    await app.account.transcription(call, "Stopped", cause="closed")
    call.scripts.insert(-1, stop)

    async def restarted() -> bool:
        return len(call.scripts) == 3

    await until_async(restarted)
    assert call.verbs == ["StopTranscription", "StartTranscription", "Redirect"]
    assert call.verb("StartTranscription").get("preferredLanguages") == "fr-FR"
    await app.account.transcription(call, "Started")
    assert (await app.until_state(session.id, State.ACTIVE)).confirmed_locale == "fr-FR"
    status, problem = await app.ask("PATCH", f"sessions/{session.id}", {"locale": "de-DE"})
    assert (status, problem["code"]) == (400, "invalid-locale")
    assert "fr-FR" in problem["remedy"]


async def test_a_stop_while_it_rings_stops_the_ringing(app: Served) -> None:
    started = await app.start(PLACED)
    call = app.account.calls[started["callConnectionId"]]
    await app.ask("POST", f"sessions/{started['id']}/stop")
    assert call.state == "disconnected"
    await app.account.disconnect(call, "cancel")
    assert (await app.until_state(started["id"], State.STOPPED)).error is None


@pytest.mark.parametrize(
    ("cause", "code", "says"), [("busy", 486, "another call"), ("timeout", 408, "in time")]
)
async def test_a_call_that_nobody_takes_fails_and_says_what_to_do(
    app: Served, cause: str, code: int, says: str
) -> None:
    started = await app.start(PLACED)
    await app.account.disconnect(app.account.calls[started["callConnectionId"]], cause)
    _, failed = await app.ask("GET", f"sessions/{started['id']}")
    assert (failed["state"], failed["error"]["code"]) == ("failed", code)
    assert failed["error"]["reason"] == f"call.{cause}"
    assert says in failed["error"]["remedy"]


async def test_a_fifth_track_fails_with_a_remedy_and_the_people_talk_on(app: Served) -> None:
    started = await app.start(PLACED)
    call = app.account.calls[started["callConnectionId"]]
    await app.account.pick_up(call)
    await app.account.transcription(call, "Rejected", cause="track-limit", errorMessage="Too many tracks.")
    session = await app.until_state(started["id"], State.FAILED)
    assert session.error is not None
    assert (session.error.message, session.error.reason) == (
        "Too many tracks.",
        "transcription.track-limit",
    )
    assert "four tracks" in session.error.remedy
    assert call.state == "answered"


@pytest.mark.parametrize(("name", "cause"), [("Rejected", "duplicate"), ("Stopped", "connection-error")])
async def test_a_transcription_that_broke_is_started_anew_in_place_of_the_old_one(
    app: Served, name: str, cause: str
) -> None:
    session, call = await running_call(app)
    old = call.verb("StartTranscription").get("name")
    await app.account.transcription(call, name, cause=cause)

    async def restarted() -> bool:
        return len(call.scripts) == 2

    await until_async(restarted)
    assert call.verbs == ["StopTranscription", "StartTranscription", "Pause"]
    assert call.verb("StopTranscription").get("name") == old
    await app.account.transcription(call, "Started")
    await app.until_state(session.id, State.ACTIVE)


async def test_news_is_understood_by_the_session_as_it_is_when_it_is_taken_in(app: Served) -> None:
    session, call = await running_call(app)
    name = call.verb("StartTranscription").get("name")
    read_before = await load_any(app.wiring.sessions, session.id)
    await app.account.transcription(call, "Stopped", cause="connection-error")
    assert call.verb("StartTranscription").get("name") != name
    late = webhook(call, "realTimeTranscriptionStarted", transcription={"name": name})
    after = await bandwidth_news.hear(app.wiring, read_before, read_webhook(late))
    assert after.state is State.STARTING
    assert (await app.journal(session.id))[-1] == "callback-noted"


async def test_a_transcription_that_is_closed_by_another_hand_ends_its_session_alone(app: Served) -> None:
    session, call = await running_call(app)
    await app.account.transcription(call, "Stopped", cause="closed")
    ended = await app.until_state(session.id, State.STOPPED)
    assert (ended.cause, call.state, len(call.scripts)) == ("closed", "answered", 1)


async def test_a_webhook_that_comes_again_is_taken_in_once(app: Served) -> None:
    session, call = await running_call(app)
    url = call.verb("StartTranscription").get("transcriptionEventUrl", "")
    name = call.verb("StartTranscription").get("name")
    told = {"eventTime": "2026-11-21T04:51:59.171Z", "transcription": {"name": name}, "status": "available"}
    for _ in range(3):
        await app.account.tell(url, call, "realTimeTranscriptionAvailable", **told)
    assert (await app.journal(session.id)).count("callback-noted") == 1


async def test_a_call_that_is_over_when_it_is_stopped_ends_its_session(app: Served) -> None:
    session, call = await running_call(app)
    del app.account.calls[call.id]
    await app.ask("POST", f"sessions/{session.id}/stop")
    ended = await app.until_state(session.id, State.STOPPED)
    assert (ended.cause, ended.error) == ("closed", None)
    app.account.calls[call.id] = call


# --- what Bandwidth answers


def hasten(patch: pytest.MonkeyPatch) -> None:
    """As many tries as ever, soon after each other."""
    patch.setattr(bandwidth_api, "PAUSES_SECONDS", (0.01,) * len(bandwidth_api.PAUSES_SECONDS))


async def test_a_request_that_is_not_taken_is_sent_again(
    app: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasten(monkeypatch)
    app.account.statuses = [429, 503]
    started = await app.start(PLACED)
    assert started["callConnectionId"] in app.account.calls


@pytest.mark.parametrize("statuses", [[500], [503] * 5])
async def test_a_phone_is_never_rung_twice_for_one_start(
    app: Served, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hasten(monkeypatch)
    app.account.statuses = list(statuses)
    asked = len(app.account.asked)
    started = await app.start(PLACED)
    assert len(app.account.asked) - asked == len(statuses)
    assert (started["state"], started["error"]["code"]) == ("failed", 504 if statuses == [500] else 503)
    assert "Start again" in started["error"]["remedy"] or "start again" in started["error"]["remedy"]


async def test_a_call_of_which_nobody_heard_is_hung_up_when_it_is_answered(app: Served) -> None:
    app.account.statuses = [500]
    started = await app.start(PLACED)
    session = await app.session(started["id"])
    url = f"{app.url}/api/callbacks/bandwidth/{session.id}?ticket={session.ticket}"
    call = Call("c-late", "+15559870000", "+15551230000", answer_url=url)
    app.account.calls[call.id] = call
    await app.account.pick_up(call)
    assert call.verbs == ["Hangup"]


async def test_a_second_call_of_one_start_is_hung_up_when_it_is_answered(app: Served) -> None:
    _, call = await running_call(app)
    second = Call("c-second", call.caller, call.to, answer_url=call.answer_url)
    app.account.calls[second.id] = second
    await app.account.pick_up(second)
    assert second.verbs == ["Hangup"]
    assert (second.state, call.state) == ("disconnected", "answered")


async def test_a_caller_who_gives_up_before_the_call_is_taken_ends_its_session(app: Served) -> None:
    url = f"{app.url}/api/callbacks/bandwidth"
    call = await app.account.ring(url, "+15557770000", "+15550000001")
    session = session_of(call)
    call.answered = False
    assert await app.account.tell(url, call, "disconnect", cause="cancel") == ""
    assert (await app.session(session)).call_over


async def test_a_token_is_asked_for_once_and_again_when_it_is_withdrawn(app: Served) -> None:
    await app.start(PLACED)
    before = app.account.tokens
    await app.start(PLACED)
    assert app.account.tokens == before
    app.account.withdrawn.add(f"token-{before}")
    started = await app.start(PLACED)
    assert started["state"] == "connecting"
    assert app.account.tokens == before + 1


async def test_a_call_that_is_not_answered_yet_is_not_joined_and_says_why(app: Served) -> None:
    call = another_application_s(app)
    call.state = "queued"
    started = await app.start({"callId": call.id, "continueWith": NEXT})
    assert (started["state"], started["error"]["reason"]) == ("failed", "api.409")
    assert "answered" in started["error"]["remedy"]


async def test_a_call_that_was_not_answered_is_asked_for_once_with_each_start(app: Served) -> None:
    call = another_application_s(app)
    call.state = "queued"
    first = await app.start({"callId": call.id, "continueWith": NEXT})
    call.state = "answered"
    asked = len(app.account.asked)
    second = await app.start({"callId": call.id, "continueWith": NEXT}, locale="fr-FR")
    assert len(app.account.asked) - asked == 1
    assert (second["id"] != first["id"], second["locale"]) == (True, "fr-FR")


async def test_a_session_that_goes_on_and_fails_at_once_is_the_answer_and_not_started_over_and_over(
    app: Served,
) -> None:
    call = another_application_s(app)
    started = await app.start({"callId": call.id, "continueWith": NEXT})
    await app.account.transcription(call, "Started")
    await app.account.transcription(call, "Stopped", cause="closed")
    await app.until_state(started["id"], State.STOPPED)
    app.account.statuses = [403] * 30
    asked = len(app.account.asked)
    again = await app.start({"callId": call.id, "continueWith": NEXT})
    assert (len(app.account.asked) - asked, again["state"]) == (1, "failed")
    app.account.statuses = []


async def test_a_call_that_nobody_knows_is_not_joined(app: Served) -> None:
    started = await app.start({"callId": "c-unknown", "continueWith": NEXT})
    assert (started["state"], started["error"]["reason"]) == ("failed", "api.404")


# --- what callers send


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({}, "call.bandwidth"),
        ({"to": "+15551230000"}, "call.bandwidth"),
        ({"to": "0800", "from": "+15559870000"}, "call.bandwidth.to"),
        ({"to": "+15551230000", "from": "me"}, "call.bandwidth.from"),
        ({"callId": "c-1"}, "call.bandwidth.continueWith"),
        ({"callId": "c-1", "to": "+15551230000", "continueWith": NEXT}, "call.bandwidth"),
        ({"callId": "../c-1", "continueWith": NEXT}, "call.bandwidth.callId"),
        ({"callId": "c-1", "continueWith": "<Redirect"}, "call.bandwidth.continueWith"),
        ({"callId": "c-1", "continueWith": "<Hangup/>"}, "call.bandwidth.continueWith"),
        (PLACED | {"continueWith": "<Pause/><StartTranscription/>"}, "call.bandwidth.continueWith"),
        (PLACED | {"continueWith": ""}, "call.bandwidth.continueWith"),
        (PLACED | {"name": "n" * 256}, "call.bandwidth.name"),
    ],
)
async def test_a_call_that_cannot_be_had_is_refused_by_its_field_and_nothing_is_asked(
    app: Served, call: dict[str, Any], field: str
) -> None:
    asked = len(app.account.asked)
    status, problem = await app.ask("POST", "sessions", {"call": {"bandwidth": call}})
    assert (status, problem["field"]) == (400, field)
    assert problem["remedy"]
    assert len(app.account.asked) == asked


@pytest.mark.parametrize(
    ("more", "field"),
    [({"locale": "de-DE"}, "locale"), ({"speechModelEndpointId": "mine"}, "speechModelEndpointId")],
)
async def test_what_bandwidth_does_not_have_is_refused_by_its_field(
    app: Served, more: dict[str, Any], field: str
) -> None:
    status, problem = await app.ask("POST", "sessions", {"call": {"bandwidth": PLACED}, **more})
    assert (status, problem["field"]) == (400, field)


async def test_a_call_is_named_in_one_way(app: Served) -> None:
    status, problem = await app.ask("POST", "sessions", {"call": {"bandwidth": PLACED, "groupCallId": "g"}})
    assert (status, problem["field"]) == (400, "call")


# --- doors


async def test_a_webhook_without_credentials_is_asked_for_them_and_with_wrong_ones_refused(
    app: Served,
) -> None:
    session, call = await running_call(app)
    url = call.answer_url
    body = webhook(call, "disconnect", cause="hangup")
    wrong = encode_basic_auth(WEBHOOKS[0], "wrong")
    for authorization in ("", "Basic", "Basic !", f"Bearer {wrong}", wrong, encode_basic_auth("", "")):
        headers = {"Authorization": authorization} if authorization else {}
        async with app.http.post(url, data=body, headers=headers) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert (await app.session(session.id)).state is State.ACTIVE


async def test_a_ticket_opens_its_own_session_alone(app: Served) -> None:
    session, call = await running_call(app)
    other, _ = await running_call(app)
    body = webhook(call, "disconnect", cause="hangup")
    known = {"Authorization": encode_basic_auth(*WEBHOOKS)}
    url = f"{app.url}/api/callbacks/bandwidth"
    strangers = [
        f"{session.id}?ticket={other.ticket}",
        f"{session.id}?ticket=",
        session.id,
        "nobody?ticket=a",
    ]
    for path in strangers:
        async with app.http.post(f"{url}/{path}", data=body, headers=known) as response:
            assert response.status == 401
    assert (await app.session(session.id)).state is State.ACTIVE


async def test_a_webhook_that_cannot_be_read_changes_nothing(app: Served) -> None:
    session, call = await running_call(app)
    known = {"Authorization": encode_basic_auth(*WEBHOOKS)}
    for body in (b"", b"[]", webhook(call, "answer", transcription={"name": "n" * 256})):
        async with app.http.post(call.answer_url, data=body, headers=known) as response:
            assert response.status == 400
    assert (await app.session(session.id)).state is State.ACTIVE


async def test_health_tells_of_bandwidth_whether_it_takes_our_credentials(app: Served) -> None:
    assert await readiness(app.wiring.bandwidth.check()) == Readiness(ready=True)
    told = app.wiring.settings.bandwidth
    assert told is not None
    other = Wiring(replace(app.wiring.settings, bandwidth=replace(told, client_secret="another")))
    try:
        found = await readiness(other.bandwidth.check())
    finally:
        await other.bandwidth.api.close()
    assert not found.ready
    assert "BANDWIDTH_CLIENT_SECRET" in (found.reason or "")
