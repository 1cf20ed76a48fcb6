"""Bad input for calls at Bandwidth gets a problem document, and loses neither a session nor a call."""

from typing import Any

import pytest

from local.other_application import OtherApplication
from tests.end_to_end.bandwidth_calls import (
    OURS,
    all_calls,
    another_call,
    is_alive,
    joined,
    look_at,
    placed,
    push,
    redirect_to,
    start_at,
)
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import journal, reaches, read, stopped
from tests.end_to_end.test_bad_input import assert_problem

PLACED = {"to": "+15551230000", "from": OURS}
NEXT = '<Redirect redirectUrl="https://app.example/next"/>'
RUNNING = {"callId": "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d", "continueWith": NEXT}
LONGEST_NAME = 255
FIELD, CONTINUATION = "call.bandwidth", "call.bandwidth.continueWith"


def continuing(bxml: str) -> dict[str, Any]:
    """A start with this continuation."""
    return {"call": {"bandwidth": RUNNING | {"continueWith": bxml}}}


def named(name: str) -> str:
    """A transcription of that name."""
    return f'<StartTranscription name="{name}"/>{NEXT}'


BAD_STARTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no call": ({"call": {"bandwidth": {}}}, FIELD, "to place a call"),
    "half a call": ({"call": {"bandwidth": {"to": "+15551230000"}}}, FIELD, "to place a call"),
    "two calls": ({"call": {"bandwidth": PLACED | RUNNING}}, FIELD, "to place a call"),
    "a call of ACS besides": ({"call": {"bandwidth": PLACED, "groupCallId": "g"}}, "call", "Send one of"),
    "a number without its country": (
        {"call": {"bandwidth": PLACED | {"to": "5551230000"}}},
        f"{FIELD}.to",
        "E.164",
    ),
    "a name to call from": ({"call": {"bandwidth": PLACED | {"from": "Ada"}}}, f"{FIELD}.from", "E.164"),
    "a call id that leads elsewhere": (
        {"call": {"bandwidth": RUNNING | {"callId": "../c-1"}}},
        f"{FIELD}.callId",
        "callId",
    ),
    "a running call and nothing to go on with": (
        {"call": {"bandwidth": {"callId": RUNNING["callId"]}}},
        CONTINUATION,
        "Redirect",
    ),
    "a continuation that is not well-formed": (continuing("<Redirect"), CONTINUATION, "Redirect"),
    "a continuation that is left open": (continuing("<Response><Pause/>"), CONTINUATION, "Redirect"),
    "a continuation of two documents": (
        continuing("<Response><Pause/></Response><Response/>"),
        CONTINUATION,
        "",
    ),
    "a continuation of words": (continuing("go on, please"), CONTINUATION, "Redirect"),
    "a continuation that hangs up": (continuing("<Hangup/>"), CONTINUATION, "hangs up"),
    "a continuation that hangs up first": (continuing("<Hangup/><Pause/>"), CONTINUATION, "hangs up"),
    "a continuation that runs out": (
        continuing("<SpeakSentence>Good bye.</SpeakSentence>"),
        CONTINUATION,
        "runs out",
    ),
    "an empty continuation": (continuing("<Response/>"), CONTINUATION, "runs out"),
    "a blank continuation": (continuing(" "), CONTINUATION, "runs out"),
    "a verb that there is not": (continuing("<Wait/><Pause/>"), CONTINUATION, ""),
    "a document type": (
        continuing(f'<!DOCTYPE a [<!ENTITY b "c">]><Response>{NEXT}</Response>'),
        CONTINUATION,
        "",
    ),
    "a transcription of its own": (continuing(named("mine")), CONTINUATION, ""),
    "a name over 255 characters": (continuing(named("n" * (LONGEST_NAME + 1))), CONTINUATION, ""),
    "a relative address": (continuing('<Redirect redirectUrl="/next"/>'), CONTINUATION, ""),
    "a redirection to nowhere": (continuing("<Redirect/>"), CONTINUATION, ""),
    "an endless continuation": (continuing(f"{NEXT}{' ' * 8192}"), CONTINUATION, "Redirect"),
    "a number as continuation": ({"call": {"bandwidth": PLACED | {"continueWith": 5}}}, CONTINUATION, ""),
    "a name for the transcription": (
        {"call": {"bandwidth": PLACED | {"name": "n" * (LONGEST_NAME + 1)}}},
        f"{FIELD}.name",
        "spelling",
    ),
    "a language that Bandwidth has not": (
        {"call": {"bandwidth": PLACED}, "locale": "de-DE"},
        "locale",
        "en-US, es-US, fr-FR",
    ),
    "a locale that is none": ({"call": {"bandwidth": PLACED}, "locale": "English"}, "locale", "language"),
    "a speech model": (
        {"call": {"bandwidth": PLACED}, "speechModelEndpointId": "mine"},
        "speechModelEndpointId",
        "Leave it out",
    ),
}


