"""The contract: an OpenAPI 3.1 document, from the endpoints, the types they read and answer, and what is told of them."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from functions.triggers.answers import Endpoint
from functions.triggers.openapi import callbacks, sessions, site, transcripts
from functions.triggers.openapi.operation import Answer, Operation
from functions.triggers.openapi.parameters import HEADERS, PARAMETERS, from_query
from functions.triggers.openapi.problems import MEDIA, PROBLEMS, Shared, reference
from functions.triggers.openapi.schemas import Schemas, schemas_of
from functions.triggers.openapi.security import NO_KEY, SCHEMES

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


def write_contract(endpoints: Iterable[Endpoint]) -> bytes:
    """The contract of the endpoints as JSON. Raises KeyError for one of which nothing is told."""
    return msgspec.json.encode(contract(endpoints))


def contract(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The contract of the endpoints."""
    schemas = schemas_of(
        requests=[form for one in OPERATIONS.values() for form in (one.query, *one.forms) if form],
        answers=[told.form for one in OPERATIONS.values() for told in one.answers.values() if told.form],
    )
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in sorted(endpoints, key=lambda one: one.route):
        for method in endpoint.methods:
            item = paths.setdefault(f"/{endpoint.route}", {})
            item[method.lower()] = describe_operation(endpoint, method, schemas)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": components(schemas),
    }


def components(schemas: Schemas) -> dict[str, Any]:
    """What the operations refer to."""
    queries = {one.query.__name__ for one in OPERATIONS.values() if one.query}
    return {
        "schemas": {name: one for name, one in schemas.components.items() if name not in queries},
        "responses": {one.name: describe_problem(one) for one in PROBLEMS.values()} | NO_KEY,
        "parameters": PARAMETERS,
        "headers": HEADERS,
        "links": links(),
        "securitySchemes": SCHEMES,
    }


def links() -> dict[str, Any]:
    """How operations go on with the id of a session that was answered."""
    told = [answer for one in OPERATIONS.values() for answer in one.answers.values()]
    names = sorted({name for answer in told for name in answer.links})
    return {name: {"operationId": name, "parameters": {"id": "$response.body#/id"}} for name in names}


def describe_operation(endpoint: Endpoint, method: str, schemas: Schemas) -> dict[str, Any]:
    """One method of an endpoint."""
    operation = OPERATIONS[f"{method} /{endpoint.route}"]
    name = endpoint.handler.__name__
    parameters = [*PATH_PARAMETER.findall(endpoint.route), *operation.headers]
    described = {
        "operationId": name if method == endpoint.methods[0] else f"{name}_{method.lower()}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [{"$ref": f"#/components/parameters/{one}"} for one in parameters]
        + (from_query(schemas.components[operation.query.__name__]) if operation.query else []),
        "requestBody": describe_body(operation, schemas),
        "responses": describe_answers(operation, schemas),
    }
    security = {"security": list(operation.doors)}
    return {key: value for key, value in described.items() if value} | security


def describe_body(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """The body that the operation reads, if it reads one."""
    if not operation.forms:
        return {}
    forms = [schemas.of(form) for form in operation.forms]
    schema = forms[0] if len(forms) == 1 else {"anyOf": forms}
    examples = {name: {"value": body} for name, body in operation.bodies.items()}
    return {"required": True, "content": {JSON: {"schema": schema, "examples": examples}}}


def describe_answers(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """The answers of the operation by their status: its own, problem documents, and the host's to a wrong key."""
    own = {status: describe_answer(answer, schemas) for status, answer in operation.answers.items()}
    problems = {status: reference(status) for status in operation.problems}
    asks_for_key = any("functionKey" in door for door in operation.doors)
    of_host = {401: {"$ref": "#/components/responses/NoKey"}} if asks_for_key else {}
    return {str(status): answer for status, answer in sorted((of_host | problems | own).items())}


def describe_answer(answer: Answer, schemas: Schemas) -> dict[str, Any]:
    """One answer that is no problem."""
    content: dict[str, Any] = {}
    if answer.form:
        content[JSON] = {"schema": schemas.of(answer.form), "example": answer.example}
    content |= {
        media: {"schema": {"type": "string"}, "example": text} for media, text in answer.texts.items()
    }
    described = {
        "description": answer.description,
        "content": content,
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
