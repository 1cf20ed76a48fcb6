"""DELETE leaves nothing: not the words, not the names, not the sockets, not the call's own ids."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from functions.adapters.tables.segments import TableSegments
from tests.end_to_end.calls import ADA, Call, connections_of, make_call, speak
from tests.end_to_end.cloud import Answer, Cloud, eventually
from tests.end_to_end.passing_time import let_time_pass, long_over
from tests.end_to_end.phones import placed
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import Session, over, reaches, start, stopped, stores, transcribed
from tests.end_to_end.test_bad_input import assert_problem
from tests.end_to_end.web_pubsub_events import MESSAGE, METADATA, frame, headers_of, post_event

SUBPROTOCOL = "json.webpubsub.azure.v1"
READS = ("", "/events", "/transcript", "/transcript?format=vtt")
WISHES = ("/stop", "/start", "/captions")


async def delete(cloud: Cloud, session: Session) -> Answer:
    """The answer to DELETE."""
    return await cloud.api("DELETE", f"/api/sessions/{session['id']}")


async def secret_session(cloud: Cloud) -> tuple[Call, Session, list[str]]:
    """A session of which a word, a name and a tag can be looked for everywhere."""
    word, name, tag = (f"{kind}{uuid4().hex}" for kind in ("word", "name", "tag"))
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group, speakers={ADA: name}, tag=tag), "active")
    await speak(cloud, call, f"The {word} is out.")
    await stores(cloud, session, 1)
    return call, session, [word, name, tag]


async def rows_that_tell(cloud: Cloud, traces: list[str]) -> list[tuple[str, str]]:
    """The rows of every table in which one of the traces can be read."""
    found: list[tuple[str, str]] = []
    async for table in cloud.tables.list_tables():
        async for row in cloud.tables.get_table_client(table.name).list_entities():
            found += [(table.name, trace) for trace in traces if trace in str(dict(row))]
    return found


async def rows_of(cloud: Cloud, session: Session) -> list[tuple[str, dict[str, Any]]]:
    """Every row that names the session, with its table."""
    found: list[tuple[str, dict[str, Any]]] = []
    async for table in cloud.tables.list_tables():
        rows = [dict(row) async for row in cloud.tables.get_table_client(table.name).list_entities()]
        found += [(table.name, row) for row in rows if session["id"] in str(row)]
    return found


@asynccontextmanager
async def reading_along(cloud: Cloud, session: Session) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A viewer's socket."""
    answer = await cloud.api("POST", f"/api/sessions/{session['id']}/captions")
    async with cloud.http.ws_connect(answer.body["url"], protocols=[SUBPROTOCOL]) as socket:
        assert (await socket.receive_json())["event"] == "connected"
        yield socket


async def connections_to(cloud: Cloud, hub: str, session: Session) -> list[str]:
    """The sockets of a session at Web PubSub: ACS's bears its id as user, viewers are in its group."""
    answer = await cloud.ask("GET", f"{cloud.stack.plan.web_pubsub_url}/sim/connections?hub={hub}")
    return [str(one) for one in answer.body if session["id"] in str(one)]


async def nobody_is_connected(cloud: Cloud, session: Session) -> bool:
    """Whether neither ACS nor a viewer has a socket of the session."""
    open_sockets = [await connections_to(cloud, hub, session) for hub in ("transcript", "captions")]
    return open_sockets == [[], []]


async def test_while_it_runs_it_answers_202_and_is_gone_for_every_reader_at_once(cloud: Cloud) -> None:
    call, session, _ = await secret_session(cloud)
    given = (await cloud.api("POST", f"/api/sessions/{session['id']}/captions")).body
    erased = await delete(cloud, session)
    assert (erased.status, erased.text) == (202, "")
    for path in READS:
        assert (await cloud.api("GET", f"/api/sessions/{session['id']}{path}")).status == 404
    for path in WISHES:
        assert (await cloud.api("POST", f"/api/sessions/{session['id']}{path}")).status == 404
    assert (await cloud.api("PATCH", f"/api/sessions/{session['id']}", {"locale": "de-DE"})).status == 404
    listed = (await cloud.api("GET", f"/api/sessions?groupCallId={call.group}")).body["sessions"]
    assert listed == []
    url = f"{cloud.stack.plan.functions_url}/api/captions/{session['id']}/transcript"
    bearer = {"Authorization": f"Bearer {given['readToken']}"}
    assert (await cloud.ask("GET", url, headers=bearer)).status == 401


