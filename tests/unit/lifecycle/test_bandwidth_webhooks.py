"""Bandwidth's webhooks: the documented bodies, in both spellings, and odd ones."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from functions.errors import InputRefused
from functions.lifecycle import events
from functions.lifecycle.bandwidth_answers import CallAnswer, how_to_answer
from functions.lifecycle.bandwidth_webhooks import (
    LARGEST_BODY,
    MOST_EARLIER,
    Webhook,
    earlier_names,
    event_of,
    read_webhook,
    transcription_name,
)
from functions.lifecycle.bxml import STAY, stop_script
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.result_codes import explain
from functions.lifecycle.session import (
    Cause,
    Connection,
    Desired,
    IncomingCall,
    PlacedCall,
    Session,
    StartRequest,
    Transcription,
)
from tests.unit.lifecycle.story import BIRTH

CALL = "c-95ac912f-68aacdd7-4a8e-4223-a7fd-020e02fa6bf2"
SESSION = Session(
    id=BIRTH.id,
    request=StartRequest(PlacedCall(("4:+15553334444",), "+15551112222"), "en-US", provider="bandwidth"),
    created_at=0,
    must_end_at=1,
    ticket="ticket",
    secret="secret",
    locale="en-US",
    starts=2,
)
NAME = f"{BIRTH.id}-2"

# The two examples of Bandwidth's page on `realTimeTranscriptionStopped`, but for the transcription's name.
STOPPED: dict[str, Any] = {
    "accountId": "55555555",
    "answerTime": "2022-06-30T18:55:02.080Z",
    "applicationId": "7fc9698a-b04a-468b-9e8f-91238c0d0086",
    "callId": CALL,
    "callUrl": f"https://voice.bandwidth.com/api/v2/accounts/55555555/calls/{CALL}",
    "cause": "closed",
    "direction": "outbound",
    "enqueuedTime": "2022-06-30T18:54:59.172Z",
    "eventTime": "2022-06-30T18:55:02.489Z",
    "eventType": "realTimeTranscriptionStopped",
    "from": "+15551112222",
    "transcription": {
        "duration": "PT1M52.217257456S",
        "id": "t-95ac90b3-e9cd80fa-fca7-4d12-9109-2990afe4d8c5",
        "name": NAME,
        "startTime": "2022-06-30T18:55:02.489Z",
        "tracks": ["inbound", "outbound"],
    },
    "startTime": "2022-06-30T18:54:59.175Z",
    "to": "+15553334444",
}
WITH_DESTINATION = STOPPED | {
    "transcription": STOPPED["transcription"]
    | {"destination": "wss://websocket.myapp.example", "stabilized": "true"}
}


def as_tables_spell_it(body: dict[str, Any]) -> dict[str, Any]:
    spelled = dict(body)
    spelled["realTimeTranscription"] = spelled.pop("transcription")
    return spelled


def read(body: dict[str, Any]) -> Webhook:
    return read_webhook(json.dumps(body).encode())


def event(body: dict[str, Any]) -> Event:
    return event_of(read(body), SESSION)


@pytest.mark.parametrize("body", [STOPPED, WITH_DESTINATION])
@pytest.mark.parametrize("spell", [dict, as_tables_spell_it])
def test_a_stop_is_read_in_both_spellings(body: dict[str, Any], spell: Any) -> None:
    webhook = read(spell(body))
    assert webhook.name == NAME
    assert event_of(webhook, SESSION) == events.TranscriptionClosed(CALL)


@pytest.mark.parametrize("cause", ["connection-error", "error"])
def test_a_transcription_that_broke_is_told_with_its_cause_and_may_start_again(cause: str) -> None:
    failed = event(STOPPED | {"cause": cause, "errorMessage": "It broke."})
    assert isinstance(failed, events.TranscriptionFailed)
    assert (failed.call_connection_id, failed.outcome.reason) == (CALL, f"transcription.{cause}")
    error, ended_with = explain(failed.outcome)
    assert (error.message, error.retryable, error.reason) == ("It broke.", True, f"transcription.{cause}")
    assert ended_with == Cause(cause)


@pytest.mark.parametrize(
    ("cause", "retryable"),
    [("connection-error", True), ("duplicate", True), ("error", True), ("track-limit", False)],
)
def test_a_rejection_is_told_with_its_cause_and_a_remedy(cause: str, *, retryable: bool) -> None:
    rejected = STOPPED | {"eventType": "realTimeTranscriptionRejected", "cause": cause}
    failed = event(rejected | {"originalTranscription": {"name": NAME, "id": "t-1"}})
    assert isinstance(failed, events.TranscriptionFailed)
    error, _ = explain(failed.outcome)
    assert (error.reason, error.retryable) == (f"transcription.{cause}", retryable)
    assert error.remedy


def test_what_starts_and_who_answers_are_told() -> None:
    assert event(STOPPED | {"eventType": "realTimeTranscriptionStarted"}) == events.TranscriptionStarted(CALL)
    answer = {key: value for key, value in STOPPED.items() if key != "transcription"} | {
        "eventType": "answer"
    }
    assert event(answer) == events.CallConnected(CALL, 1, server_call_id=CALL)


def test_a_start_that_is_told_after_the_same_transcription_broke_is_only_noted() -> None:
    started = read(STOPPED | {"eventType": "realTimeTranscriptionStarted"})
    resting = replace(SESSION, connection=Connection.CONNECTED, retry_at=1)
    assert event_of(started, resting) == events.CallbackNoted("realTimeTranscriptionStarted")


@pytest.mark.parametrize("name", ["realTimeTranscriptionAvailable", "redirect", "somethingNew"])
def test_what_changes_nothing_is_noted(name: str) -> None:
    assert event(STOPPED | {"eventType": name}) == events.CallbackNoted(name)


def test_news_of_another_transcription_than_the_sessions_is_only_noted() -> None:
    earlier = STOPPED | {"transcription": {"name": transcription_name(SESSION, before=1)}}
    assert event(earlier) == events.CallbackNoted("realTimeTranscriptionStopped")


def test_whatever_ran_before_has_a_name_to_be_stopped_by_up_to_what_a_script_can_hold() -> None:
    assert earlier_names(replace(SESSION, starts=1)) == []
    assert earlier_names(replace(SESSION, starts=3)) == [f"{SESSION.id}-2", f"{SESSION.id}-1"]
    many = earlier_names(replace(SESSION, starts=1000))
    assert (len(many), many[0]) == (MOST_EARLIER, f"{SESSION.id}-999")
    names = [*many, transcription_name(SESSION)]
    assert len(stop_script(names, STAY)) < 64 * 1024 // 3


def test_a_call_that_is_over_is_told_apart_from_one_that_never_came_about() -> None:
    over = {"eventType": "disconnect", "eventTime": "now", "callId": CALL, "cause": "hangup"}
    hung_up = Outcome(200, 0, "", "call.hangup")
    assert event(over | {"answerTime": "then"}) == events.CallDisconnected(CALL, hung_up)
    busy = event(over | {"cause": "busy", "errorMessage": "Callee is busy"})
    assert busy == events.ConnectFailed(CALL, 1, Outcome(486, 0, "Callee is busy", "call.busy"))


def test_a_caller_who_gave_up_before_the_call_was_taken_ends_it_all_the_same() -> None:
    over = {"eventType": "disconnect", "eventTime": "now", "callId": CALL, "cause": "cancel"}
    gone = event_of(read(over), in_call(request=RANG))
    assert gone == events.CallDisconnected(CALL, Outcome(487, 0, "", "call.cancel"))


@pytest.mark.parametrize("cause", ["brand-new", None])
def test_a_cause_that_nobody_listed_is_told_as_it_came(cause: str | None) -> None:
    over = {"eventType": "disconnect", "eventTime": "now", "callId": CALL, "answerTime": "then"}
    gone = event(over if cause is None else over | {"cause": cause})
    assert isinstance(gone, events.CallDisconnected)
    error, ended_with = explain(gone.outcome)
    assert error.reason == f"call.{cause or 'unknown'}"
    assert (error.code, ended_with) == (500, Cause.ERROR)
    assert error.message
    assert error.remedy


def test_an_address_in_a_message_loses_its_secret() -> None:
    failed = event(STOPPED | {"cause": "error", "errorMessage": "wss://a.example?access_token=s3cr3t"})
    assert isinstance(failed, events.TranscriptionFailed)
    assert "s3cr3t" not in failed.outcome.message


def test_a_repeat_has_the_same_identity_and_another_webhook_has_not() -> None:
    webhook = read(STOPPED)
    others = [
        read(STOPPED | {"eventTime": "2022-06-30T18:55:02.490Z"}),
        read(STOPPED | {"eventType": "realTimeTranscriptionStarted"}),
        read(STOPPED | {"transcription": {"name": "other"}}),
        read(STOPPED | {"callId": "c-other"}),
    ]
    assert (read(STOPPED).source, read(STOPPED).id) == (webhook.source, webhook.id)
    assert (webhook.source, webhook.id) not in [(other.source, other.id) for other in others]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b'{"eventType": "answer"}', "body"),
        (b'{"eventType": 1, "eventTime": "", "callId": ""}', "body"),
        (b"\xff", "body"),
        (b"[" * 10_000, "body"),
        (b" " * (LARGEST_BODY + 1), "body"),
        (
            json.dumps(STOPPED | {"transcription": {"name": "n" * 256}}).encode(),
            "realTimeTranscription.name",
        ),
        (json.dumps(STOPPED | {"callId": "c" * 256}).encode(), "callId"),
    ],
)
def test_what_is_no_webhook_is_refused_with_its_field(body: bytes, field: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_webhook(body)
    assert refused.value.field == field


# --- what a call does that was just answered


RANG = StartRequest(IncomingCall("4:+15553334444", "4:+15551112222", CALL, ""), "en-US", provider="bandwidth")


def in_call(**changed: Any) -> Session:
    given: dict[str, Any] = {
        "connection": Connection.CONNECTED,
        "transcription": Transcription.STARTING,
    }
    return replace(SESSION, **given | changed)


@pytest.mark.parametrize(
    ("session", "answer"),
    [
        (in_call(), CallAnswer.TRANSCRIBE),
        (in_call(transcription=Transcription.ACTIVE), CallAnswer.TRANSCRIBE),
        (in_call(transcription=Transcription.INACTIVE), CallAnswer.GO_ON),
        (in_call(desired=Desired.STOPPED, request=RANG), CallAnswer.GO_ON),
        (in_call(desired=Desired.STOPPED), CallAnswer.HANG_UP),
        (in_call(departing=True), CallAnswer.HANG_UP),
        (in_call(connection=Connection.LEAVING), CallAnswer.HANG_UP),
        (in_call(connection=Connection.GONE), CallAnswer.HANG_UP),
        (in_call(connection=Connection.CONNECTING), CallAnswer.HANG_UP),
    ],
)
def test_an_answered_call_is_transcribed_if_wanted_and_hung_up_only_where_nobody_waits(
    session: Session, answer: CallAnswer
) -> None:
    assert how_to_answer(session) is answer
