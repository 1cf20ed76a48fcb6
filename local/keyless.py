"""A local cloud without access keys, as a deployment in Azure is: who is who in its tenant, and what each part is told.

Tokens travel over TLS alone, so each service has a second address with it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .azurite import ACCOUNT
from .child_process import Command, python_command
from .entra.directory import Identity
from .ports import HOST, free_ports
from .tls import Certificate, make_certificate

AUDIENCE = "https://webpubsub.azure.com"
"""What the token of Web PubSub's identity is for, unless its event handler names another application."""
TENANT = "27b0f564-d167-4406-ac05-6c4bb644daf6"
APP = Identity(
    client_id="03e3b5c9-f170-48dd-8bbc-7fd17a1f136a", object_id="e4ce676d-5eea-4055-a2cd-0d8bcba528ee"
)
"""The functions' identity, which has the role on each service."""
WEB_PUBSUB = Identity(
    client_id="ef04fd85-3eff-43d6-a3e2-0d892a13a5fa", object_id="47dd7d8f-2fc1-423d-b071-9e956ae54181"
)
"""Web PubSub's own, which has none."""
REGISTRATION = "068ba4b9-91f7-4121-82ac-e3c94d8cf128"


@dataclass(frozen=True, slots=True)
class Keyless:
    """Ports, those of the services with TLS, their certificate, and what opens the endpoint of identities."""

    identity_header: str
    certificate: Certificate
    entra_port: int
    web_pubsub_port: int
    call_automation_port: int
    event_grid_port: int

    @property
    def entra_url(self) -> str:
        """Where tokens are given, their keys published, and the stand-in is steered."""
        return f"http://{HOST}:{self.entra_port}"

    @property
    def identity_endpoint(self) -> str:
        """Where the app and Web PubSub get the tokens of their identities."""
        return f"{self.entra_url}/msi/token"

    @property
    def trust(self) -> dict[str, str]:
        """The environment of a process that trusts the certificate (OpenSSL's own variable)."""
        return {"SSL_CERT_FILE": str(self.certificate.certificate)}


def make_keyless(folder: Path) -> Keyless:
    """Free ports, and a new certificate in the folder."""
    return Keyless(secrets.token_hex(16), make_certificate(folder), *free_ports(4))


def entra_command(keyless: Keyless) -> Command:
    """The Entra stand-in, with both identities."""
    identities = [f"--identity={one.client_id}={one.object_id}" for one in (APP, WEB_PUBSUB)]
    options = ("--port", str(keyless.entra_port), "--tenant", TENANT, "--client-id", REGISTRATION)
    header = ("--identity-header", keyless.identity_header)
    return python_command("entra", "local.entra", *options, *header, *identities)


def web_pubsub_options(keyless: Keyless) -> tuple[str, ...]:
    """How Web PubSub is without keys: its events bear the token of its identity."""
    identity = ("--identity", WEB_PUBSUB.client_id, "--identity-audience", AUDIENCE)
    source = ("--identity-endpoint", keyless.identity_endpoint, "--identity-header", keyless.identity_header)
    return ("--no-access-key", *identity, *source, *_doors(keyless, keyless.web_pubsub_port))


def call_automation_options(keyless: Keyless) -> tuple[str, ...]:
    """How ACS is without keys."""
    return ("--no-access-key", *_doors(keyless, keyless.call_automation_port))


def event_grid_options(keyless: Keyless) -> tuple[str, ...]:
    """How the topic is without a key."""
    return ("--no-topic-key", *_doors(keyless, keyless.event_grid_port))


def _doors(keyless: Keyless, tls_port: int) -> tuple[str, ...]:
    keys_url = f"{keyless.entra_url}/{TENANT}/discovery/v2.0/keys"
    files = keyless.certificate
    return (
        *("--entra-keys-url", keys_url, "--with-role", APP.object_id, "--tls-port", str(tls_port)),
        *("--certificate", str(files.certificate), "--certificate-key", str(files.key)),
    )


def keyless_settings(keyless: Keyless, tables_port: int) -> Mapping[str, str]:
    """What the app finds in place of keys: addresses, and what App Service tells of managed identities."""
    return {
        "TABLES_ENDPOINT": f"https://{HOST}:{tables_port}/{ACCOUNT}",
        "WEB_PUBSUB_ENDPOINT": f"https://{HOST}:{keyless.web_pubsub_port}",
        "WEB_PUBSUB_IDENTITY": WEB_PUBSUB.object_id,
        "ACS_ENDPOINT": f"https://{HOST}:{keyless.call_automation_port}",
        "EVENT_TOPIC_ENDPOINT": f"https://{HOST}:{keyless.event_grid_port}/topics/verbatim/api/events",
        "AZURE_CLIENT_ID": APP.client_id,
        "AZURE_TENANT_ID": TENANT,
        "ENTRA_AUTHORITY": keyless.entra_url,
        "IDENTITY_ENDPOINT": keyless.identity_endpoint,
        "IDENTITY_HEADER": keyless.identity_header,
        **keyless.trust,
    }
