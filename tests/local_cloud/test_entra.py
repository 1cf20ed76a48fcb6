"""The Entra stand-in over HTTP: who gets a code, who gets tokens for it, and what they say."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from tests.local_cloud.entra_process import (
    CLIENT_ID,
    NATIVE,
    ORIGIN,
    SECRET,
    SPA,
    TENANT,
    Entra,
    served_entra,
)

SCOPE = f"openid offline_access {CLIENT_ID}/.default"


@dataclass(frozen=True)
class Trip:
    """One way to Entra and back; the verifier stays at home."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def query(self, **more: str | None) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual: dict[str, str | None] = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "response_mode": "fragment",
            "redirect_uri": SPA,
            "scope": SCOPE,
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | more).items() if value is not None}

    def url(self, entra: Entra, **more: str | None) -> str:
        return f"{entra.authority}/oauth2/v2.0/authorize?{urlencode(self.query(**more))}"

    def redemption(self, code: str, **more: str) -> dict[str, str]:
        usual = {"grant_type": "authorization_code", "client_id": CLIENT_ID, "redirect_uri": SPA}
        return usual | {"code": code, "code_verifier": self.verifier} | more


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with served_entra() as running:
        yield running


async def signed_in(entra: Entra, trip: Trip, **more: str | None) -> str:
    """The code of somebody who filled in the form."""
    returned = await entra.browse(trip.url(entra, **more), name="Ada")
    return returned.content["code"]


async def checked(entra: Entra, token: str, audience: str = CLIENT_ID) -> dict[str, Any]:
    """What a token says that is signed by a published key."""
    key = (await entra.keys())[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, jwt.PyJWK(key, "RS256"), algorithms=["RS256"], audience=audience)


# --- The form


async def test_whoever_signs_in_goes_back_with_a_code_and_the_state(entra: Entra) -> None:
    url = Trip().url(entra)
    assert "<form" in (await entra.browse(url)).text
    returned = await entra.browse(url, name="Ada")
    assert (returned.status, returned.target) == (302, SPA)
    assert returned.content.keys() == {"code", "state"}
    assert returned.content["state"] == "the state"


async def test_whoever_cancels_goes_back_without_a_code(entra: Entra) -> None:
    returned = await entra.browse(Trip().url(entra), cancel="1")
    assert returned.content["error"] == "access_denied"
    assert "code" not in returned.content


