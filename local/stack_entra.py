"""Entra ID's part in the local cloud: one app registration, with which people sign in to the functions."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from .child_process import Command, python_command
from .ports import HOST


def _guid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class EntraPlan:
    """Port, ids and secret of the stand-in."""

    port: int
    tenant: str = field(default_factory=_guid)
    client_id: str = field(default_factory=_guid)
    client_secret: str = field(default_factory=secrets.token_urlsafe)

    @property
    def url(self) -> str:
        """Where it answers and is steered."""
        return f"http://{HOST}:{self.port}"

    def endpoint(self) -> dict[str, str]:
        """What other programs need to know of it."""
        app = {"clientId": self.client_id, "clientSecret": self.client_secret}
        return {"authority": self.url, "tenantId": self.tenant, **app}


def entra_command(plan: EntraPlan, functions_url: str, identities: Iterable[str] = ()) -> Command:
    """The stand-in, which sends people back to the page; `identities` tell it of managed ones."""
    names = ("--tenant", plan.tenant, "--client-id", plan.client_id, "--client-secret", plan.client_secret)
    page = ("--spa-redirect", f"{functions_url}/app")
    return python_command("entra", "local.entra", "--port", str(plan.port), *names, *page, *identities)


def sign_in_settings(plan: EntraPlan) -> dict[str, str]:
    """What the functions find in their application settings."""
    app = {"ENTRA_TENANT_ID": plan.tenant, "ENTRA_CLIENT_ID": plan.client_id}
    return {**app, "ENTRA_AUTHORITY": plan.url}
