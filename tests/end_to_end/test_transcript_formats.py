"""A transcript in every format, by name and by type; searched, lined up with a recording, kept once it has ended."""

import html
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
import srt
import webvtt
from markdown_it import MarkdownIt

from tests.end_to_end.calls import ADA, BEN, line, make_call
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.sessions import Session, over, reaches, start, stop, stopped, stores, transcript
from tests.end_to_end.test_bad_input import assert_problem
from tests.end_to_end.test_viewer_door import access, reads

LONG = (
    "So the thing we have to decide today is when the next release can go out, and who tells them about it."
)
SCRIPT = [
    line(0, "Good morning <everybody> & welcome.", ADA, 10_000),
    line(12_000, LONG, BEN, 24_000),
    line(40_000, "Could we move the boat before noon?", ADA, 10_000),
    line(52_000, "# Café au lait --> please", BEN, 10_000),
]
TEXTS = [one["text"] for one in SCRIPT]


async def talked(cloud: Cloud) -> Session:
    """A session in whose call the whole script was said, at its end; one of two people has a name."""
    call = await make_call(cloud, SCRIPT)
    session = await start(cloud, call.by_group, tag="weekly", speakers={ADA: "Ada"})
    await stores(cloud, session, len(SCRIPT))
    await stop(cloud, session)
    return await over(cloud, session)


@pytest.fixture(scope="module")
async def session(lasting_cloud: Cloud) -> Session:
    """The same for all tests that only read it."""
    return await talked(lasting_cloud)


