"""The ways to prove who asks."""

from typing import Any

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
