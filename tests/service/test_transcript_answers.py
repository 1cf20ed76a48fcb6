"""How a transcript is answered: in the format that was asked for, to be kept once it has ended, never torn."""

import json
from dataclasses import dataclass
from typing import Any

import azure.functions as func
import pytest
from msgspec.structs import replace

from functions.lifecycle.read_tokens import write_read_token
from functions.lifecycle.session import Session
from functions.lifecycle.times import rfc3339
from functions.services import erasure, sessions
from functions.services.ports import SegmentStore, SessionPorts
from functions.triggers.answers import answering
from functions.triggers.captions import read_captions_transcript
from functions.triggers.transcripts import read_transcript
from tests.service.bed import Tables, entry_of, just_after, transcribed, watched
from tests.service.speech import ADA, final

STOPPED = {"ended_at": 1_795_222_417_874, "transcript_ended": True}


@dataclass(frozen=True)
class Reader:
    """One who reads a session, with a key or with a read token."""

    sessions: SessionPorts
    segments: SegmentStore
    session: Session

    def now(self) -> int:
        return self.sessions.clock()

    async def reads(self, headers: dict[str, str] | None = None, /, **params: str) -> func.HttpResponse:
        return await self.asks(read_transcript, headers or {}, params)

    async def reads_as_viewer(self, **headers: str) -> func.HttpResponse:
        token = write_read_token(self.session.secret, self.session.id, self.now() // 1000 + 60)
        return await self.asks(read_captions_transcript, {"Authorization": f"Bearer {token}"} | headers, {})

    async def asks(self, handler: Any, headers: dict[str, str], params: dict[str, str]) -> func.HttpResponse:
        request = func.HttpRequest(
            "GET",
            "https://app.example/",
            headers=headers,
            params=params,
            route_params={"id": self.session.id},
            body=b"",
        )
        services: Any = self
        return await answering(lambda: handler, services)(request)


async def reader_of(ports: SessionPorts, tables: Tables, **changed: Any) -> Reader:
    """A reader of a new session in which one thing was said."""
    session = transcribed(**changed)
    await ports.store.insert(session, entry_of(session))
    await tables.segments.insert_segment(session.id, final("Hello there."))
    return Reader(ports, tables.segments, session)


@pytest.fixture
async def live(ports: SessionPorts, tables: Tables) -> Reader:
    return await reader_of(ports, tables)


@pytest.fixture
async def ended(ports: SessionPorts, tables: Tables) -> Reader:
    return await reader_of(ports, tables, **STOPPED)


def body_of(answer: func.HttpResponse) -> Any:
    return json.loads(answer.get_body())


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("json", "application/json"),
        ("vtt", "text/vtt"),
        ("srt", "application/x-subrip"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
    ],
)
async def test_a_format_is_had_by_its_name_and_by_its_type(live: Reader, form: str, media_type: str) -> None:
    named, accepted = await live.reads(format=form), await live.reads({"Accept": media_type})
    assert (named.status_code, named.mimetype, named.charset) == (200, media_type, "utf-8")
    assert named.get_body() == accepted.get_body()
    assert b"Hello there." in named.get_body()
    assert named.headers["Vary"] == "Accept"
    assert named.headers["Cache-Control"] == "no-store"
    assert (named.headers.get("Content-Disposition") is None) == (form == "json")
    assert "ETag" not in named.headers


async def test_a_file_has_a_name_that_tells_which_it_is(ports: SessionPorts, tables: Tables) -> None:
    made = transcribed(1_795_222_417_874)
    tagged = replace(made, request=replace(made.request, tag='week"ly; \n'))
    await ports.store.insert(tagged, entry_of(tagged))
    answer = await Reader(ports, tables.segments, tagged).reads(format="srt")
    assert answer.headers["Content-Disposition"] == 'inline; filename="transcript-2026-11-21-week-ly.srt"'


async def test_what_is_no_format_is_answered_with_the_list(live: Reader) -> None:
    for answer in (await live.reads(format="docx"), await live.reads({"Accept": "image/png"})):
        assert answer.status_code == 406
        assert answer.mimetype == "application/problem+json"
        problem = body_of(answer)
        assert problem["code"] == "not-acceptable"
        assert "json, vtt, srt, txt, md" in problem["remedy"]


