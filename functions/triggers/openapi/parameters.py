"""Parameters and headers of the contract."""

from typing import Any

from functions.lifecycle.identity import ID_PATTERN
from functions.triggers.openapi import examples
from functions.triggers.openapi.schemas import given
from functions.triggers.start_input import KEY


def in_path(name: str, description: str, example: str, **schema: Any) -> dict[str, Any]:
    """A parameter that is a part of the path."""
    named = {"name": name, "in": "path", "required": True}
    return named | {"description": description, "schema": {"type": "string"} | schema, "example": example}


def in_header(name: str, description: str, example: str, **schema: Any) -> dict[str, Any]:
    """A parameter that is a header."""
    named = {"name": name, "in": "header"}
    return named | {"description": description, "schema": {"type": "string"} | schema, "example": example}


def from_query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of a query, from the schema of the type that reads it."""
    return [in_query(name, one) for name, one in schema["properties"].items()]


def in_query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter of the query; one that has a default without null shows it."""
    bare = given(schema) | ({"default": schema["default"]} if schema.get("default") is not None else {})
    description = bare.pop("description", "")
    named = {"name": name, "in": "query", "schema": bare}
    return named | ({"description": description} if description else {})


PARAMETERS = {
    "id": in_path("id", "The session's id, a ULID.", examples.ID, pattern=ID_PATTERN),
    "file": in_path("file", "The name of one of the page's files.", "app.js"),
    "Idempotency-Key": in_header(
        "Idempotency-Key",
        "Makes the start repeatable: the same key with the same body answers 200 and the session that it made.",
        "weekly-2026-11-21",
        pattern=f"^{KEY.pattern}$",
    ),
    "If-None-Match": in_header("If-None-Match", "The ETag of what you have.", '"5f0e2b6c9a1b2c3d"'),
    "aeg-event-type": in_header("aeg-event-type", "Event Grid's kind of delivery.", "Notification"),
    "WebHook-Request-Origin": in_header(
        "WebHook-Request-Origin", "Who wants to send.", "eventgrid.azure.net"
    ),
    "ce-type": in_header("ce-type", "The event.", "azure.webpubsub.sys.connect"),
    "ce-hub": in_header("ce-hub", "The hub of the socket.", "transcript"),
    "ce-connectionId": in_header("ce-connectionId", "The socket.", "kd8PCAO6UL4AVLUoZ3pZRg"),
    "ce-userId": in_header("ce-userId", "The session's id.", examples.ID),
    "ce-id": in_header("ce-id", "The number of the event on its socket.", "1"),
    "ce-connectionState": in_header("ce-connectionState", "What the last answer set.", "eyJzdHJlYW0iOjF9"),
}
HEADERS = {
    "Location": {"description": "Where the session is.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to prove who asks.", "schema": {"type": "string"}},
    "Vary": {"description": "What the answer depends on.", "schema": {"type": "string"}},
    "Content-Disposition": {
        "description": "What a browser calls the file; not with json.",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
    "ETag": {"description": "Changes with the content.", "schema": {"type": "string"}},
    "WebHook-Allowed-Origin": {"description": "Who may send.", "schema": {"type": "string"}},
    "WebHook-Allowed-Rate": {"description": "How often: `*` is without limit.", "schema": {"type": "string"}},
    "ce-connectionState": {
        "description": "What the socket's next event brings back.",
        "schema": {"type": "string"},
    },
}
