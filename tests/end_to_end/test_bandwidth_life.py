"""Calls at Bandwidth from their first ring to their end, through every door of the product."""

import asyncio

import pytest

from local.other_application import OtherApplication
from local.viewer import Viewer
from tests.end_to_end.bandwidth_calls import (
    ALONE,
    GOING_ON,
    NOT_OURS,
    OURS,
    another_call,
    answered,
    is_alive,
    joined,
    look_at,
    placed,
    plan_of,
    redirect_to,
    ring,
    speak,
    start_at,
    steer,
)
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.sessions import Session, over, reaches, read, stopped, stores, transcript
from tests.end_to_end.test_what_logs_never_hold import holding


async def heard(cloud: Cloud, session: Session, text: str, speaker: str) -> None:
    """Somebody says something, and it is stored."""
    await speak(cloud, session, speaker, text)

    async def is_stored() -> bool:
        lines = (await transcript(cloud, session))["segments"]
        return any(line.get("text") == text for line in lines)

    await eventually(is_stored)


def callee_of(session: Session) -> str:
    """Whom we called."""
    number: str = session["call"]["to"][0]
    return number.removeprefix("4:")


async def test_a_placed_call_is_read_along_stopped_taken_up_and_over_when_they_hang_up(
    at_bandwidth: Cloud,
) -> None:
    cloud = at_bandwidth
    session = await placed(cloud, tag="life")
    callee = callee_of(session)
    viewer, ready = Viewer(cloud.viewer_api(), session["id"]), asyncio.Event()
    watching = asyncio.create_task(viewer.watch(ready))
    await ready.wait()
    await heard(cloud, session, "Good morning.", callee)
    await heard(cloud, session, "Good morning to you.", OURS)

    async def came_live() -> bool:
        return len(viewer.live) == 2

    await eventually(came_live)
    watching.cancel()
    await asyncio.wait([watching])
    ended = await stopped(cloud, session)
    assert (ended["cause"], ended.get("error")) == ("closed", None)
    assert await is_alive(cloud, session)
    answer = await cloud.api("POST", f"/api/sessions/{session['id']}/start")
    assert answer.status == 202
    await reaches(cloud, session, "active")
    await heard(cloud, session, "There you are again.", callee)
    await steer(cloud, f"calls/{session['callConnectionId']}/hangup")
    ended = await over(cloud, session)
    assert (ended["cause"], ended.get("error")) == ("closed", None)
    lines = (await transcript(cloud, session))["segments"]
    assert [line.get("text", "a gap") for line in lines] == [
        *("Good morning.", "Good morning to you."),
        *("a gap", "There you are again."),
    ]
    speakers = [line["speaker"] for line in lines if "gap" not in line]
    us, them = {"id": "outbound", "name": OURS}, {"id": "inbound", "name": callee}
    assert speakers == [them, us, them]


@pytest.mark.parametrize(("number", "locale"), [(ALONE, "fr-FR"), (GOING_ON, "en-US")])
async def test_a_call_that_rings_is_answered_by_its_rule_and_over_when_they_hang_up(
    at_bandwidth: Cloud, number: str, locale: str
) -> None:
    session = await answered(at_bandwidth, number)
    assert session["locale"] == locale
    await heard(at_bandwidth, session, "Is anybody there?", number)
    call = await look_at(at_bandwidth, session["callConnectionId"])
    await steer(at_bandwidth, f"calls/{session['callConnectionId']}/hangup")
    ended = await over(at_bandwidth, session)
    assert (ended["cause"], ended.get("error")) == ("closed", None)
    assert ended["speakers"] == {"inbound": call["from"], "outbound": number}


@pytest.mark.parametrize("number", [NOT_OURS, "+15550100099"])
async def test_a_call_that_no_rule_wants_is_hung_up_and_has_no_session(
    at_bandwidth: Cloud, number: str
) -> None:
    call_id = await ring(at_bandwidth, number)

    async def is_over() -> bool:
        return bool((await look_at(at_bandwidth, call_id))["endedAt"])

    await eventually(is_over)
    found = await at_bandwidth.api("GET", f"/api/sessions?callConnectionId={call_id}")
    assert found.body["sessions"] == []


