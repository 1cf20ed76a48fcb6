"""Requests that are made to break something: each is answered in order, and changes nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import uuid4

import pytest
from markdown_it import MarkdownIt
from yarl import URL

from tests.end_to_end.calls import ADA, make_call, speak
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.event_grid import RECEIVER
from tests.end_to_end.sessions import (
    Session,
    journal,
    names,
    reaches,
    read,
    start,
    stores,
    texts,
    transcribed,
)
from tests.end_to_end.test_bad_input import assert_problem
from tests.end_to_end.test_callback_door import bearer, ticket_of
from tests.end_to_end.test_viewer_door import access
from tests.end_to_end.web_pubsub_events import CONNECT, MESSAGE, headers_of

UNKNOWN = "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"
MEGABYTES = 3 * 1024 * 1024
NEST = b"[" * 60_000


class Door(NamedTuple):
    """A way in, opened by `headers`: what it answers if the body is huge, and if it is a nest without an end."""

    method: str
    path: str
    headers: dict[str, str]
    huge: int
    nest: int


async def doors(cloud: Cloud, session: Session) -> list[Door]:
    """Every door of a session, opened."""
    plan, own = cloud.stack.plan, f"/api/sessions/{session['id']}"
    key = {"x-functions-key": plan.host_key}
    viewer = {"Authorization": f"Bearer {(await access(cloud, session))['readToken']}"}
    ticket = await ticket_of(cloud, session)
    events = f"/api/callbacks/web-pubsub?code={plan.event_handler_key}"
    reads = ["/api/sessions", own, f"{own}/events", f"{own}/transcript", "/api/health/details"]
    return [
        Door("POST", "/api/sessions", key, 400, 400),
        Door("PATCH", own, key, 400, 400),
        Door("PUT", f"{own}/speakers", key, 400, 400),
        Door("DELETE", f"/api/sessions/{UNKNOWN}", key, 404, 404),
        Door("POST", f"{own}/start", key, 200, 200),
        Door("POST", f"{own}/captions", key, 200, 200),
        *(Door("GET", path, key, 200, 200) for path in reads),
        *(Door("GET", path, {}, 200, 200) for path in ("/app", "/api/health", "/api/openapi.json")),
        Door("GET", f"/api/captions/{session['id']}/transcript", viewer, 200, 200),
        Door("POST", f"/api/callbacks/calls/{session['id']}?ticket={ticket}",
             {"Authorization": bearer(cloud.signer)}, 400, 400),
        Door("POST", f"{RECEIVER}?code={plan.event_receiver_key}", {}, 400, 400),
        Door("POST", events, headers_of(cloud, session, CONNECT, uuid4().hex), 400, 400),
        Door("POST", events, headers_of(cloud, session, "azure.webpubsub.sys.disconnected", uuid4().hex), 204, 204),
        Door("POST", events, headers_of(cloud, session, MESSAGE, uuid4().hex), 204, 204),
    ]  # fmt: skip


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    """The body without its length being told."""
    for start_at in range(0, len(body), 65_536):
        yield body[start_at : start_at + 65_536]


async def send(cloud: Cloud, door: Door, body: bytes, *, chunked: bool) -> int:
    """The status of an answer to a body."""
    url = URL(cloud.stack.plan.functions_url + door.path, encoded=True)
    content: Any = in_chunks(body) if chunked else BytesIO(body)
    async with cloud.http.request(door.method, url, headers=door.headers, data=content) as answer:
        await answer.read()
        return answer.status


def known(happened: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What happened, but for sockets that were never there."""
    return [one for one in happened if one["event"] not in {"socket-closed", "frame-rejected"}]


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
async def test_no_door_chokes_on_a_huge_body(cloud: Cloud, *, chunked: bool) -> None:
    _, session = await transcribed(cloud)
    before = await read(cloud, session), known(await journal(cloud, session))
    opened = await doors(cloud, session)
    for body in (b" " * MEGABYTES, b'"' + b"a" * MEGABYTES + b'"'):
        answers = [await send(cloud, door, body, chunked=chunked) for door in opened]
        assert answers == [door.huge for door in opened]
    assert (await read(cloud, session), known(await journal(cloud, session))) == before


