"""Who speaks: names come from Event Grid whenever it tells them, users give others, and these win."""

import asyncio
from uuid import uuid4

import pytest
import webvtt

from local.viewer import Viewer
from tests.end_to_end.calls import ADA, BEN, Call, joins, line, steer
from tests.end_to_end.cloud import Answer, Cloud, eventually
from tests.end_to_end.event_grid import cloud_event, deliver, delivered, disturb_events
from tests.end_to_end.sessions import (
    Session,
    known_people,
    reaches,
    read,
    start,
    stores,
    transcribed,
    transcript,
)
from tests.end_to_end.test_bad_input import assert_problem
from tests.waiting import until

NAMED = [{"rawId": ADA, "displayName": "Ada Lovelace"}, {"rawId": BEN, "displayName": "Ben"}]
SCRIPT = [line(0, "Who am I?"), line(2500, "And I?", BEN)]


async def call_of_named_people(cloud: Cloud) -> Call:
    """A call of which Event Grid tells who is in it, and has done so."""
    group = str(uuid4())
    given = {
        "groupCallId": group,
        "speakers": NAMED,
        "script": SCRIPT,
        "startScript": "on-transcription",
        "speed": 20,
    }
    made = await steer(cloud, "/sim/calls", given)
    await delivered(cloud, made["serverCallId"], "CallParticipantAdded", times=2)
    return Call(made["simId"], group, made["serverCallId"])


async def names_of(cloud: Cloud, session: Session) -> list[str]:
    """The names of those who spoke, in order."""
    return [one["speaker"].get("name", "") for one in (await transcript(cloud, session))["segments"]]


async def name(cloud: Cloud, session: Session, names: object) -> Answer:
    """The answer to names that a user gives."""
    return await cloud.api("PUT", f"/api/sessions/{session['id']}/speakers", names)


async def is_known(cloud: Cloud, session: Session, raw_id: str) -> bool:
    """Whether ACS's own callback told the session as well that they came."""
    return raw_id in await known_people(cloud, session)


async def shows(cloud: Cloud, session: Session, names: dict[str, str]) -> None:
    """Waits until the session has these names, among others."""

    async def look() -> bool:
        shown: dict[str, str] = (await read(cloud, session))["speakers"]
        return names.items() <= shown.items()

    await eventually(look)


async def test_a_name_that_came_before_the_session_is_in_it(cloud: Cloud) -> None:
    call = await call_of_named_people(cloud)
    session = await start(cloud, call.by_group)
    await stores(cloud, session, 2)
    assert await names_of(cloud, session) == ["Ada Lovelace", "Ben"]
    assert (await read(cloud, session))["speakers"] == {ADA: "Ada Lovelace", BEN: "Ben"}


