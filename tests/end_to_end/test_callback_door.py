"""Callbacks need ACS's token and the session's ticket; whatever else knocks changes nothing."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import jwt
import pytest

from local.call_automation.tokens import ISSUER, Signer
from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import Session, journal, names, read, transcribed
from tests.end_to_end.test_bad_input import assert_problem


def disconnected(session: Session) -> list[dict[str, Any]]:
    """A callback that would end the session."""
    connection = session["callConnectionId"]
    data = {
        "callConnectionId": connection,
        "resultInformation": {"code": 200, "subCode": 5001, "message": "The conversation has ended."},
    }
    source = f"calling/callConnections/{connection}"
    kind = "Microsoft.Communication.CallDisconnected"
    return [{"id": str(uuid4()), "source": source, "type": kind, "specversion": "1.0", "data": data}]


async def post(
    cloud: Cloud, session: Session, ticket: str | None, authorization: str | None, body: Any = None
) -> Answer:
    """A callback to a session's address."""
    query = "" if ticket is None else f"?ticket={ticket}"
    url = f"{cloud.stack.plan.functions_url}/api/callbacks/calls/{session['id']}{query}"
    headers = {} if authorization is None else {"Authorization": authorization}
    return await cloud.ask("POST", url, disconnected(session) if body is None else body, headers)


async def ticket_of(cloud: Cloud, session: Session) -> str:
    """The ticket in the session's callback address."""
    return (await stored(cloud, session)).session.ticket


def bearer(signer: Signer, **claims: Any) -> str:
    """A token like ACS's, with some claims of its own."""
    now = int(time.time())
    told = {"iss": ISSUER, "aud": signer.audience, "iat": now, "nbf": now, "exp": now + 300} | claims
    kept = {name: value for name, value in told.items() if value is not None}
    return "Bearer " + jwt.encode(kept, signer.key, "RS256", {"kid": signer.key_id})


def unsigned(signer: Signer) -> str:
    """A token of the algorithm `none`."""
    claims = {"iss": ISSUER, "aud": signer.audience, "exp": int(time.time()) + 300}
    return "Bearer " + jwt.encode(claims, "", "none", {"kid": signer.key_id})


def symmetric(signer: Signer) -> str:
    """A token whose signature is an HMAC with what everybody knows, the published key."""
    claims = {"iss": ISSUER, "aud": signer.audience, "exp": int(time.time()) + 300}
    public = hashlib.sha256(json.dumps(signer.published()).encode()).hexdigest()
    return "Bearer " + jwt.encode(claims, public, "HS256", {"kid": signer.key_id})


def tampered(signer: Signer) -> str:
    """A good token whose claims were changed after it was signed."""
    head, _, signature = bearer(signer).split(".")
    _, claims, _ = bearer(signer, exp=int(time.time()) + 9000).split(".")
    return f"{head}.{claims}.{signature}"


BAD_TOKENS: dict[str, Callable[[Signer], str | None]] = {
    "no token": lambda _: None,
    "another scheme": lambda signer: bearer(signer).replace("Bearer", "Basic"),
    "an empty token": lambda _: "Bearer ",
    "garbage": lambda _: "Bearer not.a.token",
    "an expired token": lambda signer: bearer(signer, exp=int(time.time()) - 60),
    "a token without an expiry": lambda signer: bearer(signer, exp=None),
    "a token that is not valid yet": lambda signer: bearer(signer, nbf=int(time.time()) + 600),
    "the audience of another resource": lambda signer: bearer(signer, aud=str(uuid4())),
    "no audience": lambda signer: bearer(signer, aud=None),
    "another issuer": lambda signer: bearer(signer, iss="https://example.com"),
    "alg none": unsigned,
    "alg HS256": symmetric,
    "another key under a published id": lambda signer: bearer(Signer(signer.audience, key_id=signer.key_id)),
    "a key that nobody published": lambda signer: bearer(Signer(signer.audience)),
    "changed claims": tampered,
}


