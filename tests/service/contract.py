"""The contract as tests look at it: operations, their examples, and what a schema has against one."""

import json
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import jsonschema_rs

from functions.settings import SignIn
from functions.triggers import endpoints
from functions.triggers.openapi.document import contract

SIGN_IN = SignIn("https://login.example", "a-tenant", "a-client")
DOCUMENT = contract(endpoints.ALL, None)
SIGNED_IN = contract(endpoints.ALL, SIGN_IN)


def resolved(node: Any) -> Any:
    """What a reference points to, or the node itself."""
    if "$ref" not in node:
        return node
    found: Any = DOCUMENT
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def operations(document: dict[str, Any] = DOCUMENT) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def wrong(schema: dict[str, Any], example: Any) -> list[str]:
    """What a schema of the document has against an example."""
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [error.message for error in validator.iter_errors(example)]


def media_of(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each body of an operation, its request's and its answers', by what it belongs to."""
    told = {"request": operation.get("requestBody", {})} | operation["responses"]
    for where, one in told.items():
        for name, media in resolved(one).get("content", {}).items():
            yield f"{where} {name}", media


def examples_of(media: dict[str, Any]) -> list[Any]:
    if "example" in media:
        return [media["example"]]
    return [example["value"] for example in media["examples"].values()]


def posted(body: Any, **headers: str) -> func.HttpRequest:
    return func.HttpRequest(
        "POST", "https://app.example", headers=headers, body=json.dumps(body, ensure_ascii=False).encode()
    )


def bodies(name: str) -> list[Any]:
    (media,) = dict(operations())[name]["requestBody"]["content"].values()
    return examples_of(media)
