"""Who may open the API with a token of Entra ID: real keys, published by the stand-in."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from functions.adapters.api_tokens import ApiTokens
from functions.errors import Unauthorized, Unavailable
from functions.settings import SignIn
from tests.local_cloud.entra_process import CLIENT_ID, TENANT, Entra, served_entra
from tests.service.bed import Clock


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with served_entra() as running:
        yield running


@pytest.fixture
def tokens(entra: Entra) -> ApiTokens:
    return ApiTokens(SignIn(entra.url, TENANT, CLIENT_ID), Clock())


async def minted(entra: Entra, **order: Any) -> str:
    return f"Bearer {(await entra.sim('tokens', order))['token']}"


V1 = {"iss": f"https://sts.windows.net/{TENANT}/", "aud": f"api://{CLIENT_ID}", "ver": "1.0", "azp": None}
GOOD: dict[str, dict[str, Any]] = {
    "a person": {},
    "an app with a role": {"of": "app"},
    "a person, in the token's first version": {"claims": V1 | {"appid": CLIENT_ID}},
    "a person by another client": {"claims": {"azp": TENANT}},
}
BAD: dict[str, dict[str, Any]] = {
    "an app without a role": {"of": "app", "claims": {"roles": None}},
    "an app with an empty list of roles": {"of": "app", "claims": {"roles": []}},
    "a person without a scope": {"claims": {"scp": None}},
    "a person with an empty scope": {"claims": {"scp": ""}},
    "an id token": {"of": "idToken"},
    "an id token with a role": {"of": "idToken", "claims": {"roles": ["Operator"]}},
    "a managed identity's token for storage": {"of": "identity", "resource": "https://storage.azure.com"},
    "a managed identity's token without a role": {"of": "identity", "resource": f"api://{CLIENT_ID}"},
    "another tenant's issuer": {"claims": {"iss": f"https://sts.windows.net/{CLIENT_ID}/"}},
    "an issuer that goes on": {"claims": {"iss": f"https://sts.windows.net/{TENANT}/evil"}},
    "an audience that is a prefix": {"claims": {"aud": CLIENT_ID[:-1]}},
}


@pytest.mark.parametrize("kind", GOOD)
async def test_opens_the_api(kind: str, entra: Entra, tokens: ApiTokens) -> None:
    await tokens.check(await minted(entra, **GOOD[kind]))


@pytest.mark.parametrize("kind", BAD)
async def test_does_not_open_the_api(kind: str, entra: Entra, tokens: ApiTokens) -> None:
    with pytest.raises(Unauthorized) as caught:
        await tokens.check(await minted(entra, **BAD[kind]))
    assert str(caught.value) == "There is no token that opens this API."


async def test_whoever_is_refused_learns_where_to_sign_in_and_the_log_learns_why(
    entra: Entra, tokens: ApiTokens, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    expired = await minted(entra, lifetime=-3600)
    for sent in (None, "", "Basic x", "Bearer ", "Bearer x.y.z", expired):
        with pytest.raises(Unauthorized) as caught:
            await tokens.check(sent)
        where = f"{entra.url}/{TENANT}/oauth2/v2.0/authorize"
        assert caught.value.challenge == f'Bearer authorization_uri="{where}", scope="{CLIENT_ID}/.default"'
    assert "ExpiredSignatureError" in caplog.text
    assert expired.removeprefix("Bearer ") not in caplog.text


async def test_while_entras_keys_cannot_be_had_nobody_is_let_in(entra: Entra) -> None:
    astray = ApiTokens(SignIn(f"{entra.url}/nowhere", TENANT, CLIENT_ID), Clock())
    with pytest.raises(Unavailable):
        await astray.check(await minted(entra))