async def test_another_applications_call_is_back_in_its_hands_after_every_request(
    at_bandwidth: Cloud, other: OtherApplication
) -> None:
    cloud = at_bandwidth
    session = await joined(cloud, other)
    call_id = session["callConnectionId"]

    async def given_back(times: int) -> None:
        async def has_it() -> bool:
            return other.redirected[call_id] == times and await is_waiting()

        await eventually(has_it)

    async def is_waiting() -> bool:
        return bool((await look_at(cloud, call_id))["running"] == "Pause")

    await given_back(1)
    assert (await cloud.api("PATCH", f"/api/sessions/{session['id']}", {"locale": "fr-FR"})).status == 202

    async def in_french() -> bool:
        found = await read(cloud, session)
        return (found["state"], found["locale"]) == ("active", "fr-FR") and other.redirected[call_id] == 3

    await eventually(in_french)
    await given_back(3)  # by the stop, and by the start in the new locale
    await stopped(cloud, session)
    await given_back(4)
    assert await is_alive(cloud, session)
    await cloud.api("POST", f"/api/sessions/{session['id']}/start")
    await reaches(cloud, session, "active")
    await given_back(5)
    assert (await look_at(cloud, call_id))["endedAt"] is None


async def test_a_call_is_transcribed_by_one_session_however_often_it_is_asked_for(
    at_bandwidth: Cloud, other: OtherApplication
) -> None:
    session = await joined(at_bandwidth, other)
    call = {"bandwidth": {"callId": session["callConnectionId"], "continueWith": redirect_to(other)}}
    again = await at_bandwidth.api("POST", "/api/sessions", {"call": call})
    assert (again.status, again.body["id"]) == (200, session["id"])
    made = (await look_at(at_bandwidth, session["callConnectionId"]))["transcriptions"]
    assert len(made) == 1


async def test_after_a_broken_socket_words_come_again_behind_a_gap(at_bandwidth: Cloud) -> None:
    session = await placed(at_bandwidth)
    callee = callee_of(session)
    await heard(at_bandwidth, session, "Before.", callee)
    await steer(at_bandwidth, f"calls/{session['callConnectionId']}/drop-socket")

    async def is_transcribed_anew() -> bool:
        made = (await look_at(at_bandwidth, session["callConnectionId"]))["transcriptions"]
        return [one["state"] for one in made] == ["stopped", "active"]

    await eventually(is_transcribed_anew)
    await heard(at_bandwidth, session, "After.", callee)
    lines = (await transcript(at_bandwidth, session))["segments"]
    assert [line.get("text", "a gap") for line in lines] == ["Before.", "a gap", "After."]


async def test_a_call_that_is_over_cannot_be_joined_and_says_why(
    at_bandwidth: Cloud, other: OtherApplication
) -> None:
    call_id = await another_call(at_bandwidth, other)
    await steer(at_bandwidth, f"calls/{call_id}/hangup")
    session = await start_at(at_bandwidth, {"callId": call_id, "continueWith": redirect_to(other)})
    failed = await reaches(at_bandwidth, session, "failed")
    assert failed["error"]["reason"] == "api.404"
    assert "while there is a call" in failed["error"]["remedy"]


async def test_no_log_holds_a_word_or_a_secret_of_a_call_at_bandwidth(at_bandwidth: Cloud) -> None:
    session = await placed(at_bandwidth)
    await speak(at_bandwidth, session, OURS, "Zwetschgenknödel for everybody.")
    await stores(at_bandwidth, session, 1)
    await stopped(at_bandwidth, session)
    plan = plan_of(at_bandwidth)
    for secret in ("Zwetschgenknödel", plan.webhook_password, plan.client_secret):
        assert holding(at_bandwidth, secret) == []
