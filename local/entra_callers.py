"""Callers of a service who show a token of Entra ID instead of an access key, as Azure's services judge them."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt

from local.errors import LocalCloudError


class CallerRefused(LocalCloudError):
    """A caller's token is not one (401), or its bearer lacks the role (403)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class EntraCallers:
    """Lets in who bears a token for one of the `resources`, signed with a key that `keys_url` publishes.

    Its `oid` must be one of `with_role`, the principals that have the service's role.
    """

    keys_url: str
    resources: Sequence[str]
    with_role: Sequence[str]
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)

    async def check(self, authorization: str) -> None:
        """Raises CallerRefused."""
        token = authorization.partition(" ")[2].strip()
        try:
            claims = jwt.decode(
                token,
                await self._key(token),
                algorithms=["RS256"],
                audience=self._audiences(),
                options={"require": ["exp", "aud", "oid"]},
            )
        except jwt.PyJWTError as error:
            raise CallerRefused(401, f"The token is not valid: {error}.") from error
        if claims["oid"] not in self.with_role:
            raise CallerRefused(403, f"The principal {claims['oid']} does not have the role for this.")

    def _audiences(self) -> list[str]:
        # The SDKs ask for one with a slash at its end or without, and Entra writes what was asked for.
        return [resource + slash for resource in self.resources for slash in ("", "/")]

    async def _key(self, token: str) -> jwt.PyJWK:
        key_id = str(jwt.get_unverified_header(token).get("kid"))
        if key_id not in self.keys:
            self.keys = await self._published()
        if key_id not in self.keys:
            raise jwt.InvalidKeyError("its key is not published")
        return self.keys[key_id]

    async def _published(self) -> dict[str, jwt.PyJWK]:
        async with aiohttp.ClientSession() as http, http.get(self.keys_url, raise_for_status=True) as answer:
            found: dict[str, Any] = await answer.json()
        return {key.key_id: key for key in jwt.PyJWKSet.from_dict(found).keys if key.key_id}


def is_bearer(authorization: str) -> bool:
    """Whether the header bears a token, and no signature of a request."""
    return authorization[:7].casefold() == "bearer "


def add_entra_options(parser: argparse.ArgumentParser) -> None:
    """What a stand-in is told of Entra."""
    parser.add_argument("--entra-keys-url", metavar="URL", help="takes tokens that these keys signed")
    parser.add_argument(
        "--with-role",
        action="append",
        default=[],
        metavar="OBJECT_ID",
        help="a principal that has the service's role",
    )


def entra_callers(arguments: argparse.Namespace, *resources: str) -> EntraCallers | None:
    """As the command line tells; None if no tokens are taken."""
    if arguments.entra_keys_url is None:
        return None
    return EntraCallers(arguments.entra_keys_url, resources, arguments.with_role)
