"""Rooms are joined, numbers and users are rung; the transcription starts when it was asked to."""

from typing import Any

import pytest

from tests.end_to_end.calls import ADA, NEVER, connections_of, hang_up, line, make_room, speak
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.phones import OURS, call_of, instruct, new_phone, new_user, people_in, placed
from tests.end_to_end.sessions import reaches, start, stopped, stores

SCRIPT = [line(number * 1000, f"Sentence number {number}.", duration=900) for number in range(4)]
WORDS = [one["text"] for one in SCRIPT]


def unspoken(script: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The script of whoever picks up."""
    return [{key: value for key, value in one.items() if key != "speaker"} for one in script]


@pytest.mark.parametrize("start_at", ["connected", "setup"])
async def test_a_room_is_transcribed_to_its_end(cloud: Cloud, start_at: str) -> None:
    call = await make_room(cloud, SCRIPT)
    session = await start(cloud, call.by_room, startAt=start_at)
    assert (session["call"], session["startAt"]) == (call.by_room, start_at)
    assert await stores(cloud, session, len(SCRIPT)) == WORDS
    await hang_up(cloud, call)
    assert (await reaches(cloud, session, "stopped"))["cause"] == "closed"


async def test_a_start_of_a_room_that_is_transcribed_gets_its_session(cloud: Cloud) -> None:
    call = await make_room(cloud)
    session = await reaches(cloud, await start(cloud, call.by_room), "active")
    for locator in (call.by_room, call.by_server):
        again = await cloud.api("POST", "/api/sessions", {"call": locator})
        assert (again.status, again.body["id"]) == (200, session["id"])
    assert len(await connections_of(cloud, call)) == 1
    listed = (await cloud.api("GET", f"/api/sessions?roomId={call.room}")).body["sessions"]
    assert [one["id"] for one in listed] == [session["id"]]


@pytest.mark.parametrize("start_at", ["connected", "setup"])
async def test_a_number_is_rung_and_what_its_owner_says_is_transcribed(cloud: Cloud, start_at: str) -> None:
    number = new_phone()
    await instruct(cloud, number, unspoken(SCRIPT))
    session = await start(cloud, {"to": [number], "from": OURS}, startAt=start_at)
    assert session["call"] == {"to": [f"4:{number}"], "from": OURS}
    assert await stores(cloud, session, len(SCRIPT)) == WORDS
    call = await call_of(cloud, session)
    assert f"4:{number}" in await people_in(cloud, call)
    (connection,) = await connections_of(cloud, call)
    assert (connection["kind"], connection["transcribing"]) == ("create", True)


async def test_a_user_is_rung_without_a_number(cloud: Cloud) -> None:
    user = new_user()
    await instruct(cloud, user, unspoken(SCRIPT))
    session = await start(cloud, {"to": [user]})
    assert await stores(cloud, session, len(SCRIPT)) == WORDS
    assert user in await people_in(cloud, await call_of(cloud, session))


async def test_several_are_rung_at_once(cloud: Cloud) -> None:
    people = [new_phone(), new_user()]
    call, session = await placed(cloud, *people)

    async def all_there() -> bool:
        return {f"4:{people[0]}", people[1]} <= await people_in(cloud, call)

    await eventually(all_there)
    assert len(await connections_of(cloud, call)) == 1
    await speak(cloud, call, "Both of you?", people[1])
    assert await stores(cloud, session, 1) == ["Both of you?"]


async def test_two_calls_to_the_same_number_are_two_sessions(cloud: Cloud) -> None:
    number = new_phone()
    _, first = await placed(cloud, number)
    _, second = await placed(cloud, number)
    assert first["id"] != second["id"]
    assert first["serverCallId"] != second["serverCallId"]


async def test_a_number_that_does_not_answer_ends_the_session_with_a_remedy(cloud: Cloud) -> None:
    number = new_phone()
    await instruct(cloud, number, picksUp=False, speed=200)
    session = await start(cloud, {"to": [number], "from": OURS})
    failed = await reaches(cloud, session, "failed")
    assert (failed["error"]["code"], failed["error"]["subCode"]) == (487, 10004)
    assert "expect the call" in failed["error"]["remedy"]


async def test_a_call_that_still_rings_is_hung_up_by_a_stop(cloud: Cloud) -> None:
    number = new_phone()
    await instruct(cloud, number, timings={"connected": NEVER})
    session = await start(cloud, {"to": [number], "from": OURS})
    assert session["state"] == "connecting"
    assert (await stopped(cloud, session))["cause"] == "closed"


async def test_callees_keep_their_raw_ids_as_speakers(cloud: Cloud) -> None:
    number = new_phone()
    call, session = await placed(cloud, number, speakers={f"4:{number}": "The caller", ADA: "Ada"})
    await speak(cloud, call, "It is me.", f"4:{number}")
    await stores(cloud, session, 1)
    page = (await cloud.api("GET", f"/api/sessions/{session['id']}/transcript")).body
    assert page["segments"][0]["speaker"] == {"id": f"4:{number}", "name": "The caller"}
