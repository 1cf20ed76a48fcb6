"""A cloud without access keys, and tokens of every quality from its tenant."""

from typing import Any
from uuid import uuid4

from local.keyless import AUDIENCE, Keyless
from local.stack_entra import WEB_PUBSUB
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.sessions import Session
from tests.end_to_end.web_pubsub_events import headers_of, post_event


def keyless_of(cloud: Cloud) -> Keyless:
    """What the cloud has in place of access keys."""
    keyless = cloud.stack.plan.keyless
    assert keyless is not None
    return keyless


async def entra(cloud: Cloud, path: str, body: Any) -> Any:
    """Post to the Entra stand-in."""
    answer = await cloud.ask("POST", f"{keyless_of(cloud).entra.url}/sim/{path}", body)
    assert answer.status == 200, answer.text
    return answer.body


async def token(cloud: Cloud, claims: dict[str, Any] | None = None, **order: Any) -> str:
    """The token of Web PubSub's identity, but for what is ordered."""
    said = {"oid": WEB_PUBSUB.object_id} | (claims or {})
    given = {"of": "identity", "resource": AUDIENCE, "claims": said} | order
    minted: str = (await entra(cloud, "tokens", given))["token"]
    return minted


async def post_as(
    cloud: Cloud, session: Session, kind: str, authorization: str | None, body: bytes
) -> Answer:
    """An event of a session's socket, with that in its `Authorization` and no signature."""
    headers = headers_of(cloud, session, kind, uuid4().hex)
    del headers["ce-signature"]
    proven = headers if authorization is None else headers | {"Authorization": authorization}
    return await post_event(cloud, proven, body)
