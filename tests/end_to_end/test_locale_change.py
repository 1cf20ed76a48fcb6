"""Another locale for a session that runs: words go on in order, each segment in the locale of its moment."""

import asyncio

import pytest

from local.viewer import Viewer
from tests.end_to_end.calls import ADA, Call, connections_of, held_back, make_call, speak, was_received
from tests.end_to_end.cloud import Answer, Cloud, eventually
from tests.end_to_end.phones import answered, new_phone, placed
from tests.end_to_end.sessions import (
    Session,
    names,
    reaches,
    read,
    start,
    stopped,
    stores,
    transcribed,
    transcript,
)
from tests.end_to_end.test_bad_input import assert_problem
from tests.waiting import until

BEFORE, AFTER = "This was said before.", "Und das danach."


async def change(cloud: Cloud, session: Session, locale: object) -> Answer:
    """The answer to the wish for another locale."""
    return await cloud.api("PATCH", f"/api/sessions/{session['id']}", {"locale": locale})


async def transcribes_in(cloud: Cloud, call: Call, session: Session, locale: str) -> None:
    """Waits until ACS transcribes in that locale, and the session knows."""

    async def look() -> bool:
        connections = await connections_of(cloud, call)
        really = any(one["transcribing"] and one["locale"] == locale for one in connections)
        found = await read(cloud, session)
        return really and (found["state"], found["locale"]) == ("active", locale)

    await eventually(look)


async def say(cloud: Cloud, call: Call, text: str, speaker: str) -> None:
    """Somebody says something, and it arrives."""
    await speak(cloud, call, text, speaker)
    await was_received(cloud, call, text)


async def in_call_by(cloud: Cloud, way: str) -> tuple[Call, Session, str]:
    """A session that got into its call in that way, and somebody who is in it."""
    if way == "joined":
        return *(await transcribed(cloud)), ADA
    phone = new_phone()
    if way == "placed":
        return *(await placed(cloud, phone)), f"4:{phone}"
    return *(await answered(cloud, **{"from": phone})), f"4:{phone}"


@pytest.mark.parametrize("way", ["joined", "placed", "answered"])
async def test_each_segment_has_the_locale_of_its_moment_and_the_order_holds(cloud: Cloud, way: str) -> None:
    call, session, speaker = await in_call_by(cloud, way)
    former = session["locale"]
    await say(cloud, call, BEFORE, speaker)
    changed = await change(cloud, session, "de-de")
    assert (changed.status, changed.body["locale"]) == (202, "de-DE")
    await transcribes_in(cloud, call, session, "de-DE")
    await say(cloud, call, AFTER, speaker)
    await stores(cloud, session, 2)
    segments = [one for one in (await transcript(cloud, session))["segments"] if "text" in one]
    assert [(one["text"], one["locale"]) for one in segments] == [(BEFORE, former), (AFTER, "de-DE")]
    assert segments[0]["offsetMs"] + segments[0]["durationMs"] <= segments[1]["offsetMs"]


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_where_acs_can_it_changes_in_place(cloud: Cloud, way: str) -> None:
    call, session, _ = await in_call_by(cloud, way)
    await change(cloud, session, "de-DE")
    await transcribes_in(cloud, call, session, "de-DE")
    happened = await names(cloud, session)
    assert "transcription-updated" in happened
    assert "transcription-stopped" not in happened


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_a_change_in_place_leaves_no_gap(cloud: Cloud, way: str) -> None:
    call, session, speaker = await in_call_by(cloud, way)
    await say(cloud, call, BEFORE, speaker)
    await change(cloud, session, "de-DE")
    await transcribes_in(cloud, call, session, "de-DE")
    await say(cloud, call, AFTER, speaker)
    await stores(cloud, session, 2)
    assert not any("gap" in one for one in (await transcript(cloud, session))["segments"])


async def test_on_a_call_that_was_joined_it_stops_and_starts_on_the_same_connection(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await change(cloud, session, "de-DE")
    await transcribes_in(cloud, call, session, "de-DE")
    happened = await names(cloud, session)
    assert happened.count("transcription-started") == 2
    assert happened.count("transcription-stopped") == 1
    (connection,) = await connections_of(cloud, call)
    assert connection["state"] == "connected"


@pytest.mark.parametrize("way", ["joined", "placed"])
async def test_captions_go_on_for_who_reads_along(cloud: Cloud, way: str) -> None:
    call, session, speaker = await in_call_by(cloud, way)
    viewer = Viewer(cloud.viewer_api(), session["id"])
    joined = asyncio.Event()
    watching = asyncio.create_task(viewer.watch(joined))
    try:
        await asyncio.wait_for(joined.wait(), 20)
        await say(cloud, call, BEFORE, speaker)
        await change(cloud, session, "fr-FR")
        await transcribes_in(cloud, call, session, "fr-FR")
        await say(cloud, call, AFTER, speaker)
        await until(lambda: len(viewer.live) == 2)
        await until(lambda: viewer.session.get("locale") == "fr-FR")
        assert set(viewer.shown.values()) == {1}
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def test_the_locale_that_it_has_already_sets_nothing_in_motion(cloud: Cloud) -> None:
    _, session = await transcribed(cloud, locale="en-GB")
    answer = await change(cloud, session, "en-GB")
    assert (answer.status, answer.body["locale"]) == (200, "en-GB")
    assert "locale-requested" not in await names(cloud, session)


async def test_one_change_after_the_other_ends_in_the_last(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    for locale in ("de-DE", "fr-FR", "it-IT"):
        assert (await change(cloud, session, locale)).status == 202
    await transcribes_in(cloud, call, session, "it-IT")


async def test_a_change_while_it_connects_is_the_locale_it_begins_in(cloud: Cloud) -> None:
    call = await make_call(cloud)
    async with held_back(cloud, "CallConnected"):
        session = await start(cloud, call.by_group)
        assert (await change(cloud, session, "pt-BR")).status == 202
    await transcribes_in(cloud, call, session, "pt-BR")
    assert (await names(cloud, session)).count("transcription-started") == 1


@pytest.mark.parametrize("locale", ["de", "German", "", "de-DE-KatjaNeural", 5, None])
async def test_a_locale_that_is_none_is_named(cloud: Cloud, locale: object) -> None:
    _, session = await transcribed(cloud)
    assert_problem(await change(cloud, session, locale), 400, "locale")
    assert (await read(cloud, session))["locale"] == "en-US"


async def test_a_session_that_has_ended_says_what_to_do_first(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    await stopped(cloud, session)
    refused = await change(cloud, session, "de-DE")
    assert refused.status == 409
    assert "/start" in refused.body["remedy"]


async def test_a_stop_in_the_midst_of_a_change_ends_the_session(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await change(cloud, session, "de-DE")
    await cloud.api("POST", f"/api/sessions/{session['id']}/stop")
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]
