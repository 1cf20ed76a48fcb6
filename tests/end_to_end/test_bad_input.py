"""Bad input gets a problem document that names the field and the remedy, and changes nothing."""

from typing import Any

import pytest

from tests.end_to_end.calls import all_calls
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.sessions import journal, read, transcribed

CALL = {"groupCallId": "7e7a2b1c-6f0e-4a52-b3d0-1f64f3f0a901"}
OURS = "+15550100000"
UNKNOWN = "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"
ODD_IDS = [UNKNOWN, UNKNOWN.lower(), "nope", "a'b", "%00", "..%2f..", "x" * 300, "%F0%9F%98%80"]

BAD_STARTS: dict[str, tuple[Any, str, str]] = {
    "a locale without a region": ({"call": CALL, "locale": "en"}, "locale", "language and region"),
    "a language's name": ({"call": CALL, "locale": "English"}, "locale", "language and region"),
    "a blank locale": ({"call": CALL, "locale": ""}, "locale", "language and region"),
    "a voice": (
        {"call": CALL, "locale": "en-US-NancyNeural"},
        "locale",
        "name of a voice. Send the locale alone: en-US",
    ),
    "a number as locale": ({"call": CALL, "locale": 5}, "locale", ""),
    "two locators": ({"call": CALL | {"serverCallId": "aHR0cHM6"}}, "call", "Send one of"),
    "no locator": ({"call": {}}, "call", "Send one of"),
    "no call": ({"locale": "en-US"}, "call", "call"),
    "a blank group": ({"call": {"groupCallId": "  "}}, "call.groupCallId", "id"),
    "a group of two lines": ({"call": {"groupCallId": "a\nb"}}, "call.groupCallId", "one line"),
    "an endless group": ({"call": {"groupCallId": "g" * 257}}, "call.groupCallId", "id"),
    "an unknown locator": ({"call": {"meetingId": "m"}}, "call.meetingId", "spelling"),
    "an unknown field": ({"call": CALL, "lang": "en-US"}, "lang", "spelling"),
    "a text for a truth": ({"call": CALL, "interimResults": "yes"}, "interimResults", ""),
    "a list of speakers": ({"call": CALL, "speakers": ["Ada"]}, "speakers", ""),
    "a speaker without a name": ({"call": CALL, "speakers": {"8:acs:a": ""}}, "speakers.8:acs:a", ""),
    "too many speakers": (
        {"call": CALL, "speakers": {f"8:acs:{n}": "A" for n in range(501)}},
        "speakers",
        "",
    ),
    "an endless tag": ({"call": CALL, "tag": "t" * 257}, "tag", ""),
    "a number without its country": ({"call": {"to": ["5551230000"], "from": OURS}}, "call.to[0]", "E.164"),
    "a number with blanks": ({"call": {"to": ["+1 555 123"], "from": OURS}}, "call.to[0]", "E.164"),
    "digits of another script": ({"call": {"to": ["+١٥٥٥١٢٣"], "from": OURS}}, "call.to[0]", "E.164"),
    "too many digits": ({"call": {"to": ["+1555123456789012"], "from": OURS}}, "call.to[0]", "E.164"),
    "a name to ring": ({"call": {"to": ["Ada"]}}, "call.to[0]", "E.164"),
    "a bot to ring": ({"call": {"to": ["28:orgid:bot"]}}, "call.to[0]", "8:acs:"),
    "a phone without a number to show": ({"call": {"to": [OURS]}}, "call.from", "E.164"),
    "a user to call from": ({"call": {"to": [OURS], "from": "8:acs:a_b"}}, "call.from", "E.164"),
    "nobody to ring": ({"call": {"to": []}}, "call.to", "1 to 10"),
    "a text to ring": ({"call": {"to": "+15551230000", "from": OURS}}, "call.to", "array"),
    "too many to ring": (
        {"call": {"to": [f"+1555123{n:04}" for n in range(11)], "from": OURS}},
        "call.to",
        "1 to 10",
    ),
    "somebody to ring twice": ({"call": {"to": [OURS, f"4:{OURS}"], "from": OURS}}, "call.to", "once"),
    "a caller of a call that exists": ({"call": CALL | {"from": OURS}}, "call.from", "Leave it out"),
    "a room and numbers": ({"call": {"roomId": "9", "to": [OURS]}}, "call", "Send one of"),
    "a moment that there is not": ({"call": CALL, "startAt": "later"}, "startAt", "connected"),
    "one user from set-up on": (
        {"call": {"to": ["8:acs:a_b"]}, "startAt": "setup"},
        "startAt",
        "Leave startAt",
    ),
    "a blank model": ({"call": CALL, "speechModelEndpointId": " "}, "speechModelEndpointId", ""),
    "an empty body": (b"", "body", "JSON object"),
    "blanks": (b" \n ", "body", "JSON object"),
    "no JSON": (b"groupCallId=7e7a2b1c", "body", "JSON object"),
    "half a JSON": (b'{"call": {"groupCallId": ', "body", "JSON object"),
    "a list": ([CALL], "body", ""),
    "bytes that are no UTF-8": (b'{"call": {"groupCallId": "\xff\xfe"}}', "body", "JSON object"),
    "half a surrogate pair": (b'{"call": {"groupCallId": "\\ud800"}}', "body", "JSON object"),
    "a deep nest": (b"[" * 60_000, "body", ""),
    "too much": (b" " * 70_000 + b"{}", "body", "less"),
}