async def there_are(cloud: Cloud) -> tuple[list[str], list[str]]:
    """The ids of the newest session and of all calls; what becomes of those of other tests is their own affair."""
    newest = (await cloud.api("GET", "/api/sessions?limit=1")).body["sessions"]
    return [one["id"] for one in newest], [one["callId"] for one in await all_calls(cloud)]


@pytest.mark.parametrize("what", BAD_STARTS)
async def test_a_start_with(at_bandwidth: Cloud, what: str) -> None:
    body, field, remedy = BAD_STARTS[what]
    before = await there_are(at_bandwidth)
    assert_problem(await at_bandwidth.api("POST", "/api/sessions", body), 400, field, remedy)
    assert await there_are(at_bandwidth) == before


@pytest.mark.parametrize("locale", ["de-DE", "fr", "", None])
async def test_a_locale_that_bandwidth_has_not_changes_nothing(
    at_bandwidth: Cloud, locale: str | None
) -> None:
    session = await placed(at_bandwidth)
    before = await read(at_bandwidth, session), await journal(at_bandwidth, session)
    answer = await at_bandwidth.api("PATCH", f"/api/sessions/{session['id']}", {"locale": locale})
    assert_problem(answer, 400, "locale")
    assert (await read(at_bandwidth, session), await journal(at_bandwidth, session)) == before
    (made,) = (await look_at(at_bandwidth, session["callConnectionId"]))["transcriptions"]
    assert made["state"] == "active"


async def test_a_fifth_track_fails_with_a_remedy_and_the_call_goes_on(
    at_bandwidth: Cloud, other: OtherApplication
) -> None:
    call_id = await another_call(at_bandwidth, other)
    theirs = [f'<StartTranscription name="{name}" tracks="both"/>' for name in ("one", "two")]
    await push(at_bandwidth, other, call_id, *theirs)
    session = await start_at(at_bandwidth, {"callId": call_id, "continueWith": redirect_to(other)})
    failed = await reaches(at_bandwidth, session, "failed")
    assert failed["error"]["reason"] == "transcription.track-limit"
    assert "four tracks" in failed["error"]["remedy"]
    call = await look_at(at_bandwidth, call_id)
    assert (call["state"], call["running"]) == ("answered", "Pause")
    states = {one["name"]: one["state"] for one in call["transcriptions"]}
    assert (states["one"], states["two"]) == ("active", "active")


async def test_a_name_that_is_taken_is_left_to_its_owner_and_another_is_used(
    at_bandwidth: Cloud, other: OtherApplication
) -> None:
    session = await joined(at_bandwidth, other)
    call_id = session["callConnectionId"]
    await stopped(at_bandwidth, session)
    assert await is_alive(at_bandwidth, session)
    taken = f"{session['id']}-2"
    await push(at_bandwidth, other, call_id, f'<StartTranscription name="{taken}"/>')
    answer = await at_bandwidth.api("POST", f"/api/sessions/{session['id']}/start")
    assert answer.status == 202
    await reaches(at_bandwidth, session, "active")
    made = (await look_at(at_bandwidth, call_id))["transcriptions"]
    assert [one["cause"] for one in made if one["name"] == taken].count("duplicate") == 1
    assert (made[-1]["name"], made[-1]["state"]) == (f"{session['id']}-3", "active")
