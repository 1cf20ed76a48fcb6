"""Who is known: the tenant, the app that is registered in it, its people and its managed identities."""

import uuid
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

type Platform = Literal["spa", "native"]
"""Where an app's redirect addresses are registered: single-page application, or mobile and desktop."""

SCOPE = "access"
"""The delegated permission that the app exposes."""
ROLE = "Operator"
"""The app role that is assigned to whoever shows the app's secret."""


@dataclass(frozen=True, slots=True)
class Registration:
    """An app registration, which is its own API. Without a secret it cannot act for itself."""

    client_id: str
    spa_redirects: tuple[str, ...] = ()
    native_redirects: tuple[str, ...] = ()
    secret: str | None = None

    def platform_of(self, redirect_uri: str) -> Platform | None:
        """Where exactly this address is registered; None if nowhere."""
        if redirect_uri in self.spa_redirects:
            return "spa"
        return "native" if redirect_uri in self.native_redirects else None

    def has_origin(self, origin: str) -> bool:
        """Whether one of its single-page redirects is there."""
        return any("{0.scheme}://{0.netloc}".format(urlsplit(each)) == origin for each in self.spa_redirects)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user-assigned managed identity; `object_id` is its principal's."""

    client_id: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A tenant.

    The first of `identities` answers where none is asked for. `identity_header` is what an app must show to get a
    managed identity's token. `v1_issuer` stands before the tenant's id in `iss` of such a token.
    """

    tenant: str
    registration: Registration
    identities: tuple[Identity, ...] = ()
    identity_header: str = ""
    v1_issuer: str = "https://sts.windows.net"


def object_id_of(tenant: str, name: str) -> str:
    """The same id for the same name, always."""
    return str(uuid.uuid5(uuid.UUID(tenant), name.casefold()))
