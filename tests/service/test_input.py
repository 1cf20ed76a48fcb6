"""Every field that is wrong is named, with what to send instead; and every error has its answer."""

import json
from typing import Any

import azure.functions as func
import pytest

from functions.errors import (
    InputRefused,
    NotFound,
    RowChanged,
    Unauthorized,
    Unavailable,
    VerbatimError,
)
from functions.lifecycle.session import CallLocator, LocatorKind, StartRequest
from functions.triggers.answers import answer_empty, answer_json, answer_problem, describe
from functions.triggers.input import (
    LARGEST_BODY,
    one_of,
    read_number,
    read_start,
    refuse_unknown_parameters,
)

CALL = {"call": {"groupCallId": "0a1b"}}


def request(body: bytes = b"", **params: str) -> func.HttpRequest:
    return func.HttpRequest("POST", "https://app.example/api/sessions", params=params, body=body)


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
    }
    assert start(most) == StartRequest(
        call=CallLocator(LocatorKind.SERVER_CALL, "aHR0cHM6Ly9h/b=="),
        locale="de-DE",
        interim_results=False,
        speakers={"8:acs:אדה": "Ада 𝄞"},
        tag="weekly",
    )


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
        start(CALL | {"speakers": {"8:acs:ada": 5}})
    assert refused.value.field.startswith("speakers")


@pytest.mark.parametrize("text", ["1", "20", "100", "007"])
def test_a_number_within_its_bounds_is_taken(text: str) -> None:
    assert read_number(request(limit=text), "limit", 20, 100) == int(text)


@pytest.mark.parametrize("text", ["", "0", "101", "-1", "1.5", "²", "٣", "9" * 5_000, "0x10", "1e2"])
def test_a_number_out_of_bounds_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_number(request(limit=text), "limit", 20, 100)
    assert refused.value.field == "limit"
    assert "1 to 100" in refused.value.remedy


def test_a_number_that_is_not_given_is_the_default() -> None:
    assert read_number(request(), "limit", 20, 100) == 20


def test_a_value_that_is_not_among_those_allowed_is_refused_with_the_list() -> None:
    assert one_of(None, "state", ["active"]) is None
    assert one_of("active", "state", ["active"]) == "active"
    with pytest.raises(InputRefused) as refused:
        one_of("asleep", "state", ["active", "failed"])
    assert (refused.value.field, refused.value.remedy) == ("state", "Send one of active, failed.")


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


def test_a_parameter_that_would_be_ignored_is_named() -> None:
    refuse_unknown_parameters(request(code="a key", state="active"), frozenset({"state"}))
    with pytest.raises(InputRefused) as refused:
        refuse_unknown_parameters(request(roomid="1"), frozenset({"state", "tag"}))
    assert refused.value.field == "roomid"
    assert "state, tag" in refused.value.remedy
