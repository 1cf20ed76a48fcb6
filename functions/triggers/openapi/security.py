"""The ways to prove who asks."""

from typing import Any

import azure.functions as func

from functions.settings import SignIn
from functions.triggers.endpoints import Endpoint
from functions.triggers.openapi.operation import Doors, Operation

ENTRA: Doors = ({"entra": []},)
"""The one scope is that of the whole API, and is in the scheme."""

SCHEMES: dict[str, Any] = {
    "functionKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "A key of the function app. It stays in back ends.",
    },
    "functionKeyInQuery": {
        "type": "apiKey",
        "in": "query",
        "name": "code",
        "description": "The same key, where headers cannot be set.",
    },
    "readToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `readToken` of a captions access: for one session, and not for long.",
    },
    "acsToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The token that Communication Services signs its callbacks with.",
    },
    "ticket": {
        "type": "apiKey",
        "in": "query",
        "name": "ticket",
        "description": "The session's ticket, which is in the callback address that the call's provider was given.",
    },
    "bandwidthPassword": {
        "type": "http",
        "scheme": "basic",
        "description": "The name and password that Bandwidth was given for its webhooks.",
    },
    "webPubSubSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "ce-signature",
        "description": "Web PubSub's signature of the connection's id.",
    },
}
NO_KEY = {"NoKey": {"description": "The key is missing or wrong. The host answers, without content."}}


def doors_of(endpoint: Endpoint, operation: Operation, sign_in: SignIn | None) -> Doors:
    """The ways into an endpoint. Where people sign in, their tokens take the place of function keys."""
    is_for_people = endpoint.auth_level == func.AuthLevel.FUNCTION and not endpoint.for_services
    return ENTRA if is_for_people and sign_in is not None else operation.doors


def by_entra(sign_in: SignIn | None) -> dict[str, Any]:
    """How people sign in with Entra ID, where they do."""
    if sign_in is None:
        return {}
    code = {
        "authorizationUrl": sign_in.authorize_url,
        "tokenUrl": sign_in.token_url,
        "scopes": {sign_in.scope: "The API."},
    }
    description = "A token of Entra ID for this API."
    return {"entra": {"type": "oauth2", "description": description, "flows": {"authorizationCode": code}}}
