"""The Entra stand-in against Microsoft's own clients: MSAL for people and apps, azure-identity for an app in Azure."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import jwt
import msal
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import ManagedIdentityCredential

from tests.local_cloud.entra_process import (
    CLIENT_ID,
    FIRST,
    IDENTITY_HEADER,
    NATIVE,
    SECOND,
    SECRET,
    TENANT,
    Entra,
    served_entra,
)

STORAGE = "https://storage.azure.com"


PLAIN, SECURE = "http://127.0.0.1", "https://127.0.0.1"


class PlainHttp(requests.Session):
    """MSAL speaks to https alone, and the stand-in has no certificate: both see what they want to see."""

    def request(self, method: str, url: str, *args: Any, **more: Any) -> requests.Response:  # type: ignore[override]  # MSAL gives text
        response = super().request(method, url.replace(SECURE, PLAIN), *args, **more)
        response._content = response.content.replace(PLAIN.encode(), SECURE.encode())
        return response


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with served_entra() as running:
        yield running


def secure(entra: Entra) -> str:
    return entra.authority.replace(PLAIN, SECURE)


@pytest.mark.filterwarnings(
    "ignore:response_mode='form_post':UserWarning"
)  # a page with no server of its own cannot take one
async def test_msal_signs_a_person_in_and_renews_the_token(entra: Entra) -> None:
    with PlainHttp() as plain:
        app = await asyncio.to_thread(
            msal.PublicClientApplication,
            CLIENT_ID,
            authority=secure(entra),
            instance_discovery=False,
            http_client=plain,
        )
        scopes = [f"{CLIENT_ID}/access"]
        flow = app.initiate_auth_code_flow(scopes, redirect_uri=NATIVE)
        returned = await entra.browse(flow["auth_uri"].replace(SECURE, PLAIN), name="Ada")
        given = await asyncio.to_thread(app.acquire_token_by_auth_code_flow, flow, dict(returned.content))
        assert given["id_token_claims"]["name"] == "Ada"
        (account,) = app.get_accounts()
        again = await asyncio.to_thread(app.acquire_token_silent, scopes, account, force_refresh=True)
    claims = jwt.decode(again["access_token"], options={"verify_signature": False})
    assert (claims["name"], claims["scp"]) == ("Ada", "access")
    granted = (await entra.get("/sim/granted"))["granted"]
    assert [one["grant"] for one in granted] == ["authorization_code", "refresh_token"]


async def test_msal_gets_an_app_its_token(entra: Entra) -> None:
    with PlainHttp() as plain:
        app = await asyncio.to_thread(
            msal.ConfidentialClientApplication,
            CLIENT_ID,
            client_credential=SECRET,
            authority=secure(entra),
            instance_discovery=False,
            http_client=plain,
        )
        given = await asyncio.to_thread(app.acquire_token_for_client, [f"{CLIENT_ID}/.default"])
    assert jwt.decode(given["access_token"], options={"verify_signature": False})["roles"] == ["Operator"]


@pytest.fixture
def in_azure(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an app that has managed identities."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{entra.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)


@pytest.mark.parametrize(("asked", "found"), [({}, FIRST), ({"client_id": SECOND.client_id}, SECOND)])
@pytest.mark.usefixtures("in_azure")
async def test_azure_identity_gets_a_managed_identity_its_token(
    entra: Entra, asked: dict[str, Any], found: Any
) -> None:
    async with ManagedIdentityCredential(**asked) as credential:
        given = await credential.get_token(f"{STORAGE}/.default")
    key = (await entra.keys())[jwt.get_unverified_header(given.token)["kid"]]
    claims = jwt.decode(given.token, jwt.PyJWK(key, "RS256"), algorithms=["RS256"], audience=STORAGE)
    assert claims["iss"] == f"https://sts.windows.net/{TENANT}/"
    assert (claims["oid"], claims["appid"], claims["ver"]) == (found.object_id, found.client_id, "1.0")
    assert abs(given.expires_on - claims["exp"]) <= 1


@pytest.mark.usefixtures("in_azure")
async def test_whoever_is_not_in_azure_gets_no_managed_identity(
    entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "a guess")
    async with ManagedIdentityCredential() as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token(f"{STORAGE}/.default")


@pytest.mark.usefixtures("in_azure")
async def test_an_identity_that_the_app_does_not_have_gets_no_token(entra: Entra) -> None:
    async with ManagedIdentityCredential(client_id=TENANT) as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token(f"{STORAGE}/.default")
