"""Entra ID's part in the local cloud: one tenant, in it the app that people sign in to, and the managed identities."""

import secrets
from dataclasses import dataclass, field

from .child_process import Command, python_command
from .entra.directory import Identity, object_id_of
from .ports import HOST

TENANT = "27b0f564-d167-4406-ac05-6c4bb644daf6"
CLIENT_ID = "068ba4b9-91f7-4121-82ac-e3c94d8cf128"
"""Of the app registration, which is the page and its API."""
APP = Identity(
    client_id="03e3b5c9-f170-48dd-8bbc-7fd17a1f136a", object_id="e4ce676d-5eea-4055-a2cd-0d8bcba528ee"
)
"""The functions' identity."""
WEB_PUBSUB = Identity(
    client_id="ef04fd85-3eff-43d6-a3e2-0d892a13a5fa", object_id="47dd7d8f-2fc1-423d-b071-9e956ae54181"
)
"""The first Web PubSub's own."""


def web_pubsub_identity(number: int) -> Identity:
    """The own identity of a Web PubSub, counted from 0."""
    if number == 0:
        return WEB_PUBSUB
    named = f"web-pubsub-{number}"
    return Identity(object_id_of(TENANT, f"{named}-client"), object_id_of(TENANT, f"{named}-principal"))


@dataclass(frozen=True, slots=True)
class EntraPlan:
    """The stand-in's port and secrets, and whether people sign in with it."""

    port: int
    signs_in: bool
    # In hexadecimal: a secret that begins with a hyphen would be taken for an option of the command line.
    client_secret: str = field(default_factory=secrets.token_hex)
    identity_header: str = field(default_factory=secrets.token_hex)

    @property
    def url(self) -> str:
        """Where tokens are given, their keys published, and the stand-in is steered."""
        return f"http://{HOST}:{self.port}"

    @property
    def keys_url(self) -> str:
        """Where its keys are published."""
        return f"{self.url}/{TENANT}/discovery/v2.0/keys"

    @property
    def identity_endpoint(self) -> str:
        """Where managed identities get their tokens."""
        return f"{self.url}/msi/token"

    def endpoint(self) -> dict[str, str]:
        """What other programs need to know of it."""
        app = {"clientId": CLIENT_ID, "clientSecret": self.client_secret}
        return {"authority": self.url, "tenantId": TENANT, **app}


def entra_command(plan: EntraPlan, functions_url: str, web_pubsubs: int) -> Command:
    """The stand-in, which sends people back to the page and knows so many Web PubSubs."""
    app = ("--tenant", TENANT, "--client-id", CLIENT_ID, "--client-secret", plan.client_secret)
    page = ("--spa-redirect", f"{functions_url}/app")
    header = ("--identity-header", plan.identity_header)
    known = (APP, *map(web_pubsub_identity, range(web_pubsubs)))
    identities = [f"--identity={one.client_id}={one.object_id}" for one in known]
    options = ("--port", str(plan.port), *app, *page, *header, *identities)
    return python_command("entra", "local.entra", *options)


def sign_in_settings(plan: EntraPlan | None) -> dict[str, str]:
    """What the functions find in their application settings where people sign in."""
    if plan is None or not plan.signs_in:
        return {}
    return {"ENTRA_TENANT_ID": TENANT, "ENTRA_CLIENT_ID": CLIENT_ID, "ENTRA_AUTHORITY": plan.url}
