"""The contract: an OpenAPI 3.1 document, from the endpoints, the types that they read and answer, and words on them."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from functions.settings import SignIn
from functions.triggers.endpoints import Endpoint
from functions.triggers.openapi import callbacks, sessions, site, transcripts
from functions.triggers.openapi.operation import Answer, Doors, Operation
from functions.triggers.openapi.parameters import HEADERS, PARAMETERS, from_query
from functions.triggers.openapi.problems import MEDIA, PROBLEMS, Shared, reference
from functions.triggers.openapi.schemas import Schemas, schemas_of
from functions.triggers.openapi.security import NO_KEY, SCHEMES, by_entra, doors_of

INFO = {
    "title": "Verbatim",
    "version": "0.1.0",
    "summary": "Live transcripts for Azure Communication Services calls",
    "license": {"name": "MIT", "identifier": "MIT"},
}
TAGS = {
    "sessions": "Start, stop and watch the transcription of calls.",
    "transcripts": "What was said.",
    "captions": "What a viewer needs to read along.",
    "services": "Doors for Azure's services, which call them by themselves.",
    "site": "Health, the page, this contract.",
}
OPERATIONS = sessions.OPERATIONS | transcripts.OPERATIONS | callbacks.OPERATIONS | site.OPERATIONS
PATH_PARAMETER = re.compile(r"{(\w+)}")
JSON = "application/json"


def write_contract(endpoints: Iterable[Endpoint], sign_in: SignIn | None) -> bytes:
    """The contract of the endpoints as JSON. Raises KeyError for one of which nothing is told."""
    return msgspec.json.encode(contract(endpoints, sign_in))


def contract(endpoints: Iterable[Endpoint], sign_in: SignIn | None) -> dict[str, Any]:
    """The contract of the endpoints, as a deployment guards them where people sign in, or with keys alone."""
    schemas = schemas_of(
        requests=[form for one in OPERATIONS.values() for form in (one.query, *one.forms) if form],
        answers=[form for one in OPERATIONS.values() for told in one.answers.values() for form in told.forms],
    )
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in sorted(endpoints, key=lambda one: one.route):
        for method in endpoint.methods:
            item = paths.setdefault(f"/{endpoint.route}", {})
            item[method.lower()] = describe_operation(endpoint, method, schemas, sign_in)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": components(schemas, sign_in),
    }


def components(schemas: Schemas, sign_in: SignIn | None) -> dict[str, Any]:
    """What the operations refer to."""
    queries = {one.query.__name__ for one in OPERATIONS.values() if one.query}
    return {
        "schemas": {name: one for name, one in schemas.components.items() if name not in queries},
        "responses": {one.name: describe_problem(one) for one in PROBLEMS.values()} | NO_KEY,
        "parameters": PARAMETERS,
        "headers": HEADERS,
        "links": links(),
        "securitySchemes": SCHEMES | by_entra(sign_in),
    }


def links() -> dict[str, Any]:
    """How operations go on with the id of a session that was answered."""
    told = [answer for one in OPERATIONS.values() for answer in one.answers.values()]
    names = sorted({name for answer in told for name in answer.links})
    return {name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in names}


def describe_operation(
    endpoint: Endpoint, method: str, schemas: Schemas, sign_in: SignIn | None
) -> dict[str, Any]:
    """One method of an endpoint."""
    operation = OPERATIONS[f"{method} /{endpoint.route}"]
    doors = doors_of(endpoint, operation, sign_in)
    name = endpoint.name
    parameters = [*PATH_PARAMETER.findall(endpoint.route), *operation.headers]
    described = {
        "operationId": name if method == endpoint.methods[0] else f"{name}_{method.lower()}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in parameters]
        + (from_query(schemas.components[operation.query.__name__]) if operation.query else []),
        "requestBody": describe_body(operation, schemas),
        "responses": describe_answers(operation, doors, schemas),
    }
    return {key: value for key, value in described.items() if value} | {"security": list(doors)}


def describe_body(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """The body that the operation reads, if it reads one."""
    content = describe_json(operation.forms, operation.bodies, schemas)
    return {"required": True, "content": content} if content else {}


def describe_json(forms: tuple[Any, ...], examples: dict[str, Any], schemas: Schemas) -> dict[str, Any]:
    """JSON that may have any of some types, if it has one."""
    any_of = [schemas.of(form) for form in forms]
    if not any_of:
        return {}
    schema = any_of[0] if len(any_of) == 1 else {"anyOf": any_of}
    shown = {name: {"value": example} for name, example in examples.items()}
    return {JSON: {"schema": schema, "examples": shown}}


def describe_answers(operation: Operation, doors: Doors, schemas: Schemas) -> dict[str, Any]:
    """The answers of the operation by their status: its own, problem documents, and those to who may not ask."""
    own = {status: describe_answer(answer, schemas) for status, answer in operation.answers.items()}
    problems = {status: reference(status) for status in operation.problems}
    return {str(status): told for status, told in sorted((refusals(doors) | problems | own).items())}


def refusals(doors: Doors) -> dict[int, Any]:
    """What is answered to who has no key, which the host does without a word, or no token of Entra ID."""
    schemes = {scheme for door in doors for scheme in door}
    if "entra" in schemes:
        return {401: reference(401), 503: reference(503)}
    return {401: {"$ref": "#/components/responses/NoKey"}} if "functionKey" in schemes else {}


def describe_answer(answer: Answer, schemas: Schemas) -> dict[str, Any]:
    """One answer that is no problem."""
    texts = {media: {"schema": {"type": "string"}, "example": text} for media, text in answer.texts.items()}
    described = {
        "description": answer.description,
        "content": describe_json(answer.forms, answer.examples, schemas) | texts,
        "headers": describe_headers(answer),
        "links": {name: {"$ref": f"#/components/links/{name}"} for name in answer.links},
    }
    return {key: value for key, value in described.items() if value}


def describe_problem(problem: Shared) -> dict[str, Any]:
    """A problem document that operations share."""
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA: {"schema": schema, "example": msgspec.to_builtins(problem.example)}}
    described = {"description": problem.description, "content": content, "headers": describe_headers(problem)}
    return {key: value for key, value in described.items() if value}


def describe_headers(answer: Answer | Shared) -> dict[str, Any]:
    """The headers of an answer, by reference."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in answer.headers}
