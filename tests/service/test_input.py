"""Every field that is wrong is named, with what to send instead; and every error has its answer."""

import json
from typing import Any

import azure.functions as func
import pytest

from functions.errors import (
    Conflict,
    InputRefused,
    KeyReused,
    NotFound,
    RowChanged,
    Unauthorized,
    Unavailable,
    VerbatimError,
)
from functions.lifecycle.session import CallLocator, LocatorKind, PlacedCall, StartAt, StartRequest
from functions.triggers.answers import answer_empty, answer_json, answer_problem, describe
from functions.triggers.input import (
    LARGEST_BODY,
    Speakers,
    read_body,
    read_speakers,
)
from functions.triggers.sessions import ChangeBody
from functions.triggers.start_input import read_idempotency_key, read_start

CALL = {"call": {"groupCallId": "0a1b"}}
ADA, GRACE = "8:acs:6d889502_0000-ada", "8:acs:6d889502_0000-grace"
TEAMS = "8:orgid:0f5e2b6c-0f5e-4b6c-9a1b-2c3d4e5f6a7b"


def request(body: bytes = b"", **params: str) -> func.HttpRequest:
    return func.HttpRequest("POST", "https://app.example/api/sessions", params=params, body=body)


def to(*callees: Any, **more: Any) -> dict[str, Any]:
    return {"call": {"to": list(callees), **more}}


def start(body: Any) -> StartRequest:
    return read_start(request(json.dumps(body).encode()))


def test_the_least_and_the_most_that_a_start_may_hold() -> None:
    assert start(CALL) == StartRequest(call=CallLocator(LocatorKind.GROUP_CALL, "0a1b"), locale="en-US")
    most = {
        "call": {"serverCallId": " aHR0cHM6Ly9h/b== "},
        "locale": "de-de",
        "interimResults": False,
        "speakers": {"8:acs:אדה": " Ада 𝄞 "},
        "tag": "weekly",
        "startAt": "setup",
        "speechModelEndpointId": " 6d889502-3d7a ",
    }
    assert start(most) == StartRequest(
        call=CallLocator(LocatorKind.SERVER_CALL, "aHR0cHM6Ly9h/b=="),
        locale="de-DE",
        interim_results=False,
        speakers={"8:acs:אדה": "Ада 𝄞"},
        tag="weekly",
        start_at=StartAt.SETUP,
        speech_model_endpoint_id="6d889502-3d7a",
    )


@pytest.mark.parametrize(
    ("call", "read"),
    [
        ({"roomId": "99199690362660524"}, CallLocator(LocatorKind.ROOM, "99199690362660524")),
        ({"roomId": "a room"}, CallLocator(LocatorKind.ROOM, "a room")),
        ({"to": [ADA]}, PlacedCall((ADA,))),
        ({"to": [TEAMS, f" {ADA} "]}, PlacedCall((TEAMS, ADA))),
        ({"to": [ADA], "from": "+15559870000"}, PlacedCall((ADA,), "+15559870000")),
        (
            {"to": ["+15551230000", "4:+4930123456", ADA], "from": " +15559870000 "},
            PlacedCall(("4:+15551230000", "4:+4930123456", ADA), "+15559870000"),
        ),
        ({"to": ["+12"], "from": "+123456789012345"}, PlacedCall(("4:+12",), "+123456789012345")),
        (
            {"to": [f"{ADA}{number}" for number in range(10)]},
            PlacedCall(tuple(f"{ADA}{number}" for number in range(10))),
        ),
    ],
)
def test_a_call_is_one_that_exists_or_one_to_be_placed(call: Any, read: CallLocator | PlacedCall) -> None:
    assert start({"call": call}).call == read


