"""Lists and transcripts: filtered, page by page, each thing once; WebVTT that a real reader takes."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import webvtt

from tests.end_to_end.calls import ADA, BEN, line, make_call
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import (
    Session,
    reaches,
    read,
    start,
    stopped,
    stores,
    texts,
    transcribed,
    transcript,
)
from tests.end_to_end.test_bad_input import assert_problem

SCRIPT = [
    line(number * 900, f"This is sentence {number}.", (ADA, BEN)[number % 2], 800) for number in range(9)
]


async def listed(cloud: Cloud, query: str) -> Any:
    """A page of sessions."""
    answer = await cloud.api("GET", f"/api/sessions?{query}")
    assert answer.status == 200, answer.text
    return answer.body


async def talked(cloud: Cloud, **more: Any) -> Session:
    """A session in whose call the whole script was said."""
    call = await make_call(cloud, SCRIPT)
    session = await start(cloud, call.by_group, **more)
    await stores(cloud, session, len(SCRIPT))
    return await stopped(cloud, session)


async def test_the_newest_sessions_come_first_page_by_page_each_once(cloud: Cloud) -> None:
    tag = uuid4().hex
    made = [(await transcribed(cloud, tag=tag))[1]["id"] for _ in range(5)]
    found: list[str] = []
    query = f"tag={tag}&limit=2"
    sizes = []
    while query:
        page = await listed(cloud, query)
        found += [session["id"] for session in page["sessions"]]
        sizes.append(len(page["sessions"]))
        query = f"tag={tag}&limit=2&cursor={page['next']}" if "next" in page else ""
    assert found == made[::-1]
    assert sizes[:3] == [2, 2, 1]
    assert not any(sizes[3:])  # pages that look at the sessions of other tests


@pytest.mark.parametrize("field", ["callConnectionId", "serverCallId", "groupCallId", "tag", "state"])
async def test_a_filter_shows_what_it_names_and_nothing_else(cloud: Cloud, field: str) -> None:
    tag = uuid4().hex
    _, session = await transcribed(cloud, tag=tag)
    _, other = await transcribed(cloud, tag=uuid4().hex)
    await stopped(cloud, other)
    value = session["call"]["groupCallId"] if field == "groupCallId" else session[field]
    sessions = (await listed(cloud, urlencode({field: value, "limit": 100})))["sessions"]
    ids = [one["id"] for one in sessions]
    assert session["id"] in ids
    assert other["id"] not in ids


async def test_two_filters_must_both_hold(cloud: Cloud) -> None:
    tag = uuid4().hex
    _, session = await transcribed(cloud, tag=tag)
    assert [one["id"] for one in (await listed(cloud, f"tag={tag}&state=active"))["sessions"]] == [
        session["id"]
    ]
    assert (await listed(cloud, f"tag={tag}&state=stopped"))["sessions"] == []


async def test_a_session_that_was_started_by_its_server_call_is_listed_by_it(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_server), "active")
    page = await listed(cloud, urlencode(call.by_server))
    assert [one["id"] for one in page["sessions"]] == [session["id"]]


async def test_a_transcript_page_by_page_is_the_whole_in_order(cloud: Cloud) -> None:
    session = await talked(cloud)
    whole = (await transcript(cloud, session))["segments"]
    assert [one["text"] for one in whole] == [one["text"] for one in SCRIPT]
    found: list[Any] = []
    query = "?limit=4"
    while query:
        page = await transcript(cloud, session, query)
        assert len(page["segments"]) <= 4
        found += page["segments"]
        query = f"?limit=4&cursor={page['next']}" if "next" in page else ""
    assert found == whole


async def test_a_journal_page_by_page_is_the_whole_in_order(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    path = f"/api/sessions/{session['id']}/events"
    whole = (await cloud.api("GET", path)).body
    assert len(whole["events"]) > 4
    assert "next" not in whole
    found: list[Any] = []
    query = "?limit=2"
    while query:
        page = (await cloud.api("GET", path + query)).body
        assert len(page["events"]) <= 2
        found += page["events"]
        query = f"?limit=2&cursor={page['next']}" if "next" in page else ""
    assert found == whole["events"]


async def test_since_gives_what_may_be_new_and_every_later_segment(cloud: Cloud) -> None:
    session = await talked(cloud)
    whole = (await transcript(cloud, session))["segments"]
    since = await transcript(cloud, session, f"?since={whole[4]['segmentId']}")
    assert [one["segmentId"] for one in since["segments"]][-4:] == [one["segmentId"] for one in whole][-4:]


async def test_a_cursor_of_another_session_is_refused(cloud: Cloud) -> None:
    one, other = await talked(cloud), await talked(cloud)
    cursor = (await transcript(cloud, one, "?limit=1"))["next"]
    answer = await cloud.api("GET", f"/api/sessions/{other['id']}/transcript?cursor={cursor}")
    assert_problem(answer, 400, "cursor", "Leave cursor out")


async def test_segments_bear_who_spoke_when_and_in_which_locale(cloud: Cloud) -> None:
    session = await talked(cloud, locale="EN-gb", speakers={ADA: "Ada", BEN: "Ben & Söhne <GmbH>"})
    assert session["locale"] == "en-GB"
    lines = (await transcript(cloud, session))["segments"]
    assert {one["locale"] for one in lines} == {"en-GB"}
    assert {one["speaker"]["name"] for one in lines} == {"Ada", "Ben & Söhne <GmbH>"}
    assert [one["seq"] for one in lines] == list(range(1, len(SCRIPT) + 1))
    assert [one["offsetMs"] for one in lines] == sorted(one["offsetMs"] for one in lines)
    assert all(one["words"] and one["durationMs"] > 0 and one["confidence"] for one in lines)


@pytest.mark.parametrize("way", ["?format=vtt", "Accept"])
async def test_webvtt_is_read_by_a_real_reader(cloud: Cloud, way: str) -> None:
    session = await talked(cloud, speakers={ADA: "Ada", BEN: "Ben & Söhne <GmbH>"})
    url = f"{cloud.stack.plan.functions_url}/api/sessions/{session['id']}/transcript"
    headers = {"x-functions-key": cloud.stack.plan.host_key}
    if way == "Accept":
        answer = await cloud.ask("GET", url, headers=headers | {"Accept": "text/vtt"})
    else:
        answer = await cloud.ask("GET", url + way, headers=headers)
    assert answer.headers["Content-Type"].startswith("text/vtt")
    captions = webvtt.from_string(answer.text).captions
    assert [caption.text for caption in captions] == [one["text"] for one in SCRIPT]
    assert captions[0].voice == "Ada"
    starts = [caption.start_in_seconds for caption in captions]
    assert starts == sorted(starts)


async def test_an_empty_transcript_is_empty_in_every_format(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    assert await texts(cloud, session) == []
    answer = await cloud.api("GET", f"/api/sessions/{session['id']}/transcript?format=vtt")
    assert answer.text == "WEBVTT\n\n"
    assert (await read(cloud, session))["state"] == "active"