async def test_a_browser_that_signed_in_is_not_asked_again_until_it_signs_out(entra: Entra) -> None:
    trip = Trip()
    assert (await entra.browse(trip.url(entra, prompt="none"))).content["error"] == "login_required"
    await signed_in(entra, trip)
    assert "code" in (await entra.browse(trip.url(entra))).content
    assert "code" in (await entra.browse(trip.url(entra, prompt="none"))).content
    assert "<form" in (await entra.browse(trip.url(entra, prompt="login"))).text
    out = f"{entra.authority}/oauth2/v2.0/logout?{urlencode({'post_logout_redirect_uri': SPA})}"
    assert (await entra.browse(out)).target == SPA
    assert "<form" in (await entra.browse(trip.url(entra))).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": f"{SPA}/"},
        {"redirect_uri": "https://evil.example/app"},
        {"client_id": TENANT},
        {"redirect_uri": None},
    ],
    ids=str,
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(entra: Entra, wrong: Any) -> None:
    for form in ({}, {"name": "Ada"}):
        shown = await entra.browse(Trip().url(entra, **wrong), **form)
        assert shown.status == 400
        assert "AADSTS" not in shown.target


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": f"api://{CLIENT_ID}/.default"}, "invalid_resource"),
        ({"scope": "https://graph.microsoft.com/User.Read"}, "invalid_resource"),
        ({"scope": f"{CLIENT_ID}/other"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_a_request_that_is_not_right_goes_back_with_its_error(
    entra: Entra, wrong: Any, error: str
) -> None:
    for form in ({}, {"name": "Ada"}):
        returned = await entra.browse(Trip().url(entra, **wrong), **form)
        assert (returned.target, returned.content["error"]) == (SPA, error)


# --- Codes and refresh tokens


async def test_a_code_becomes_tokens_of_the_one_who_signed_in(entra: Entra) -> None:
    trip = Trip()
    code = await signed_in(entra, trip)
    status, given, headers = await entra.token(ORIGIN, **trip.redemption(code))
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    access, identity = await checked(entra, given["access_token"]), await checked(entra, given["id_token"])
    assert (access["name"], access["scp"], access["ver"], access["tid"]) == ("Ada", "access", "2.0", TENANT)
    assert access["iss"] == identity["iss"] == f"{entra.authority}/v2.0"
    assert identity["nonce"] == "the nonce"
    assert access["oid"] == identity["oid"]
    assert "scp" not in identity


async def test_a_refresh_token_gives_new_tokens(entra: Entra) -> None:
    trip = Trip()
    _, first, _ = await entra.token(ORIGIN, **trip.redemption(await signed_in(entra, trip)))
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": first["refresh_token"]}
    status, again, _ = await entra.token(ORIGIN, **form)
    assert status == 200
    assert (await checked(entra, again["access_token"]))["name"] == "Ada"
    await entra.sim("revoke")
    status, refused, _ = await entra.token(ORIGIN, **form)
    assert (status, refused["error"]) == (400, "invalid_grant")


async def test_a_code_is_good_for_once(entra: Entra) -> None:
    trip = Trip()
    form = trip.redemption(await signed_in(entra, trip))
    assert (await entra.token(ORIGIN, **form))[0] == 200
    status, refused, _ = await entra.token(ORIGIN, **form)
    assert (status, refused["error"], refused["error_codes"]) == (400, "invalid_grant", [54005])


@pytest.mark.parametrize(
    ("wrong", "number"),
    [
        ({"code": "made up"}, 70008),
        ({"code_verifier": "a" * 43}, 501481),
        ({"redirect_uri": NATIVE}, 500112),
        ({"client_id": TENANT}, 700016),
        ({"grant_type": "password"}, 70003),
    ],
    ids=str,
)
async def test_a_redemption_that_is_not_right_gives_nothing(
    entra: Entra, wrong: dict[str, str], number: int
) -> None:
    trip = Trip()
    form = trip.redemption(await signed_in(entra, trip)) | wrong
    status, refused, _ = await entra.token(ORIGIN, **form)
    assert (status, refused["error_codes"]) == (400, [number])
    assert "access_token" not in refused


async def test_the_codes_of_a_page_are_for_browsers_and_those_of_a_program_are_not(entra: Entra) -> None:
    trip = Trip()
    of_page = trip.redemption(await signed_in(entra, trip))
    assert (await entra.token(None, **of_page))[1]["error_codes"] == [9002327]
    of_program = trip.redemption(await signed_in(entra, trip, redirect_uri=NATIVE), redirect_uri=NATIVE)
    assert (await entra.token(ORIGIN, **of_program))[1]["error_codes"] == [9002326]


async def test_another_origin_may_not_read_the_tokens(entra: Entra) -> None:
    trip = Trip()
    form = trip.redemption(await signed_in(entra, trip))
    _, _, headers = await entra.token("https://evil.example", **form)
    assert "Access-Control-Allow-Origin" not in headers


# --- An app for itself


async def test_an_app_with_its_secret_gets_a_token_with_its_role(entra: Entra) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "scope": f"{CLIENT_ID}/.default"}
    status, given, _ = await entra.token(**form, client_secret=SECRET)
    claims = await checked(entra, given["access_token"])
    assert (status, claims["roles"], claims["idtyp"]) == (200, ["Operator"], "app")
    assert "scp" not in claims
    for secret in ("", "wrong", f"{SECRET} "):
        assert (await entra.token(**form, client_secret=secret))[1]["error"] == "invalid_client"


# --- Keys and tokens to order


async def test_keys_rotate_and_old_ones_stay_until_withdrawn(entra: Entra) -> None:
    old = (await entra.sim("tokens"))["token"]
    new = (await entra.sim("keys/rotate"))["keyId"]
    assert (await checked(entra, (await entra.sim("tokens"))["token"]))["name"] == "ada"
    assert await checked(entra, old)
    assert len(await entra.keys()) == 2
    last = (await entra.sim("keys/rotate", {"withdraw": True}))["keyId"]
    assert (await entra.keys()).keys() == {last} != {new}


async def test_what_is_published_is_public(entra: Entra) -> None:
    (key,) = (await entra.keys()).values()
    assert key.keys() == {"kty", "n", "e", "kid", "x5t", "use", "issuer"}


async def test_tokens_are_broken_to_order(entra: Entra) -> None:
    now = int(time.time())
    token = (await entra.sim("tokens", {"claims": {"exp": now - 60, "aud": None}}))["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] == now - 60
    assert "aud" not in claims
    forged = (await entra.sim("tokens", {"signing": "unpublished", "keyId": "k"}))["token"]
    assert jwt.get_unverified_header(forged)["kid"] == "k"
    assert (
        jwt.get_unverified_header((await entra.sim("tokens", {"signing": "none"}))["token"])["alg"] == "none"
    )
    secret = (await entra.sim("tokens", {"signing": "public-key-as-secret"}))["token"]
    assert jwt.get_unverified_header(secret)["alg"] == "HS256"