async def test_the_bot_leaves_and_every_socket_is_closed(cloud: Cloud) -> None:
    call, session, _ = await secret_session(cloud)
    async with reading_along(cloud, session) as socket:
        await delete(cloud, session)
        async with asyncio.timeout(60):
            while (await socket.receive()).type not in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
                pass
    await eventually(lambda: nobody_is_connected(cloud, session))

    async def has_left() -> bool:
        return [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]

    await eventually(has_left)


async def test_nothing_is_left_in_any_table(cloud: Cloud) -> None:
    call, session, traces = await secret_session(cloud)
    assert {trace for _, trace in await rows_that_tell(cloud, traces)} == set(traces)
    await stopped(cloud, session)
    await over(cloud, session)  # else what is still under way is noted after the last erasing
    assert (await delete(cloud, session)).status == 202
    await let_time_pass(cloud, session, change=long_over)
    assert await rows_that_tell(cloud, [*traces, call.group]) == []
    left = await rows_of(cloud, session)
    tombstone = [row for table, row in left if table == "VerbatimSessions" and row["RowKey"] == "session"]
    others = [row for _, row in left if row not in tombstone]
    assert len(tombstone) == 1
    # That the last erasing was done is noted after it; a timer goes when it is due.
    assert all(row["PartitionKey"] == "due" or '"detail":{}' in row["doc"] for row in others)


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "after its end"])
async def test_a_repeat_answers_204_once_nothing_is_left(cloud: Cloud, running: bool) -> None:  # noqa: FBT001 - a case
    _, session, traces = await secret_session(cloud)
    if not running:
        await stopped(cloud, session)
    assert (await delete(cloud, session)).status == 202
    await eventually(lambda: nobody_is_connected(cloud, session))

    async def is_over() -> bool:
        found = (await stored(cloud, session)).session
        return found.ended_at is not None and not found.sockets

    await eventually(is_over)
    await let_time_pass(cloud, session)
    assert (await delete(cloud, session)).status == 204
    assert (await delete(cloud, session)).status == 204
    assert await rows_that_tell(cloud, traces) == []


async def test_words_that_were_still_under_way_are_erased_too(cloud: Cloud) -> None:
    _, session, _ = await secret_session(cloud)
    await delete(cloud, session)

    async def is_over() -> bool:
        return (await stored(cloud, session)).session.ended_at is not None

    await eventually(is_over)
    headers = headers_of(cloud, session, MESSAGE, f"socket-of-{session['id']}")
    begun = await post_event(cloud, headers, METADATA)
    state = {"ce-connectionState": begun.headers.get("ce-connectionState", "")}
    await post_event(cloud, headers | state, frame("A word too late."))
    await let_time_pass(cloud, session)
    found = TableSegments(cloud.tables).segments(session["id"], "", frozenset())
    assert [one.text async for one in found] == []


async def test_the_call_can_be_transcribed_anew(cloud: Cloud) -> None:
    call, session, _ = await secret_session(cloud)
    await delete(cloud, session)

    async def can_start() -> Session:
        answer = await cloud.api("POST", "/api/sessions", {"call": call.by_group})
        found: Session = answer.body
        return found if answer.status == 202 else {}

    anew = await reaches(cloud, await eventually(can_start), "active")
    assert anew["id"] != session["id"]
    await speak(cloud, call, "Clean slate.")
    assert await stores(cloud, anew, 1) == ["Clean slate."]


async def test_of_a_call_that_we_placed_the_people_talk_on(cloud: Cloud) -> None:
    call, session = await placed(cloud)
    await delete(cloud, session)

    async def has_stopped() -> bool:
        (connection,) = await connections_of(cloud, call)
        return not connection["transcribing"]

    await eventually(has_stopped)
    assert [one["state"] for one in await connections_of(cloud, call)] == ["connected"]


async def test_another_session_keeps_its_words(cloud: Cloud) -> None:
    call, other = await transcribed(cloud)
    await speak(cloud, call, "Not to be touched.")
    await stores(cloud, other, 1)
    _, session, _ = await secret_session(cloud)
    await delete(cloud, session)
    await let_time_pass(cloud, session)
    assert await stores(cloud, other, 1) == ["Not to be touched."]


@pytest.mark.parametrize("odd", ["01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A", "nope", "%00"])
async def test_what_never_was_is_not_found(cloud: Cloud, odd: str) -> None:
    assert_problem(await cloud.api("DELETE", f"/api/sessions/{odd}"), 404, "id")