BAD_QUERIES = {
    "/api/sessions?state=talking": "state",
    "/api/sessions?limit=0": "limit",
    "/api/sessions?limit=-1": "limit",
    "/api/sessions?limit=101": "limit",
    "/api/sessions?limit=ten": "limit",
    "/api/sessions?limit=%D9%A3": "limit",
    "/api/sessions?cursor=a'%20or%20true": "cursor",
    "/api/sessions?roomid=9": "roomid",
}

BAD_TRANSCRIPT_QUERIES = {
    "?cursor=abc": "cursor",
    "?cursor=%25": "cursor",
    "?cursor=%C3%A9": "cursor",
    "?since=yesterday": "since",
    "?since=0000000001-00000000000000zz": "since",
    "?limit=1001": "limit",
}


def assert_problem(answer: Answer, status: int, field: str, remedy: str = "") -> None:
    """A problem document that names the field and what to do."""
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.body
    assert problem["status"] == status
    assert problem["title"]
    assert problem["code"]
    assert problem["detail"]
    assert problem.get("field") == field
    assert problem["remedy"]
    assert remedy in problem["remedy"]


async def newest_id(cloud: Cloud) -> list[str]:
    """The newest session's id, if there is one; how far it has come meanwhile is its own affair."""
    return [one["id"] for one in (await cloud.api("GET", "/api/sessions?limit=1")).body["sessions"]]


@pytest.mark.parametrize("what", BAD_STARTS)
async def test_a_start_with(cloud: Cloud, what: str) -> None:
    body, field, remedy = BAD_STARTS[what]
    newest, calls = await newest_id(cloud), len(await all_calls(cloud))
    answer = await cloud.api("POST", "/api/sessions", body)
    assert_problem(answer, 400, field, remedy)
    assert await newest_id(cloud) == newest
    assert len(await all_calls(cloud)) == calls  # a connect to an unknown group would make one


@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_a_list_with(cloud: Cloud, query: str) -> None:
    assert_problem(await cloud.api("GET", query), 400, BAD_QUERIES[query])


@pytest.mark.parametrize("query", BAD_TRANSCRIPT_QUERIES)
async def test_a_transcript_with(cloud: Cloud, query: str) -> None:
    _, session = await transcribed(cloud)
    answer = await cloud.api("GET", f"/api/sessions/{session['id']}/transcript{query}")
    assert_problem(answer, 400, BAD_TRANSCRIPT_QUERIES[query])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"locale": "de-DE"}),
        ("DELETE", "", None),
        ("POST", "/stop", None),
        ("POST", "/start", None),
        ("GET", "/events", None),
        ("GET", "/transcript", None),
        ("PUT", "/speakers", {}),
        ("PATCH", "/speakers", {}),
        ("POST", "/captions", None),
    ],
)
async def test_an_id_that_does_not_exist_at(cloud: Cloud, method: str, path: str, body: Any) -> None:
    for odd in ODD_IDS:
        answer = await cloud.api(method, f"/api/sessions/{odd}{path}", body)
        assert_problem(answer, 404, "id", "GET /api/sessions lists them")
        assert answer.body["code"] == "not-found"


async def test_a_refused_request_leaves_a_running_session_as_it_is(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    before = await read(cloud, session), await journal(cloud, session)
    for body in ({"call": call.by_group, "locale": "klingon"}, {"call": call.by_group | call.by_server}):
        assert (await cloud.api("POST", "/api/sessions", body)).status == 400
    assert (await read(cloud, session), await journal(cloud, session)) == before
