"""Bandwidth's part in the local cloud: one account, in it a voice application whose calls the functions answer."""

import secrets
from dataclasses import dataclass, field

from .child_process import Command, python_command
from .ports import HOST

ACCOUNT_ID = "9900001"
APPLICATION_ID = "8b1f61cb-1f65-4c4b-a6f3-0dc4c0aa8b8d"
CLIENT_ID = "local-cloud"
WEBHOOK_USER = "bandwidth"
CALLBACK_PATH = "/api/callbacks/bandwidth"


@dataclass(frozen=True, slots=True)
class BandwidthPlan:
    """The stand-in's port, the secret of the account's client, and the password that webhooks bear."""

    port: int
    # In hexadecimal: a secret that begins with a hyphen would be taken for an option of the command line.
    client_secret: str = field(default_factory=secrets.token_hex)
    webhook_password: str = field(default_factory=secrets.token_hex)

    @property
    def url(self) -> str:
        """Where it answers and is steered."""
        return f"http://{HOST}:{self.port}"

    @property
    def token_url(self) -> str:
        """Where it gives tokens."""
        return f"{self.url}/api/v1/oauth2/token"

    def endpoint(self) -> dict[str, str]:
        """What other programs need, to have calls of their own in the same account."""
        client = {"clientId": CLIENT_ID, "clientSecret": self.client_secret}
        return {"url": self.url, "accountId": ACCOUNT_ID, "applicationId": APPLICATION_ID, **client}


def bandwidth_command(plan: BandwidthPlan, functions_url: str) -> Command:
    """The stand-in, which announces calls to any number to the functions."""
    account = ("--account-id", ACCOUNT_ID, "--client-id", CLIENT_ID, "--client-secret", plan.client_secret)
    application = ("--application-id", APPLICATION_ID, "--callbacks", f"{functions_url}{CALLBACK_PATH}")
    webhooks = ("--webhook-user", WEBHOOK_USER, "--webhook-password", plan.webhook_password)
    options = ("--port", str(plan.port), *account, *application, *webhooks)
    return python_command("bandwidth", "local.bandwidth", *options)


def bandwidth_settings(plan: BandwidthPlan | None) -> dict[str, str]:
    """What the functions find in their application settings where they serve Bandwidth's calls."""
    if plan is None:
        return {}
    return {
        "BANDWIDTH_ACCOUNT_ID": ACCOUNT_ID,
        "BANDWIDTH_APPLICATION_ID": APPLICATION_ID,
        "BANDWIDTH_CLIENT_ID": CLIENT_ID,
        "BANDWIDTH_CLIENT_SECRET": plan.client_secret,
        "BANDWIDTH_WEBHOOK_USER": WEBHOOK_USER,
        "BANDWIDTH_WEBHOOK_PASSWORD": plan.webhook_password,
        "BANDWIDTH_API_URL": f"{plan.url}/api/v2",
        "BANDWIDTH_TOKEN_URL": plan.token_url,
    }