async def gets(
    cloud: Cloud, session: Session, query: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """The transcript with headers."""
    url = f"{cloud.stack.plan.functions_url}/api/sessions/{session['id']}/transcript{query}"
    key = {"x-functions-key": cloud.stack.plan.host_key}
    return await cloud.ask("GET", url, headers=key | dict(headers or {}))


def squeezed(text: str) -> str:
    return "".join(text.split())


async def test_every_format_is_had_by_name_and_by_type(cloud: Cloud, session: Session) -> None:
    types = {
        "vtt": "text/vtt",
        "srt": "application/x-subrip",
        "txt": "text/plain",
        "md": "text/markdown",
        "json": "application/json",
    }
    for form, media_type in types.items():
        named = await gets(cloud, session, f"?format={form}")
        accepted = await gets(cloud, session, headers={"Accept": f"{media_type}, */*;q=0.1"})
        assert named.status == accepted.status == 200
        assert named.headers["Content-Type"].replace("; charset=utf-8", "") == media_type
        assert ("charset=utf-8" in named.headers["Content-Type"]) == (form != "json")
        assert named.text == accepted.text
        assert f"weekly.{form}" in named.headers.get("Content-Disposition", "weekly.json")


async def test_subtitles_are_read_by_real_readers(cloud: Cloud, session: Session) -> None:
    captions = webvtt.from_string((await gets(cloud, session, "?format=vtt")).text, strict=True).captions
    said = html.unescape("".join(one.raw_text for one in captions))
    for name in ("Ada", "Speaker 2"):
        said = said.replace(f"<v {name}>", "")
    assert squeezed(said) == squeezed("".join(TEXTS))
    assert {one.voice for one in captions} == {"Ada", "Speaker 2"}
    lines = [text for one in captions for text in one.text.split("\n")]
    assert max(len(html.unescape(text)) for text in lines) <= 42
    subtitles = list(srt.parse((await gets(cloud, session, "?format=srt")).text))
    expected = ["Ada:", TEXTS[0], "Speaker 2:", TEXTS[1], "Ada:", TEXTS[2], "Speaker 2:", TEXTS[3]]
    shown = "".join(html.unescape(one.content) for one in subtitles)
    assert squeezed(shown) == squeezed("".join(expected))
    assert [one.index for one in subtitles] == list(range(1, len(subtitles) + 1))


async def test_texts_begin_with_which_call_it_was_and_hold_no_raw_id(cloud: Cloud, session: Session) -> None:
    plain = (await gets(cloud, session, "?format=txt")).text
    assert plain.startswith("weekly\n")
    assert "State: stopped\n" in plain
    assert f"] Ada: {TEXTS[0]}\n\n[" in plain
    marked = MarkdownIt("commonmark").parse((await gets(cloud, session, "?format=md")).text)
    inline = [one for one in marked if one.type == "inline"]
    shown = ["".join(child.content for child in one.children or []) for one in inline]
    assert [one for one in shown if one in TEXTS] == TEXTS
    assert shown[0] == "weekly"
    for form in ("vtt", "srt", "txt", "md"):
        text = (await gets(cloud, session, f"?format={form}")).text
        assert ADA not in text
        assert BEN not in text


async def test_subtitles_line_up_with_a_recording(cloud: Cloud, session: Session) -> None:
    third = (await transcript(cloud, session))["segments"][2]
    begins = datetime.fromisoformat(session["createdAt"]) + timedelta(milliseconds=third["offsetMs"])
    for origin in (begins, begins - timedelta(hours=5)):
        query = f"?format=srt&origin={quote(origin.isoformat())}"
        subtitles = list(srt.parse((await gets(cloud, session, query)).text))
        (found,) = [one for one in subtitles if "move the boat" in one.content]
        assert found.start == begins - origin
        assert all(one.start >= timedelta(0) for one in subtitles)


async def test_words_are_found_wherever_they_were_said(cloud: Cloud, session: Session) -> None:
    answer = (await gets(cloud, session, "?q=NOON%20boat")).body
    (hit,) = answer["hits"]
    assert hit["parts"] == ["Could we move the ", "boat", " before ", "noon", "?"]
    assert hit["segment"]["speaker"] == {"id": ADA, "name": "Ada"}
    assert (hit["before"]["text"], hit["after"]["text"]) == (TEXTS[1], TEXTS[3])
    assert "words" not in hit["segment"]
    assert "next" not in answer
    assert [one["parts"][1] for one in (await gets(cloud, session, "?q=cafe")).body["hits"]] == ["Café"]
    first = (await gets(cloud, session, "?q=the&limit=1")).body
    second = (await gets(cloud, session, f"?q=the&limit=1&cursor={first['next']}")).body
    texts = [one["hits"][0]["segment"]["text"] for one in (first, second)]
    assert texts == [LONG, TEXTS[2]]


async def test_who_has_what_has_ended_is_told_so(cloud: Cloud) -> None:
    session = await talked(cloud)
    first = await gets(cloud, session, "?format=vtt")
    assert first.headers["Cache-Control"] == "private, no-cache"
    etag = first.headers["ETag"]
    again = await gets(cloud, session, "?format=vtt", {"If-None-Match": etag})
    assert (again.status, again.text, again.headers["ETag"]) == (304, "", etag)
    await cloud.api("PUT", f"/api/sessions/{session['id']}/speakers", {ADA: "Augusta"})
    named = await gets(cloud, session, "?format=vtt", {"If-None-Match": etag})
    assert named.status == 200
    assert "<v Augusta>" in named.text


async def test_what_goes_on_is_not_kept(cloud: Cloud) -> None:
    call = await make_call(cloud, SCRIPT[:1])
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    answer = await gets(cloud, session, headers={"If-None-Match": "*"})
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    await stopped(cloud, session)


async def test_a_viewer_has_the_same_formats(cloud: Cloud, session: Session) -> None:
    bearer = f"Bearer {(await access(cloud, session))['readToken']}"
    answer = await reads(cloud, session, "transcript?format=md", bearer)
    assert answer.text == (await gets(cloud, session, "?format=md")).text
    assert_problem(await reads(cloud, session, "transcript?format=docx", bearer), 406, "format", "json, vtt")


@pytest.mark.parametrize(
    ("query", "status", "field", "remedy"),
    [
        ("format=docx", 406, "format", "json, vtt, srt, txt, md"),
        ("since=0000000001-ffffffffffffffff", 400, "since", "leave since out"),
        ("since=x", 400, "since", "leave since out"),
        ("cursor=x", 400, "cursor", "Leave cursor out"),
        (f"q={'x' * 10_000}", 400, "q", "up to 256 characters"),
        ("q=%3F%21", 400, "q", "one or more words"),
        ("q=", 400, "q", "one or more words"),
        ("q=boat&format=vtt", 400, "q", "send format: json"),
        ("limit=5&format=txt", 400, "limit", "send format: json"),
        ("origin=2026-11-21T04:51:57Z", 400, "origin", "send format: vtt, srt"),
        ("format=vtt&origin=2026-11-21T04:51:57+01:00", 400, "origin", "%2B"),
        ("page=2", 400, "page", "limit"),
    ],
)
async def test_what_cannot_be_had_is_told_with_what_can(
    cloud: Cloud, query: str, status: int, field: str, remedy: str
) -> None:
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    assert_problem(await gets(cloud, session, f"?{query}"), status, field, remedy)


async def test_a_type_that_is_not_had_is_told_with_the_list(cloud: Cloud) -> None:
    session = await start(cloud, (await make_call(cloud)).by_group)
    answer = await gets(cloud, session, headers={"Accept": "image/png"})
    assert_problem(answer, 406, "Accept", "text/vtt")