async def test_subtitles_count_from_the_origin(live: Reader) -> None:
    answer = await live.reads(format="vtt", origin=rfc3339(live.session.created_at - 60_000))
    assert b"00:01:01.000 --> 00:01:01.500" in answer.get_body()
    wrong = body_of(await live.reads(format="vtt", origin="yesterday"))
    assert (wrong["status"], wrong["field"]) == (400, "origin")


async def test_a_search_answers_hits(live: Reader) -> None:
    content = body_of(await live.reads(q="THERE"))
    assert content["session"]["id"] == live.session.id
    (hit,) = content["hits"]
    assert hit["parts"] == ["Hello ", "there", "."]
    assert hit["segment"]["speaker"] == {"id": ADA}
    assert "words" not in hit["segment"]
    assert body_of(await live.reads(q="nowhere"))["hits"] == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": "?!"}, "q"),
        ({"q": "x" * 10_000}, "q"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "x", "q": "boat"}, "cursor"),
        ({"since": "0000001000-ffffffffffffffff"}, "since"),
        ({"since": "x"}, "since"),
        ({"limit": "0"}, "limit"),
        ({"frmat": "vtt"}, "frmat"),
        ({"format": "vtt", "q": "boat"}, "q"),
    ],
)
async def test_bad_input_is_named_with_what_to_send(live: Reader, params: dict[str, str], field: str) -> None:
    problem = body_of(await live.reads(**params))
    assert (problem["status"], problem["field"]) == (400, field)
    assert problem["remedy"]
    assert len(problem["detail"]) < 200


# --- kept by those who have it


@pytest.mark.parametrize("form", ["json", "vtt", "srt", "txt", "md"])
async def test_who_has_a_transcript_that_has_ended_need_not_read_it_again(ended: Reader, form: str) -> None:
    first = await ended.reads(format=form)
    assert first.headers["Cache-Control"] == "private, no-cache"
    seen: list[str] = []
    again = await Reader(ended.sessions, watched(ended.segments, seen), ended.session).reads(
        {"If-None-Match": f'W/"other", {first.headers["ETag"]}'}, format=form
    )
    assert (again.status_code, again.get_body(), seen) == (304, b"", [])
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Vary"] == "Accept"


async def test_another_format_is_another_thing_to_have(ended: Reader) -> None:
    etag = (await ended.reads(format="vtt")).headers["ETag"]
    assert (await ended.reads({"If-None-Match": etag}, format="srt")).status_code == 200
    assert (await ended.reads({"If-None-Match": etag, "Accept": "text/vtt"})).status_code == 304


async def test_a_name_that_is_given_later_makes_it_another_transcript(ended: Reader) -> None:
    etag = (await ended.reads(format="vtt")).headers["ETag"]
    await sessions.name_speakers(ended.sessions, ended.session.id, {ADA: "Ada"})
    answer = await ended.reads({"If-None-Match": etag}, format="vtt")
    assert answer.status_code == 200
    assert b"<v Ada>" in answer.get_body()
    assert answer.headers["ETag"] != etag


async def test_a_transcript_that_may_grow_is_read_again(live: Reader) -> None:
    assert (await live.reads({"If-None-Match": "*"})).status_code == 200


async def test_a_viewer_has_the_same(ended: Reader) -> None:
    first = await ended.reads_as_viewer(Accept="text/markdown")
    assert first.get_body() == (await ended.reads(format="md")).get_body()
    etag = first.headers["ETag"]
    assert (await ended.reads_as_viewer(Accept="text/markdown", **{"If-None-Match": etag})).status_code == 304


# --- erased meanwhile


@pytest.mark.parametrize("params", [{}, {"format": "vtt"}, {"q": "hello"}])
async def test_what_is_erased_while_it_is_read_is_not_there(live: Reader, params: dict[str, str]) -> None:
    torn = Reader(
        live.sessions,
        just_after(live.segments, "anchors", lambda: erasure.erase(live.sessions, live.session.id)),
        live.session,
    )
    answer = await torn.reads(**params)
    assert (answer.status_code, body_of(answer)["code"]) == (404, "not-found")


async def test_to_a_viewer_what_is_erased_meanwhile_is_what_never_was(live: Reader) -> None:
    torn = Reader(
        live.sessions,
        just_after(live.segments, "anchors", lambda: erasure.erase(live.sessions, live.session.id)),
        live.session,
    )
    answer = await torn.reads_as_viewer()
    assert (answer.status_code, body_of(answer)) == (
        401,
        body_of(await live.reads_as_viewer(Authorization="Bearer x")),
    )
