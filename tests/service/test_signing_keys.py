"""ACS's tokens against real keys, published by a real server."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from functions.adapters.signing_keys import FRESH_MS, LEAST_PAUSE_MS, REMEMBERED, SigningKeys, TokenRules
from functions.errors import Unauthorized, Unavailable
from tests.service.bed import Clock

ISSUER = "https://acscallautomation.communication.azure.com"
AUDIENCE = "6d889502-3d7a-41a8-befa-d21fd80e8767"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    as_jwk = dict(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))
    return {**as_jwk, "kid": key_id, "use": "sig", "alg": "RS256"}


KEY, OTHER = new_key(), new_key()


@dataclass
class Publisher:
    """Publishes key sets, as ACS does."""

    url: str = ""
    keys: Any = field(default_factory=lambda: {"keys": [public(KEY, "one")]})
    status: int = 200
    body: str | None = None
    asked: int = 0

    async def publish(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.body is not None:
            return web.Response(text=self.body, content_type="application/json")
        return web.json_response(self.keys, status=self.status)


@asynccontextmanager
async def publishing() -> AsyncIterator[Publisher]:
    publisher = Publisher()
    app = web.Application()
    app.router.add_get("/calling/keys", publisher.publish)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    publisher.url = f"http://127.0.0.1:{runner.addresses[0][1]}/calling/keys"
    try:
        yield publisher
    finally:
        await runner.cleanup()


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with publishing() as running:
        yield running


def rules_at(url: str, **more: Any) -> TokenRules:
    return TokenRules(
        issuers=(ISSUER,), audiences=(AUDIENCE,), keys_url=url, whose="ACS's", remedy="Send another.", **more
    )


@pytest.fixture
def moved() -> Clock:
    return Clock()


@pytest.fixture
def keys(publisher: Publisher, moved: Clock) -> SigningKeys:
    return SigningKeys(rules_at(publisher.url), moved)


def token(key: Any = KEY, key_id: str | None = "one", algorithm: str = "RS256", **claims: Any) -> str:
    now = int(time.time())
    given = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300} | claims
    kept = {name: value for name, value in given.items() if value is not None}
    headers = {} if key_id is None else {"kid": key_id}
    return "Bearer " + jwt.encode(kept, key, algorithm=algorithm, headers=headers)


async def test_a_good_token_passes_and_the_keys_are_fetched_once(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await asyncio.gather(*(keys.check(token()) for _ in range(5)))
    await keys.check(token().replace("Bearer", "bearer"))
    await keys.check(token(aud=["somebody", AUDIENCE]))
    assert publisher.asked == 1


HOURS = 3_600
PUBLIC_PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def part(content: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def signed_with_the_public_key() -> str:
    """HS256 with the published key as its secret: PyJWT will not make one, so it is put together by hand."""
    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "one"}).encode())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 300}
    signed = f"{head}.{part(json.dumps(claims).encode())}"
    return f"Bearer {signed}.{part(hmac.digest(PUBLIC_PEM, signed.encode(), 'sha256'))}"


BAD: dict[str, Callable[[], str | None]] = {
    "none at all": lambda: None,
    "empty": lambda: "",
    "another scheme": lambda: token().replace("Bearer", "Basic"),
    "no token": lambda: "Bearer ",
    "garbage": lambda: "Bearer garbage",
    "garbage in three parts": lambda: "Bearer é.💥.x",
    "expired": lambda: token(exp=int(time.time()) - 60),
    "not yet valid": lambda: token(nbf=int(time.time()) + HOURS),
    "another issuer": lambda: token(iss="https://evil.example"),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="somebody"),
    "no audience": lambda: token(aud=None),
    "no expiry": lambda: token(exp=None),
    "alg none": lambda: token(None, algorithm="none"),
    "the public key as a secret": signed_with_the_public_key,
    "another's key under a known id": lambda: token(OTHER),
    "an elliptic curve under a known id": lambda: token(
        ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"
    ),
    "another RSA hash": lambda: token(algorithm="RS512"),
    "an unknown key id": lambda: token(OTHER, "two"),
    "bytes that are no text": lambda: "Bearer \udcff.\udcff.\udcff",
    "half a surrogate pair": lambda: "Bearer \ud800",
    "a head that is a deep nest": lambda: "Bearer " + part(b"[" * 20_000) + ".e30.x",
    "a head of nested objects": lambda: "Bearer " + part(b'{"a":' * 5_000) + ".e30.x",
    "no key id": lambda: token(key_id=None),
    "cut short": lambda: token()[:-4],
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_token_is_refused(kind: str, keys: SigningKeys) -> None:
    with pytest.raises(Unauthorized):
        await keys.check(BAD[kind]())


async def test_made_up_key_ids_cause_one_fetch_a_pause(
    keys: SigningKeys, publisher: Publisher, moved: Clock
) -> None:
    moved.fixed = moved()
    for pause in (0, LEAST_PAUSE_MS, LEAST_PAUSE_MS):
        moved.skip(pause)
        outcomes = await asyncio.gather(
            *(keys.check(token(OTHER, f"made up {number}")) for number in range(20)), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {Unauthorized}
    assert publisher.asked == 3


async def test_rotated_keys_are_fetched_when_a_token_names_one(
    keys: SigningKeys, publisher: Publisher, moved: Clock
) -> None:
    await keys.check(token())
    publisher.keys = {"keys": [public(OTHER, "two")]}
    moved.skip(LEAST_PAUSE_MS)
    await keys.check(token(OTHER, "two"))
    with pytest.raises(Unauthorized):
        await keys.check(token())


async def test_a_withdrawn_key_is_not_good_for_ever(
    keys: SigningKeys, publisher: Publisher, moved: Clock
) -> None:
    await keys.check(token())
    publisher.keys = {"keys": [public(OTHER, "two")]}
    moved.skip(FRESH_MS + 1)
    with pytest.raises(Unauthorized):
        await keys.check(token())


async def test_a_token_that_comes_again_is_not_checked_anew(
    keys: SigningKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = token()
    first = await keys.check(once)
    monkeypatch.setattr(jwt, "decode", None)
    assert await keys.check(once) == first
    assert first["aud"] == AUDIENCE


async def test_a_remembered_token_ends_when_it_says(keys: SigningKeys, moved: Clock) -> None:
    once = token(exp=int(time.time()) + 60)
    await keys.check(once)
    moved.skip(61_000)
    keys.judge = refuse_all(keys)  # type: ignore[method-assign]  # the library has a clock of its own
    with pytest.raises(Unauthorized):
        await keys.check(once)


def refuse_all(keys: SigningKeys) -> Callable[..., Any]:
    def refuse(*_: Any) -> Any:
        raise keys.refusal("It was checked again.")

    return refuse


async def test_a_remembered_token_ends_with_its_key(
    keys: SigningKeys, publisher: Publisher, moved: Clock
) -> None:
    old = token(exp=int(time.time()) + HOURS)
    await keys.check(old)
    publisher.keys = {"keys": [public(OTHER, "two")]}
    moved.skip(LEAST_PAUSE_MS)
    await keys.check(old)
    await keys.check(token(OTHER, "two"))
    with pytest.raises(Unauthorized):
        await keys.check(old)


async def test_only_so_many_tokens_are_remembered(keys: SigningKeys) -> None:
    for number in range(REMEMBERED + 5):
        await keys.check(token(jti=str(number)))
    assert len(keys.good) == REMEMBERED


@pytest.mark.parametrize("oid", ["another", "", None, ["mine"], {"mine": 1}])
async def test_a_token_of_somebody_else_is_refused(oid: Any, publisher: Publisher, moved: Clock) -> None:
    keys = SigningKeys(rules_at(publisher.url, claims={"oid": ("mine", "mine too")}), moved)
    for oid_of_ours in ("mine", "mine too"):
        assert (await keys.check(token(oid=oid_of_ours)))["oid"] == oid_of_ours
    with pytest.raises(Unauthorized):
        await keys.check(token(oid=oid))


async def test_a_rule_that_names_nobody_lets_nobody_in(publisher: Publisher, moved: Clock) -> None:
    keys = SigningKeys(rules_at(publisher.url, claims={"oid": ("",)}), moved)
    for oid in ("", None):
        with pytest.raises(Unauthorized):
            await keys.check(token(oid=oid))


@pytest.mark.parametrize(
    "body", ["", "not json", "[]", "{}", '{"keys": []}', '{"keys": 5}', '{"keys": [5]}', "null"]
)
async def test_a_publisher_who_talks_nonsense_is_unavailable(
    body: str, keys: SigningKeys, publisher: Publisher
) -> None:
    publisher.body = body
    with pytest.raises(Unavailable):
        await keys.check(token())


async def test_a_publisher_that_fails_is_unavailable_until_it_is_well_again(
    keys: SigningKeys, publisher: Publisher, moved: Clock
) -> None:
    publisher.status = 503
    with pytest.raises(Unavailable):
        await keys.check(token())
    publisher.status = 200
    moved.skip(LEAST_PAUSE_MS)
    await keys.check(token())


async def test_a_publisher_that_fails_is_not_flooded(
    keys: SigningKeys, publisher: Publisher, moved: Clock
) -> None:
    moved.fixed = moved()
    publisher.status = 503
    outcomes = await asyncio.gather(
        *(keys.check(token(OTHER, f"made up {number}")) for number in range(20)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert publisher.asked == 1


async def test_a_publisher_that_is_gone_is_unavailable(moved: Clock) -> None:
    async with publishing() as gone:
        url = gone.url
    with pytest.raises(Unavailable):
        await SigningKeys(rules_at(url), moved).check(token())


async def test_one_strange_key_among_the_published_does_not_spoil_the_others(
    keys: SigningKeys, publisher: Publisher
) -> None:
    strange = [{"kty": "new", "kid": "x"}, {"kty": "oct", "kid": "one", "k": "c2VjcmV0"}, public(KEY, "one")]
    publisher.keys = {"keys": strange}
    await keys.check(token())