async def test_a_good_token_with_the_right_ticket_is_taken_in(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    answer = await post(cloud, session, await ticket_of(cloud, session), bearer(cloud.signer))
    assert answer.status == 200
    assert (await read(cloud, session))["state"] == "stopped"


@pytest.mark.parametrize("what", BAD_TOKENS)
async def test_a_callback_is_refused_and_changes_nothing_with(cloud: Cloud, what: str) -> None:
    _, session = await transcribed(cloud)
    before = await read(cloud, session), await journal(cloud, session)
    answer = await post(cloud, session, await ticket_of(cloud, session), BAD_TOKENS[what](cloud.signer))
    assert_problem(answer, 401, "Authorization")
    assert answer.body["code"] == "unauthorized"
    assert (await read(cloud, session), await journal(cloud, session)) == before


async def test_without_the_sessions_own_ticket_a_good_token_opens_nothing(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    _, other = await transcribed(cloud)
    before = await read(cloud, session), await journal(cloud, session)
    tickets = (None, "", "wrong", "%C3%A9", await ticket_of(cloud, other))
    answers = [await post(cloud, session, ticket, bearer(cloud.signer)) for ticket in tickets]
    for answer in answers:
        assert_problem(answer, 401, "ticket")
    assert len({answer.text for answer in answers}) == 1
    assert (await read(cloud, session), await journal(cloud, session)) == before


async def test_a_session_that_does_not_exist_is_refused_like_a_wrong_ticket(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    wrong = await post(cloud, session, "wrong", bearer(cloud.signer))
    ghost = session | {"id": "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"}
    unknown = await post(cloud, ghost, "wrong", bearer(cloud.signer))
    assert (unknown.status, unknown.text) == (wrong.status, wrong.text)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b'[{"id": "1"}]', b"\xff", b"[" * 50_000, b"[" + b" " * 1_100_000 + b"]"],
    ids=["empty", "an object", "numbers", "half an event", "no UTF-8", "a nest", "more than a MiB"],
)
async def test_a_body_that_is_no_list_of_events_is_named(cloud: Cloud, body: bytes) -> None:
    _, session = await transcribed(cloud)
    before = await journal(cloud, session)
    answer = await post(cloud, session, await ticket_of(cloud, session), bearer(cloud.signer), body)
    assert_problem(answer, 400, "body", "array of CloudEvents")
    assert await journal(cloud, session) == before


async def test_a_callback_that_was_listened_to_can_be_sent_again_in_vain(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    _, other = await transcribed(cloud)
    ticket, token, body = await ticket_of(cloud, session), bearer(cloud.signer), disconnected(session)
    for _ in range(3):
        assert (await post(cloud, session, ticket, token, body)).status == 200
    assert (await names(cloud, session)).count("call-disconnected") == 1
    untouched = await read(cloud, other), await journal(cloud, other)
    assert (await post(cloud, other, ticket, token, body)).status == 401
    assert (await read(cloud, other), await journal(cloud, other)) == untouched


async def test_an_event_of_another_connection_changes_nothing_but_the_journal(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    stranger = session | {"callConnectionId": str(uuid4())}
    answer = await post(
        cloud, session, await ticket_of(cloud, session), bearer(cloud.signer), disconnected(stranger)
    )
    assert answer.status == 200
    assert await read(cloud, session) == session
    assert (await journal(cloud, session))[-1]["event"] == "call-disconnected"


async def test_an_event_of_an_unknown_type_is_noted(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    events = disconnected(session)
    events[0]["type"] = "Microsoft.Communication.SomethingNew"
    answer = await post(cloud, session, await ticket_of(cloud, session), bearer(cloud.signer), events)
    assert answer.status == 200
    assert await read(cloud, session) == session
    assert (await journal(cloud, session))[-1]["detail"] == {"name": "SomethingNew"}


async def test_the_token_of_one_deployment_does_not_open_another(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    other = replace(cloud.signer, audience=str(uuid4()))
    answer = await post(cloud, session, await ticket_of(cloud, session), "Bearer " + other.token(300))
    assert answer.status == 401
