"""The contract says of the app what is so: the same routes, the same types, and examples that hold."""

import json
import subprocess
import sys
import tomllib
from inspect import signature
from typing import Any

import azure.functions as func
import jsonschema_rs
import msgspec
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from functions.errors import Unavailable
from functions.transcript.formats.choice import MEDIA_TYPES, Format
from functions.transcript.formats.heading import Heading
from functions.transcript.formats.utterances import Utterance
from functions.transcript.formats.writers import writer_of
from functions.transcript.reading import Gap
from functions.triggers import endpoints
from functions.triggers.answers import describe
from functions.triggers.call_events import read_callbacks, read_event
from functions.triggers.contract import written
from functions.triggers.endpoints import Endpoint
from functions.triggers.event_grid_schemas import read_news
from functions.triggers.handlers import find_handler
from functions.triggers.input import SpeakerChanges, Speakers, read_body
from functions.triggers.openapi import examples
from functions.triggers.openapi.document import INFO, OPERATIONS
from functions.triggers.openapi.problems import PROBLEMS
from functions.triggers.sessions import ChangeBody
from functions.triggers.start_input import read_idempotency_key, read_start
from local.child_process import PROJECT
from tests.service.contract import (
    DOCUMENT,
    SIGN_IN,
    SIGNED_IN,
    bodies,
    examples_of,
    media_of,
    operations,
    posted,
    resolved,
    wrong,
)
from tests.service.test_settings import GOOD

KEY_DOORS: list[dict[str, list[str]]] = [{"functionKey": []}, {"functionKeyInQuery": []}]


@pytest.mark.parametrize("document", [DOCUMENT, SIGNED_IN], ids=["keys", "sign-in"])
def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    plain = json.loads(msgspec.json.encode(document))
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(plain)] == []
    for schema in plain["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_the_validator_of_the_document_finds_mistakes() -> None:
    assert not OPENAPI_31_VALIDATOR.is_valid(DOCUMENT | {"paths": {"no slash": {}}})
    assert wrong({"$ref": "#/components/schemas/Session"}, examples.ACTIVE | {"state": "asleep"})
    assert wrong({"$ref": "#/components/schemas/Session"}, examples.ACTIVE | {"createdAt": "yesterday"})


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert (INFO["version"], INFO["summary"]) == (project["version"], project["description"])


def test_every_endpoint_is_told_of_and_nothing_else() -> None:
    there = {f"{method} /{one.route}" for one in endpoints.ALL for method in one.methods}
    assert OPERATIONS.keys() == there
    assert {name for name, _ in operations()} == there


@pytest.mark.parametrize("endpoint", endpoints.ALL, ids=lambda one: one.name)
def test_every_endpoint_has_its_handler(endpoint: Endpoint) -> None:
    assert list(signature(find_handler(endpoint.handler)).parameters) == ["req", "services"]


def test_every_function_has_a_name_of_its_own() -> None:
    names = [endpoint.name for endpoint in endpoints.ALL]
    assert len(names) == len(set(names))


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names))
    assert {link["operationId"] for link in DOCUMENT["components"]["links"].values()} <= set(names)