@pytest.mark.parametrize("callees", [[ADA, GRACE], [TEAMS], ["+15551230000"]])
def test_the_transcription_starts_with_the_set_up_where_acs_can_do_that(callees: list[str]) -> None:
    assert start(to(*callees, **{"from": "+15559870000"}) | {"startAt": "setup"}).start_at is StartAt.SETUP
    assert start(CALL | {"startAt": "connected"}).start_at is StartAt.CONNECTED


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("call", {}),
        ("call", {"call": {}}),
        ("call", {"call": None}),
        ("call", {"call": []}),
        ("call", {"call": {"groupCallId": "a", "serverCallId": "b"}}),
        ("call.groupCallId", {"call": {"groupCallId": 5}}),
        ("call.groupCallId", {"call": {"groupCallId": " "}}),
        ("call.groupCallId", {"call": {"groupCallId": "x" * 257}}),
        ("call.serverCallId", {"call": {"serverCallId": "a\nb"}}),
        ("call.serverCallId", {"call": {"serverCallId": "x" * 4097}}),
        ("call.groupcallid", {"call": {"groupcallid": "a"}}),
        ("call", {"call": {"groupCallId": "a", "to": [ADA]}}),
        ("call", {"call": {"roomId": "1", "serverCallId": "b"}}),
        ("call", {"call": {"from": "+15559870000"}}),
        ("call.roomId", {"call": {"roomId": "1\x00"}}),
        ("call.roomId", {"call": {"roomId": "1" * 257}}),
        ("call.roomId", {"call": {"roomId": 99199690362660524}}),
        ("call.from", {"call": {"groupCallId": "a", "from": "+15559870000"}}),
        ("call.to", {"call": {"to": ADA}}),
        ("call.to", to()),
        ("call.to", to(*(f"{ADA}{number}" for number in range(11)))),
        ("call.to", to(ADA, ADA)),
        ("call.to", to(ADA, ADA.upper().replace("ACS", "acs"))),
        ("call.to", to("+15551230000", "4:+15551230000", **{"from": "+15559870000"})),
        ("call.to[0]", to(5)),
        ("call.to[0]", to(None)),
        ("call.to[1]", to(ADA, "ada")),
        ("call.to[0]", to("15551230000")),
        ("call.to[0]", to("+05551230000")),
        ("call.to[0]", to("+1")),
        ("call.to[0]", to("+1234567890123456")),
        ("call.to[0]", to("+1 555 123 0000")),
        ("call.to[0]", to("+\u0661\u0662\u0663")),
        ("call.to[0]", to("4:15551230000")),
        ("call.to[0]", to("4:4:+15551230000")),
        ("call.to[0]", to("8:acs:")),
        ("call.to[0]", to("8:acs:a\nb")),
        ("call.to[0]", to("8:acs:" + "a" * 201)),
        ("call.to[0]", to("28:orgid:bot")),
        ("call.to[0]", to("")),
        ("call.from", to("+15551230000")),
        ("call.from", to(ADA, "4:+15551230000")),
        ("call.from", to(ADA, **{"from": "5559870000"})),
        ("call.from", to(ADA, **{"from": "4:+15559870000"})),
        ("call.from", to(ADA, **{"from": ""})),
        ("call.from", to(ADA, **{"from": 15559870000})),
        ("call.source", to(ADA, source="+15559870000")),
        ("startAt", CALL | {"startAt": "later"}),
        ("startAt", CALL | {"startAt": None}),
        ("startAt", CALL | {"startAt": "𝄞" * 1_000}),
        ("startAt", to(ADA) | {"startAt": "setup"}),
        ("speechModelEndpointId", CALL | {"speechModelEndpointId": ""}),
        ("speechModelEndpointId", CALL | {"speechModelEndpointId": "x" * 257}),
        ("speechModelEndpointId", CALL | {"speechModelEndpointId": 5}),
        ("locale", CALL | {"locale": "english"}),
        ("locale", CALL | {"locale": "en-US-JennyNeural"}),
        ("locale", CALL | {"locale": None}),
        ("locale", CALL | {"locale": "𝄞" * 1_000}),
        ("interimResults", CALL | {"interimResults": "yes"}),
        ("speakers", CALL | {"speakers": ["Ada"]}),
        ("speakers", CALL | {"speakers": {"": "Ada"}}),
        ("speakers", CALL | {"speakers": {f"{number}": "A" for number in range(501)}}),
        ("speakers.8:acs:ada", CALL | {"speakers": {"8:acs:ada": "\x00"}}),
        ("tag", CALL | {"tag": ""}),
        ("tag", CALL | {"tag": "x" * 257}),
        ("tag", CALL | {"tag": ["a"]}),
        ("local", CALL | {"local": "en-US"}),
        ("body", []),
        ("body", "text"),
        ("body", None),
    ],
)
def test_a_wrong_field_is_named_with_a_remedy(field: str, body: Any) -> None:
    with pytest.raises(InputRefused) as refused:
        start(body)
    assert refused.value.field == field
    assert refused.value.remedy
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "body",
    [b"", b"  ", b"{", b"\xff\xfe", b"[" * 60_000, b'{"tag": "\\ud800"}', b" " * LARGEST_BODY + b"{}"],
)
def test_a_body_that_cannot_be_read_is_named(body: bytes) -> None:
    with pytest.raises(InputRefused) as refused:
        read_start(request(body))
    assert refused.value.field == "body"
    assert refused.value.remedy


def test_a_wrong_speaker_name_is_named() -> None:
    with pytest.raises(InputRefused) as refused:
        start(CALL | {"speakers": {"8:acs:bea": "Bea", "8:acs:ada": 5}})
    assert refused.value.field == "speakers.8:acs:ada"