@pytest.mark.parametrize(
    "body", [NEST, b'{"a":' * 12_000, b'{"headers":' + NEST], ids=["arrays", "objects", "within"]
)
async def test_no_door_falls_into_a_nest(cloud: Cloud, body: bytes) -> None:
    _, session = await transcribed(cloud)
    before = await read(cloud, session), known(await journal(cloud, session))
    opened = await doors(cloud, session)
    answers = [await send(cloud, door, body, chunked=False) for door in opened]
    assert answers == [door.nest for door in opened]
    assert (await read(cloud, session), known(await journal(cloud, session))) == before


async def test_behind_a_closed_door_a_huge_body_is_refused_like_any_other(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    for door in await doors(cloud, session):
        if door.headers or "code=" in door.path:
            closed = door._replace(path=door.path.partition("?")[0], headers={})
            assert await send(cloud, closed, b" " * MEGABYTES, chunked=True) == 401, door.path


async def answer_to(cloud: Cloud, request: bytes) -> int:
    """The status of the answer to a request, written byte by byte: no client would send these."""
    url = URL(cloud.stack.plan.functions_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(request)
        await writer.drain()
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
        await writer.wait_closed()


def written(method: str, path: str, *headers: bytes) -> bytes:
    """A request without a body."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: localhost", b"Content-Length: 0", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


BYTES: dict[str, Callable[[Cloud], tuple[bytes, int]]] = {
    "as ACS's token": lambda _: (
        written("POST", f"/api/callbacks/calls/{UNKNOWN}?ticket=x", b"Authorization: Bearer \xff.\xff.\xff"), 401
    ),
    "as a ticket": lambda cloud: (
        written("POST", f"/api/callbacks/calls/{UNKNOWN}?ticket=%ff", b"Authorization: " + bearer(cloud.signer).encode()),
        401,
    ),
    "as half a surrogate pair for a ticket": lambda cloud: (
        written(
            "POST", f"/api/callbacks/calls/{UNKNOWN}?ticket=%ed%a0%80", b"Authorization: " + bearer(cloud.signer).encode()
        ),
        401,
    ),
    "as a read token": lambda _: (written("GET", f"/api/captions/{UNKNOWN}/session", b"Authorization: Bearer \xff"), 401),
    "as a function key": lambda _: (written("GET", "/api/sessions", b"x-functions-key: \xff"), 401),
    "as a function key in the query": lambda _: (written("GET", "/api/sessions?code=%ff"), 401),
    "as a signature": lambda cloud: (
        written("POST", events_of(cloud), b"ce-connectionId: c", b"ce-signature: sha256=\xff"), 401
    ),
    "as a connection": lambda cloud: (
        written("POST", events_of(cloud), b"ce-connectionId: \xff", b"ce-signature: sha256=00"), 401
    ),
    "as a parameter": lambda cloud: (written("GET", "/api/sessions?%ff=1", key_of(cloud)), 400),
    "as a parameter's value": lambda cloud: (written("GET", "/api/sessions?state=%ed%a0%80", key_of(cloud)), 400),
    "as an id": lambda cloud: (written("GET", "/api/sessions/%ff", key_of(cloud)), 404),
    "as a file": lambda _: (written("GET", "/app/%ff"), 404),
    "as what is accepted": lambda cloud: (
        written("GET", f"/api/sessions/{UNKNOWN}/transcript", key_of(cloud), b"Accept: \xff"), 404
    ),
}  # fmt: skip


def key_of(cloud: Cloud) -> bytes:
    """The header that opens the API."""
    return f"x-functions-key: {cloud.stack.plan.host_key}".encode()


def events_of(cloud: Cloud) -> str:
    """Where Web PubSub's events come in."""
    return f"/api/callbacks/web-pubsub?code={cloud.stack.plan.event_handler_key}"


@pytest.mark.parametrize("what", BYTES)
async def test_bytes_that_are_no_text_are_refused(cloud: Cloud, what: str) -> None:
    request, status = BYTES[what](cloud)
    assert await answer_to(cloud, request) == status


async def test_a_parameter_is_named_whatever_it_looks_like(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    for odd in ("x` - at `$.nope", "x` - at `$[...]", "x` - at `$.call.to[0].x"):
        for path in ("/api/sessions", f"/api/sessions/{session['id']}/transcript"):
            assert_problem(await cloud.api("GET", f"{path}?{quote(odd)}=1"), 400, "x")
        assert_problem(await cloud.api("POST", "/api/sessions", {odd: 1}), 400, "x")


async def test_a_thousand_parameters_are_as_wrong_as_one(cloud: Cloud) -> None:
    many = "&".join(f"p{number}=1" for number in range(1000))
    assert_problem(await cloud.api("GET", f"/api/sessions?{many}"), 400, "p0")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "..%2ffunction_app.py",
            "..%5cfunction_app.py",
            "%252e%252e%252fhost.json",
            "app.js%00.html",
            "APP.JS",
        ),
        *(
            "%2fetc%2fpasswd",
            "file:%2f%2f%2fetc%2fpasswd",
            "__init__.py",
            "index.html%20",
            "index.html::$DATA",
        ),
        *("app.js%0d%0aSet-Cookie:%20a=b", "%EF%BC%8E%EF%BC%8E%EF%BC%8Fhost.json", "a" * 4000),
    ],
)
async def test_the_page_has_no_other_files_by_any_other_name(cloud: Cloud, name: str) -> None:
    answer = await cloud.ask("GET", f"{cloud.stack.plan.functions_url}/app/{name}")
    assert answer.status == 404
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("odd", ["a\r\nSet-Cookie: a=b", "a\nb", "a\x00b", "\x7f"])
async def test_no_line_of_a_header_comes_of_a_name(cloud: Cloud, odd: str) -> None:
    call = {"groupCallId": str(uuid4())}
    assert_problem(await cloud.api("POST", "/api/sessions", {"call": call, "tag": odd}), 400, "tag")
    answer = await cloud.api("POST", "/api/sessions", {"call": call, "speakers": {"8:acs:a": odd}})
    assert_problem(answer, 400, "speakers.8:acs:a")


MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)> [click](javascript:alert(1)) =1+1 --> 00:00 {\\an8}"
NAME = '"><svg onload=alert(1)>; filename="evil.html"'


async def downloads(cloud: Cloud, session: Session) -> dict[str, Answer]:
    """The transcript in each format."""
    path = f"/api/sessions/{session['id']}/transcript?format="
    return {form: await cloud.api("GET", path + form) for form in ("json", "vtt", "srt", "txt", "md")}


async def test_what_people_are_called_and_say_stays_text_in_every_download(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await start(cloud, call.by_group, tag=NAME, speakers={ADA: NAME})
    await reaches(cloud, session, "active")
    await speak(cloud, call, MARKUP)
    assert await stores(cloud, session, 1) == [MARKUP]
    for form, answer in (await downloads(cloud, session)).items():
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "html" not in answer.headers["Content-Type"]
        if form != "json":
            name = rf'inline; filename="transcript-[0-9-]{{10}}-[0-9A-Za-z-]+\.{form}"'
            assert re.fullmatch(name, answer.headers["Content-Disposition"])
        if form in {"vtt", "srt"}:
            assert not re.search(r"<(?!/?v )", answer.text)
    markdown = (await downloads(cloud, session))["md"].text
    html = MarkdownIt("commonmark", {"html": True}).render(markdown)
    assert set(re.findall(r"<(\w+)", html)) <= {"h1", "h2", "ul", "li", "p", "em"}


async def test_no_browser_guesses_what_an_answer_with_a_body_is(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    for door in await doors(cloud, session):
        async with cloud.http.request(
            door.method, URL(cloud.stack.plan.functions_url + door.path, encoded=True), headers=door.headers
        ) as answer:
            assert answer.status == 204 or answer.headers.get("X-Content-Type-Options") == "nosniff", door
    unknown = await cloud.api("GET", f"/api/sessions/{UNKNOWN}")
    assert unknown.headers["X-Content-Type-Options"] == "nosniff"
    assert unknown.headers["Cache-Control"] == "no-store"


async def test_a_frame_that_is_too_large_is_dropped_and_noted_once(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    headers = headers_of(cloud, session, MESSAGE, uuid4().hex)
    door = Door("POST", events_of(cloud), headers, 204, 204)
    for _ in range(3):
        assert await send(cloud, door, b" " * MEGABYTES, chunked=True) == 204
    assert (await names(cloud, session)).count("frame-rejected") == 1
    assert await texts(cloud, session) == []


async def test_a_client_that_never_ends_its_body_holds_up_nobody(cloud: Cloud) -> None:
    url = URL(cloud.stack.plan.functions_url)
    slow = [await asyncio.open_connection(url.host, url.port) for _ in range(50)]
    try:
        for _, writer in slow:
            writer.write(b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n{")
            await writer.drain()
        async with asyncio.timeout(60):
            assert (await cloud.api("GET", "/api/sessions?limit=1")).status == 200
    finally:
        for _, writer in slow:
            writer.close()
