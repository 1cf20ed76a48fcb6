"""What Entra's tokens say, and how they are signed.

[Microsoft's access token and id token claims reference: `ver` 2.0 for people and apps; a managed identity's token is a
v1 one, whose issuer is `https://sts.windows.net/{tenant}/` and which names the app in `appid`.]
"""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import jwt

from local.entra.directory import ROLE, Identity, Settings, object_id_of
from local.entra.keys import SigningKey

type Claims = dict[str, Any]


def issuer_v2(settings: Settings, address: str) -> str:
    """`iss` of v2 tokens."""
    return f"{address}/{settings.tenant}/v2.0"


def _lasting(seconds: int) -> Claims:
    now = int(time.time())
    return {"iat": now, "nbf": now, "exp": now + seconds, "uti": uuid.uuid4().hex[:22]}


def _v2(settings: Settings, address: str, seconds: int) -> Claims:
    client_id = settings.registration.client_id
    said = {"iss": issuer_v2(settings, address), "aud": client_id, "tid": settings.tenant, "ver": "2.0"}
    return said | _lasting(seconds)


def _person(settings: Settings, name: str) -> Claims:
    oid = object_id_of(settings.tenant, name)
    return {"oid": oid, "sub": oid, "name": name, "preferred_username": f"{name}@local.example"}


def access_claims(settings: Settings, address: str, name: str, scope: str, seconds: int) -> Claims:
    """A person's access token for the app's API."""
    client = {"azp": settings.registration.client_id, "azpacr": "0", "scp": scope}
    return _v2(settings, address, seconds) | _person(settings, name) | client


def id_claims(settings: Settings, address: str, name: str, nonce: str | None, seconds: int) -> Claims:
    """A person's id token, which opens no API."""
    asked = {} if nonce is None else {"nonce": nonce}
    return _v2(settings, address, seconds) | _person(settings, name) | asked


def app_claims(settings: Settings, address: str, seconds: int) -> Claims:
    """The token of an app that acts for itself, with its role."""
    client_id = settings.registration.client_id
    oid = object_id_of(settings.tenant, client_id)
    itself = {"oid": oid, "sub": oid, "azp": client_id, "azpacr": "1", "idtyp": "app", "roles": [ROLE]}
    return _v2(settings, address, seconds) | itself


def identity_claims(settings: Settings, identity: Identity, resource: str, seconds: int) -> Claims:
    """A managed identity's token for a resource."""
    issuer = f"{settings.v1_issuer}/{settings.tenant}/"
    itself = {"appid": identity.client_id, "appidacr": "2", "idp": issuer, "idtyp": "app"}
    who = {"oid": identity.object_id, "sub": identity.object_id, "tid": settings.tenant, "ver": "1.0"}
    return {"iss": issuer, "aud": resource} | itself | who | _lasting(seconds)


def signed(claims: Claims, key: SigningKey, key_id: str | None = None) -> str:
    """The token; `key_id` is what it says about its key, whether that is so or not."""
    headers = {"kid": key_id or key.key_id, "x5t": key_id or key.key_id}
    return jwt.encode(claims, key.private, algorithm="RS256", headers=headers)


def unsigned(claims: Claims, key_id: str) -> str:
    """The token with `alg` none."""
    return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': key_id})}.{_part(claims)}."


def signed_with_public_key(claims: Claims, key: SigningKey) -> str:
    """HS256 with the public key as its secret. PyJWT refuses to make one, so it is put together by hand."""
    head = _part({"alg": "HS256", "typ": "JWT", "kid": key.key_id})
    content = f"{head}.{_part(claims)}"
    signature = hmac.digest(key.public_pem(), content.encode(), "sha256")
    return f"{content}.{_base64url(signature)}"


def _part(content: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(content).encode())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
