"""The contract of `triggers/site.py` and of itself."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from functions.services.health import Readiness
from functions.triggers.openapi import examples
from functions.triggers.openapi.operation import Answer, Operation

Status = Literal["up", "down"]


class Health(msgspec.Struct, frozen=True):
    """Whether the app can work."""

    status: Status


class HealthDetails(msgspec.Struct, frozen=True):
    """Whether the app and all that it needs can work."""

    status: Status
    dependencies: Annotated[
        dict[str, Readiness],
        Meta(description="`tables`, `webPubSub`, `callAutomation`, and `bandwidth` where it is set."),
    ]


class Providers(msgspec.Struct, frozen=True):
    """Whose calls can be started here."""

    providers: Annotated[
        list[Literal["acs", "bandwidth"]], Meta(description="Without Bandwidth's settings, `acs` alone.")
    ]


class SignInWay(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How people sign in; all but `kind` is there for Entra ID alone."""

    kind: Literal["key", "entra"]
    authority: str | None = None
    tenant_id: str | None = None
    client_id: str | None = None
    scope: str | None = None


READY = {"tables": {"ready": True}, "webPubSub": {"ready": True}, "callAutomation": {"ready": True}}
NOT_READY = READY | {"tables": {"ready": False, "reason": "Table Storage did not answer."}}

OPERATIONS = {
    "GET /api/health": Operation(
        tag="site",
        summary="Whether the app can work",
        answers={
            200: Answer("It can.", (Health,), {"health": {"status": "up"}}),
            503: Answer("It cannot.", (Health,), {"health": {"status": "down"}}),
        },
        doors=(),
    ),
    "GET /api/health/details": Operation(
        tag="site",
        summary="Whether each dependency can be used",
        answers={
            200: Answer("All can.", (HealthDetails,), {"health": {"status": "up", "dependencies": READY}}),
            503: Answer(
                "One cannot.", (HealthDetails,), {"health": {"status": "down", "dependencies": NOT_READY}}
            ),
        },
    ),
    "GET /api/providers": Operation(
        tag="site",
        summary="Whose calls can be started",
        answers={200: Answer("Their names.", (Providers,), {"both": {"providers": ["acs", "bandwidth"]}})},
    ),
    "GET /api/openapi.json": Operation(
        tag="site",
        summary="This contract",
        headers=("If-None-Match",),
        answers={
            200: Answer(
                "OpenAPI 3.1.", (dict[str, Any],), {"beginning": {"openapi": "3.1.0"}}, headers=("ETag",)
            ),
            304: Answer("It has not changed.", headers=("ETag",)),
        },
        doors=(),
    ),
    "GET /app": Operation(
        tag="site",
        summary="The page for operators",
        answers={200: Answer("HTML.", texts={"text/html": "<!doctype html>"})},
        doors=(),
    ),
    "GET /app/sign-in.json": Operation(
        tag="site",
        summary="How people sign in",
        description="With a function key, or with Entra ID and what that takes.",
        answers={
            200: Answer("The way.", (SignInWay,), {"functionKey": {"kind": "key"}, "entra": examples.ENTRA})
        },
        doors=(),
    ),
    "GET /app/{file}": Operation(
        tag="site",
        summary="A part of the page",
        answers={
            200: Answer(
                "The file.",
                texts={
                    "text/html": "<!doctype html>",
                    "text/css": "body { }",
                    "text/javascript": "export {}",
                    "image/svg+xml": "<svg/>",
                },
            )
        },
        problems=(404,),
        doors=(),
    ),
}
