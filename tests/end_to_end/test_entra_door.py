"""Where people sign in with Entra ID, its tokens open the API, and nothing else does."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import jwt
import pytest

from local.stack_entra import CLIENT_ID, TENANT
from tests.end_to_end.calls import hang_up_everywhere, speak, was_received
from tests.end_to_end.cloud import Answer, Cloud, eventually, opening, running_cloud
from tests.end_to_end.sessions import texts, transcribed
from tests.end_to_end.test_keys import GUARDED
from tests.end_to_end.test_what_logs_never_hold import holding

UNKNOWN = "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"


@pytest.fixture(scope="module")
async def lasting_entra_cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path_factory.mktemp("entra"), hosts=1, entra=True) as running:
        yield running


@pytest.fixture
async def entra_cloud(lasting_entra_cloud: Cloud) -> AsyncIterator[Cloud]:
    """A cloud in which people sign in, one of them for this test; a test's calls end with it."""
    signed_in = await opening(lasting_entra_cloud.stack, lasting_entra_cloud.http)
    yield replace(lasting_entra_cloud, credentials=signed_in)
    await hang_up_everywhere(lasting_entra_cloud)


async def steer(cloud: Cloud, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Ask the stand-in for Entra ID for something."""
    assert cloud.stack.plan.entra is not None
    answer = await cloud.ask("POST", f"{cloud.stack.plan.entra.url}/sim/{path}", dict(body or {}))
    assert answer.status == 200, answer.text
    return answer.body


async def minted(cloud: Cloud, **order: Any) -> dict[str, str]:
    """The headers with a token to order."""
    return {"Authorization": f"Bearer {(await steer(cloud, 'tokens', order))['token']}"}


async def knocks(cloud: Cloud, method: str, path: str, headers: Mapping[str, str], query: str = "") -> Answer:
    """A request for something of a session that does not exist."""
    url = cloud.stack.plan.functions_url + path.format(id=UNKNOWN) + query
    return await cloud.ask(method, url, {"call": {}}, headers)


async def test_a_call_is_transcribed_for_somebody_who_signed_in(entra_cloud: Cloud) -> None:
    call, session = await transcribed(entra_cloud)
    await speak(entra_cloud, call, "Who is there?")
    await was_received(entra_cloud, call, "Who is there?")
    await eventually(lambda: texts(entra_cloud, session))
    assert await texts(entra_cloud, session) == ["Who is there?"]


@pytest.mark.parametrize(("method", "path"), GUARDED, ids=lambda part: part)
async def test_a_token_opens_and_function_keys_do_not(entra_cloud: Cloud, method: str, path: str) -> None:
    plan = entra_cloud.stack.plan
    right = await knocks(entra_cloud, method, path, entra_cloud.credentials)
    assert right.status in {200, 400, 404}
    for key in (plan.host_key, plan.master_key):
        assert (await knocks(entra_cloud, method, path, {"x-functions-key": key})).status == 401
        assert (await knocks(entra_cloud, method, path, {}, f"?code={key}")).status == 401
    assert (await knocks(entra_cloud, method, path, {})).status == 401


MINTED: dict[str, dict[str, Any]] = {
    "expired": {"lifetime": -3600},
    "not yet valid": {"claims": {"nbf": 4_000_000_000, "iat": 4_000_000_000, "exp": 4_000_003_600}},
    "without expiry": {"claims": {"exp": None}},
    "another audience": {"claims": {"aud": "https://graph.microsoft.com"}},
    "no audience": {"claims": {"aud": None}},
    "another issuer": {"claims": {"iss": "https://evil.example/v2.0"}},
    "another tenant": {"claims": {"iss": f"https://sts.windows.net/{'0' * 8}-0000-0000-0000-{'0' * 12}/"}},
    "no issuer": {"claims": {"iss": None}},
    "alg none": {"signing": "none"},
    "the public key as a secret": {"signing": "public-key-as-secret"},
    "an unknown key": {"signing": "unpublished"},
    "an id token": {"of": "idToken"},
    "an app without a role": {"of": "app", "claims": {"roles": None}},
    "another service's managed identity": {"of": "identity", "resource": "https://webpubsub.azure.com"},
}


async def test_every_token_that_does_not_open_gets_the_same_answer(entra_cloud: Cloud) -> None:
    good = entra_cloud.credentials["Authorization"]
    forged = (await minted(entra_cloud, signing="unpublished", keyId=key_id(good)))["Authorization"]
    tokens = [(await minted(entra_cloud, **order))["Authorization"] for order in MINTED.values()]
    sent = [{}, *({"Authorization": each} for each in [*tokens, forged, good[:-4], "Bearer x", good[7:], ""])]
    answers = [await knocks(entra_cloud, "GET", "/api/sessions", headers) for headers in sent]
    assert {answer.status for answer in answers} == {401}
    assert len({(answer.text, answer.headers["WWW-Authenticate"]) for answer in answers}) == 1
    plan = entra_cloud.stack.plan.entra
    assert plan is not None
    assert answers[0].headers["WWW-Authenticate"].startswith(f'Bearer authorization_uri="{plan.url}/')
    assert answers[0].headers["Content-Type"] == "application/problem+json"
    assert (answers[0].body["code"], answers[0].body["field"]) == ("unauthorized", "Authorization")
    assert CLIENT_ID in answers[0].body["remedy"]


def key_id(authorization: str) -> str:
    """What the token says of its key."""
    return str(jwt.get_unverified_header(authorization.removeprefix("Bearer "))["kid"])


async def test_an_app_with_its_secret_is_let_in(entra_cloud: Cloud) -> None:
    plan = entra_cloud.stack.plan.entra
    assert plan is not None
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "scope": f"{CLIENT_ID}/.default",
    }
    url = f"{plan.url}/{TENANT}/oauth2/v2.0/token"
    async with entra_cloud.http.post(url, data=form | {"client_secret": plan.client_secret}) as response:
        token = (await response.json())["access_token"]
    assert (
        await knocks(entra_cloud, "GET", "/api/sessions", {"Authorization": f"Bearer {token}"})
    ).status == 200


async def test_keys_that_rotate_are_found_and_withdrawn_ones_forgotten(entra_cloud: Cloud) -> None:
    old = await minted(entra_cloud)
    assert (await knocks(entra_cloud, "GET", "/api/sessions", old)).status == 200
    await steer(entra_cloud, "keys/rotate", {"withdraw": True})
    new = await minted(entra_cloud)

    async def opens() -> bool:
        return (await knocks(entra_cloud, "GET", "/api/sessions", new)).status == 200

    await eventually(opens)  # the published keys are fetched once in ten seconds, whoever asks
    assert (await knocks(entra_cloud, "GET", "/api/sessions", old)).status == 401


async def test_services_keep_their_keys(entra_cloud: Cloud) -> None:
    for path in ("/api/callbacks/web-pubsub", "/api/callbacks/event-grid"):
        for method in ("POST", "OPTIONS"):
            assert (await knocks(entra_cloud, method, path, await minted(entra_cloud))).status == 401


async def test_viewers_keep_their_tokens_which_open_nothing_else(entra_cloud: Cloud) -> None:
    entra = await minted(entra_cloud)
    _, session = await transcribed(entra_cloud)
    answer = await entra_cloud.ask(
        "POST", f"{entra_cloud.stack.plan.functions_url}/api/sessions/{session['id']}/captions", headers=entra
    )
    viewer = {"Authorization": f"Bearer {answer.body['readToken']}"}
    door = f"{entra_cloud.stack.plan.functions_url}/api/captions/{session['id']}/session"
    assert (await entra_cloud.ask("GET", door, headers=viewer)).status == 200
    assert (await entra_cloud.ask("GET", door, headers=entra)).status == 401
    assert (await knocks(entra_cloud, "GET", "/api/sessions", viewer)).status == 401


async def test_the_page_is_told_how_to_sign_in_and_may_call_entra(entra_cloud: Cloud) -> None:
    plan = entra_cloud.stack.plan.entra
    assert plan is not None
    told = await knocks(entra_cloud, "GET", "/app/sign-in.json", {})
    assert told.body == {
        "kind": "entra",
        "authority": plan.url,
        "tenantId": TENANT,
        "clientId": CLIENT_ID,
        "scope": f"{CLIENT_ID}/.default",
    }
    policy = (await knocks(entra_cloud, "GET", "/app", {})).headers["Content-Security-Policy"]
    sockets = entra_cloud.stack.plan.web_pubsub_url.replace("http", "ws", 1)
    assert f"connect-src 'self' {sockets} {plan.url};" in policy


async def test_with_keys_the_page_asks_for_one_and_may_call_nobody_else(cloud: Cloud) -> None:
    assert (await knocks(cloud, "GET", "/app/sign-in.json", {})).body == {"kind": "key"}
    policy = (await knocks(cloud, "GET", "/app", {})).headers["Content-Security-Policy"]
    sockets = cloud.stack.plan.web_pubsub_url.replace("http", "ws", 1)
    assert f"connect-src 'self' {sockets};" in policy
    assert (await knocks(cloud, "GET", "/api/sessions", {"Authorization": "Bearer x"})).status == 401


async def test_while_entra_is_away_nobody_new_is_let_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running_cloud(tmp_path_factory.mktemp("away"), hosts=1, entra=True) as alone:
        assert alone.stack.entra is not None
        await alone.stack.entra.stop()
        answer = await knocks(alone, "GET", "/api/sessions", alone.credentials)
        assert (answer.status, answer.body["code"]) == (503, "unavailable")
        assert (await knocks(alone, "GET", "/api/sessions", {})).status == 401
        assert (await knocks(alone, "GET", "/app/sign-in.json", {})).status == 200
        await alone.stack.entra.start()
        # Its keys are others than before: the one who asks has signed in anew.
        again = await minted(alone)

        async def opens() -> bool:
            return (await knocks(alone, "GET", "/api/sessions", again)).status == 200

        await eventually(opens)


async def test_no_token_is_in_any_log(entra_cloud: Cloud) -> None:
    sent = [entra_cloud.credentials, await minted(entra_cloud), await minted(entra_cloud, lifetime=-3600)]
    for headers in sent:
        await knocks(entra_cloud, "GET", "/api/sessions", headers)
    refusal = "a token was refused: The token is no good: ExpiredSignatureError"

    async def is_written() -> bool:
        return bool(holding(entra_cloud, refusal))

    await eventually(is_written)
    for headers in sent:
        assert holding(entra_cloud, headers["Authorization"].split(".")[1]) == []


async def test_without_any_access_key_a_call_is_transcribed_for_somebody_who_signed_in(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("keyless")
    async with running_cloud(folder, hosts=1, entra=True, identity=True) as keyless:
        call, session = await transcribed(keyless)
        await speak(keyless, call, "No key, and yet.")
        await was_received(keyless, call, "No key, and yet.")
        await eventually(lambda: texts(keyless, session))
        assert await texts(keyless, session) == ["No key, and yet."]
        assert (await knocks(keyless, "GET", "/api/sessions", {})).status == 401
        await hang_up_everywhere(keyless)
