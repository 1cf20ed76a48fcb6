"""Web PubSub's upstream events, posted straight to the functions, signed or not."""

import hmac
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.sessions import Session

CONNECT = "azure.webpubsub.sys.connect"
MESSAGE = "azure.webpubsub.user.message"


def signature(cloud: Cloud, connection: str) -> str:
    """What Web PubSub writes into `ce-signature` for a connection."""
    key = cloud.stack.plan.web_pubsub_key.encode()
    return "sha256=" + hmac.digest(key, connection.encode(), "sha256").hex()


def headers_of(cloud: Cloud, session: Session, kind: str, connection: str) -> dict[str, str]:
    """The headers of an event of a session's socket, rightly signed."""
    return {
        "Content-Type": "text/plain; charset=utf-8" if kind == MESSAGE else "application/json",
        "WebHook-Request-Origin": "127.0.0.1",
        "ce-specversion": "1.0",
        "ce-type": kind,
        "ce-id": uuid4().hex,
        "ce-hub": "transcript",
        "ce-eventName": kind.rsplit(".", 1)[1],
        "ce-connectionId": connection,
        "ce-userId": session["id"],
        "ce-signature": signature(cloud, connection),
    }


async def post_event(cloud: Cloud, headers: Mapping[str, str], body: bytes) -> Answer:
    """The event, with the key of the function."""
    plan = cloud.stack.plan
    url = f"{plan.functions_url}/api/callbacks/web-pubsub?code={plan.event_handler_key}"
    return await cloud.ask("POST", url, body, headers)


def frame(text: str, **more: Any) -> bytes:
    """A final as ACS sends it; times in ticks."""
    data = {
        "text": text,
        "format": "display",
        "offset": 10_000_000,
        "duration": 5_000_000,
        "participantRawID": "8:acs:frame",
        "resultStatus": "Final",
    }
    return json.dumps({"kind": "TranscriptionData", "transcriptionData": data | more}).encode()


METADATA = json.dumps(
    {
        "kind": "TranscriptionMetadata",
        "transcriptionMetadata": {"subscriptionId": "a subscription", "locale": "en-US"},
    }
).encode()