def test_every_reference_leads_somewhere() -> None:
    def check(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                resolved(node)
            for one in node.values():
                check(one)
        if isinstance(node, list):
            for one in node:
                check(one)

    check(DOCUMENT)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_examples_and_they_keep_to_their_schemas(name: str) -> None:
    operation = dict(operations())[name]
    assert operation["summary"]
    for where, media in media_of(operation):
        assert examples_of(media), where
        for example in examples_of(media):
            assert wrong(media["schema"], example) == [], where
    for parameter in map(resolved, operation.get("parameters", [])):
        if "example" in parameter:
            assert wrong(parameter["schema"], parameter["example"]) == [], parameter["name"]


def test_every_example_of_a_request_is_read_by_the_app() -> None:
    for body in bodies("POST /api/sessions"):
        read_start(posted(body))
    assert {kind for body in bodies("POST /api/sessions") for kind in body["call"]} == {
        "groupCallId",
        "serverCallId",
        "roomId",
        "to",
        "from",
    }
    for body in bodies("PATCH /api/sessions/{id}"):
        read_body(posted(body), ChangeBody)
    for body in bodies("PUT /api/sessions/{id}/speakers"):
        read_body(posted(body), Speakers)
    for body in bodies("PATCH /api/sessions/{id}/speakers"):
        read_body(posted(body), SpeakerChanges)
    for body in bodies("POST /api/callbacks/calls/{id}"):
        (callback,) = read_callbacks(json.dumps(body).encode())
        assert type(read_event(callback)).__name__ == "TranscriptionStarted"
    for body in bodies("POST /api/callbacks/event-grid"):
        assert len(read_news(json.dumps(body).encode())) == 1
    key = DOCUMENT["components"]["parameters"]["Idempotency-Key"]["example"]
    assert read_idempotency_key(posted({}, **{"Idempotency-Key": key})) == key


def test_the_text_formats_are_shown_as_they_are_written() -> None:
    heading = Heading("weekly", "from 2026-11-21 04:50:41 UTC", "en-US", "active")
    line, gap = examples.TRANSCRIPT["segments"]
    said = Utterance(
        line["segmentId"],
        line["speaker"]["id"],
        line["speaker"]["name"],
        line["text"],
        line["offsetMs"],
        line["durationMs"],
    )
    for form in set(Format) - {Format.JSON}:
        writer = writer_of(form, heading, 0)
        silence = Gap(offset_ms=gap["offsetMs"], duration_ms=gap["durationMs"])
        written = writer.head + writer.write(said) + writer.write(silence) + writer.finish()
        assert examples.TEXTS[MEDIA_TYPES[form]] == written
    assert examples.TEXTS.keys() | {"application/json"} == set(MEDIA_TYPES.values())


def test_an_example_of_a_problem_is_what_the_app_answers() -> None:
    assert PROBLEMS[503].example == describe(Unavailable("Table Storage did not answer."))
    assert all(status == shared.example.status for status, shared in PROBLEMS.items())


def test_with_keys_an_endpoint_asks_for_what_the_host_asks_for() -> None:
    for endpoint in endpoints.ALL:
        for method in endpoint.methods:
            security = DOCUMENT["paths"][f"/{endpoint.route}"][method.lower()]["security"]
            asks = all("functionKey" in door or "functionKeyInQuery" in door for door in security)
            assert (bool(security) and asks) == (endpoint.auth_level == func.AuthLevel.FUNCTION), endpoint


def test_where_people_sign_in_their_token_takes_the_place_of_keys_but_for_services() -> None:
    doors = dict(operations(SIGNED_IN))
    assert doors["GET /api/sessions"]["security"] == [{"entra": []}]
    assert doors["GET /api/sessions"]["responses"]["401"] == {"$ref": "#/components/responses/Unauthorized"}
    assert doors["POST /api/callbacks/event-grid"]["security"] == KEY_DOORS
    assert doors["GET /api/captions/{id}/session"]["security"] == [{"readToken": []}]
    assert doors["GET /api/openapi.json"]["security"] == []
    flow = SIGNED_IN["components"]["securitySchemes"]["entra"]["flows"]["authorizationCode"]
    assert flow["authorizationUrl"] == SIGN_IN.authorize_url
    assert "entra" not in DOCUMENT["components"]["securitySchemes"]


def test_the_contract_is_written_once_for_a_deployment_and_its_etag_tells_them_apart() -> None:
    assert written(None) is written(None)
    assert written(None).etag != written(SIGN_IN).etag


def test_nothing_of_the_contract_is_loaded_before_it_is_asked_for() -> None:
    code = "import sys, function_app; print([name for name in sys.modules if 'triggers.openapi' in name])"
    seen = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", code], env=GOOD, cwd=PROJECT, check=True, capture_output=True, text=True
    )
    assert seen.stdout.strip() == "[]"