async def test_a_name_that_comes_while_it_runs_is_in_it(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    newcomer = f"8:acs:{uuid4()}_{uuid4()}"
    await joins(cloud, call, newcomer, "Grace")
    await shows(cloud, session, {newcomer: "Grace"})


async def test_a_name_of_which_event_grid_tells_twice_and_late_is_one_change(steady: Cloud) -> None:
    await disturb_events(steady, repeat=1.0, shuffle=200)
    call, session = await transcribed(steady)
    newcomer = f"8:acs:{uuid4()}_{uuid4()}"
    await joins(steady, call, newcomer, "Grace")
    await shows(steady, session, {newcomer: "Grace"})
    await eventually(lambda: is_known(steady, session, newcomer))
    before = await read(steady, session)
    await delivered(steady, call.server_call_id, "CallParticipantAdded", times=6)
    assert (await read(steady, session))["revision"] == before["revision"]


async def test_a_name_in_a_cloud_event_is_understood_too(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    data = {
        "serverCallId": call.server_call_id,
        "user": {"communicationIdentifier": {"rawId": ADA, "communicationUser": {"id": ADA}}},
        "displayName": "Ada\nLovelace ",
    }
    assert (await deliver(cloud, cloud_event("CallParticipantAdded", data))).status == 200
    assert (await read(cloud, session))["speakers"] == {ADA: "Ada Lovelace"}


async def test_what_users_say_wins_over_what_event_grid_tells(cloud: Cloud) -> None:
    call = await call_of_named_people(cloud)
    session = await start(cloud, call.by_group, speakers={BEN: "Benjamin"})
    await stores(cloud, session, 2)
    assert await names_of(cloud, session) == ["Ada Lovelace", "Benjamin"]


async def test_names_that_a_user_gives_show_at_a_viewer_at_once_and_in_the_subtitles(cloud: Cloud) -> None:
    call = await call_of_named_people(cloud)
    session = await start(cloud, call.by_group)
    await stores(cloud, session, 2)
    viewer = Viewer(cloud.viewer_api(), session["id"])
    joined = asyncio.Event()
    watching = asyncio.create_task(viewer.watch(joined))
    try:
        await asyncio.wait_for(joined.wait(), 20)
        answer = await name(cloud, session, {ADA: "Augusta", BEN: "Ben & Söhne <GmbH>"})
        assert answer.status == 200
        assert answer.body["speakers"] == {ADA: "Augusta", BEN: "Ben & Söhne <GmbH>"}
        await until(lambda: viewer.session.get("speakers") == answer.body["speakers"])
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    subtitles = await cloud.api("GET", f"/api/sessions/{session['id']}/transcript?format=vtt")
    voices = [caption.voice for caption in webvtt.from_string(subtitles.text).captions]
    assert voices[0] == "Augusta"
    assert await names_of(cloud, session) == ["Augusta", "Ben & Söhne <GmbH>"]


async def test_names_take_the_place_of_those_that_a_user_gave_before(cloud: Cloud) -> None:
    _, session = await transcribed(cloud, speakers={ADA: "Ada", BEN: "Ben"})
    assert (await name(cloud, session, {BEN: "Benjamin"})).body["speakers"] == {BEN: "Benjamin"}


async def test_names_can_be_given_after_the_end(cloud: Cloud) -> None:
    call = await call_of_named_people(cloud)
    session = await start(cloud, call.by_group)
    await stores(cloud, session, 2)
    await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    await reaches(cloud, session, "stopped")
    assert (await name(cloud, session, {ADA: "Augusta"})).status == 200
    assert await names_of(cloud, session) == ["Augusta", "Ben"]


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (["Ada"], "body"),
        ({ADA: ""}, ADA[:80]),
        ({ADA: "A" * 257}, ADA[:80]),
        ({ADA: "two\nlines"}, ADA[:80]),
        ({ADA: 5}, ADA[:80]),
        ({f"8:acs:{n}": "A" for n in range(501)}, "body"),
        (b"no json", "body"),
    ],
)
async def test_names_that_cannot_be_taken_change_nothing(cloud: Cloud, names: object, field: str) -> None:
    _, session = await transcribed(cloud, speakers={ADA: "Ada"})
    assert_problem(await name(cloud, session, names), 400, field)
    assert (await read(cloud, session))["speakers"] == {ADA: "Ada"}


async def change(cloud: Cloud, session: Session, changes: object) -> Answer:
    """The answer to changes of names."""
    return await cloud.api("PATCH", f"/api/sessions/{session['id']}/speakers", changes)


async def test_two_who_name_people_at_once_lose_nothing(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    ids = [f"8:acs:{number}" for number in range(6)]
    answers = await asyncio.gather(*(change(cloud, session, {raw_id: "Somebody"}) for raw_id in ids))
    assert [answer.status for answer in answers] == [200] * len(ids)
    assert (await read(cloud, session))["speakers"] == dict.fromkeys(ids, "Somebody")


async def test_a_name_that_is_taken_back_is_again_what_event_grid_told(cloud: Cloud) -> None:
    call = await call_of_named_people(cloud)
    session = await start(cloud, call.by_group, speakers={ADA: "Augusta", BEN: "Benjamin"})
    await stores(cloud, session, 2)
    assert (await change(cloud, session, {ADA: None})).body["speakers"] == {
        ADA: "Ada Lovelace",
        BEN: "Benjamin",
    }
    assert await names_of(cloud, session) == ["Ada Lovelace", "Benjamin"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (["Ada"], "body"),
        ({ADA: ""}, ADA[:80]),
        ({ADA: False}, ADA[:80]),
        ({"": None}, "body"),
        ({f"8:acs:{n}": "A" for n in range(500)}, "body"),
    ],
)
async def test_changes_of_names_that_cannot_be_taken_change_nothing(
    cloud: Cloud, changes: object, field: str
) -> None:
    _, session = await transcribed(cloud, speakers={ADA: "Ada"})
    assert_problem(await change(cloud, session, changes), 400, field)
    assert (await read(cloud, session))["speakers"] == {ADA: "Ada"}