@pytest.mark.parametrize(
    "body",
    [
        b'{"call": {"to": ["+1555"]}, "call": 5}',
        b'{"call": {"to": "+1555"}, "call": {"to": ["+1555"]}}',
        b'{"speakers": {"a": 5}, "speakers": {"a": "A"}, "call": {}}',
        b'{"speakers": {"a": 5}, "speakers": "A", "call": {}}',
        b'{"startAt": "later", "startAt": null, "call": {}}',
        b'{"call": 5, "call": ',
    ],
)
def test_a_name_that_comes_twice_is_refused_like_any_other(body: bytes) -> None:
    with pytest.raises(InputRefused) as refused:
        read_start(request(body))
    assert refused.value.field
    assert refused.value.remedy


def refusal_of(body: Any) -> InputRefused:
    with pytest.raises(InputRefused) as refused:
        start(body)
    return refused.value


def test_who_names_somebody_in_another_form_is_shown_the_right_one() -> None:
    assert "+15551230000" in refusal_of(to("555-1230")).remedy
    assert "8:acs:" in refusal_of(to("ada@example.com")).remedy
    assert '"to": ["' in refusal_of({"call": {"to": "+15551230000"}}).remedy
    assert "+15551230000" in refusal_of(to("+15551230000")).remedy
    assert "roomId" in refusal_of({"call": {}}).remedy
    assert refusal_of(CALL | {"startAt": "later"}).remedy == "Send one of setup, connected."
    assert "Leave startAt out" in refusal_of(to(ADA) | {"startAt": "setup"}).remedy


@pytest.mark.parametrize("key", ["k", "~" * 255, '"8e03978e-40d5-43e8-bc93-6894a57f9324"'])
def test_an_idempotency_key_is_taken_as_it_is(key: str) -> None:
    req = func.HttpRequest("POST", "https://app.example", headers={"idempotency-key": key}, body=b"")
    assert read_idempotency_key(req) == key
    assert read_idempotency_key(request()) is None


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "é", "x" * 256])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(key: str) -> None:
    req = func.HttpRequest("POST", "https://app.example", headers={"Idempotency-Key": key}, body=b"")
    with pytest.raises(InputRefused) as refused:
        read_idempotency_key(req)
    assert refused.value.field == "Idempotency-Key"
    assert "UUID" in refused.value.remedy


@pytest.mark.parametrize(
    ("field", "body"),
    [("locale", {}), ("locale", {"locale": 5}), ("tag", {"locale": "en-US", "tag": "a"}), ("body", [])],
)
def test_a_change_names_a_locale_and_nothing_else(field: str, body: Any) -> None:
    assert read_body(request(b'{"locale": "de-DE"}'), ChangeBody) == ChangeBody("de-DE")
    with pytest.raises(InputRefused) as refused:
        read_body(request(json.dumps(body).encode()), ChangeBody)
    assert refused.value.field == field
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("8:acs:ada", {"8:acs:ada": 5}),
        ("8:acs:ada", {"8:acs:bea": "Bea", "8:acs:ada": " "}),
        ("body", {" ": "Ada"}),
        ("body", {"": "Ada"}),
        ("body", {"8" * 257: "Ada"}),
        ("body", {f"8:acs:{number}": "A" for number in range(501)}),
        ("body", ["Ada"]),
    ],
)
def test_speakers_are_names_by_raw_id(field: str, body: Any) -> None:
    named = read_body(request('{" 8:acs:ada": " Ада"}'.encode()), Speakers)
    assert read_speakers(named) == {"8:acs:ada": "Ада"}
    with pytest.raises(InputRefused) as refused:
        read_body(request(json.dumps(body).encode()), Speakers)
    assert refused.value.field == field
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InputRefused("No.", field="call", remedy="Send it."), 400, "invalid-input"),
        (
            InputRefused("No.", field="locale", remedy="Send it.", code="invalid-locale"),
            400,
            "invalid-locale",
        ),
        (Unauthorized("Who are you?"), 401, "unauthorized"),
        (Conflict("Not now.", remedy="Start again later."), 409, "conflict"),
        (KeyReused("This key came with another request."), 422, "idempotency-key-reused"),
        (NotFound("There is no such thing."), 404, "not-found"),
        (Unavailable("Table Storage: down."), 503, "unavailable"),
    ],
)
def test_an_error_is_a_problem_document_with_code_and_remedy(
    error: VerbatimError, status: int, code: str
) -> None:
    answer = answer_problem(describe(error))
    problem = json.loads(answer.get_body())
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer.mimetype == "application/problem+json"
    assert problem["title"]
    assert problem["detail"]
    assert problem["remedy"]
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_an_error_that_no_caller_can_cause_is_not_dressed_up() -> None:
    with pytest.raises(RowChanged):
        describe(RowChanged("Somebody else saved first."))


def test_no_cache_keeps_an_answer() -> None:
    answer = answer_json({"a": "𝄞"}, 202, {"Location": "/x"})
    assert json.loads(answer.get_body()) == {"a": "𝄞"}
    assert (answer.status_code, answer.mimetype) == (202, "application/json")
    assert (answer.headers["Cache-Control"], answer.headers["Location"]) == ("no-store", "/x")
    assert answer_empty().status_code == 204
