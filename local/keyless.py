"""A local cloud without access keys, as a deployment in Azure is: who is who in its tenant, and what each part is told.

Tokens travel over TLS alone, so each service has a second address with it.
"""

import uuid
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


@dataclass(frozen=True, slots=True)
class Keyless:
    """The tenant, the identities of the app and of Web PubSub, the ports with TLS, and their certificate."""

    tenant: str
    app: Identity
    web_pubsub: Identity
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
    """A new tenant on free ports; its certificate is in the folder."""
    ports = free_ports(4)
    app, web_pubsub = (Identity(str(uuid.uuid4()), str(uuid.uuid4())) for _ in range(2))
    return Keyless(str(uuid.uuid4()), app, web_pubsub, uuid.uuid4().hex, make_certificate(folder), *ports)


def entra_command(keyless: Keyless) -> Command:
    """The Entra stand-in, with both identities."""
    people = (f"{one.client_id}={one.object_id}" for one in (keyless.app, keyless.web_pubsub))
    identities = [option for one in people for option in ("--identity", one)]
    options = ("--port", str(keyless.entra_port), "--tenant", keyless.tenant)
    registered = ("--client-id", str(uuid.uuid4()), "--identity-header", keyless.identity_header)
    return python_command("entra", "local.entra", *options, *registered, *identities)


def web_pubsub_options(keyless: Keyless) -> tuple[str, ...]:
    """How Web PubSub is without keys: its events bear the token of its identity."""
    identity = ("--identity", keyless.web_pubsub.client_id, "--identity-audience", AUDIENCE)
    source = ("--identity-endpoint", keyless.identity_endpoint, "--identity-header", keyless.identity_header)
    return ("--no-access-key", *identity, *source, *_doors(keyless, keyless.web_pubsub_port))


def call_automation_options(keyless: Keyless) -> tuple[str, ...]:
    """How ACS is without keys."""
    return ("--no-access-key", *_doors(keyless, keyless.call_automation_port))


def event_grid_options(keyless: Keyless) -> tuple[str, ...]:
    """How the topic is without a key."""
    return ("--no-topic-key", *_doors(keyless, keyless.event_grid_port))


def _doors(keyless: Keyless, tls_port: int) -> tuple[str, ...]:
    keys_url = f"{keyless.entra_url}/{keyless.tenant}/discovery/v2.0/keys"
    files = keyless.certificate
    return (
        *("--entra-keys-url", keys_url, "--with-role", keyless.app.object_id, "--tls-port", str(tls_port)),
        *("--certificate", str(files.certificate), "--certificate-key", str(files.key)),
    )


def keyless_settings(keyless: Keyless, tables_port: int) -> Mapping[str, str]:
    """What the app finds in place of keys: addresses, and what App Service tells of managed identities."""
    return {
        "TABLES_ENDPOINT": f"https://{HOST}:{tables_port}/{ACCOUNT}",
        "WEB_PUBSUB_ENDPOINT": f"https://{HOST}:{keyless.web_pubsub_port}",
        "WEB_PUBSUB_IDENTITY": keyless.web_pubsub.object_id,
        "ACS_ENDPOINT": f"https://{HOST}:{keyless.call_automation_port}",
        "EVENT_TOPIC_ENDPOINT": f"https://{HOST}:{keyless.event_grid_port}/topics/verbatim/api/events",
        "AZURE_CLIENT_ID": keyless.app.client_id,
        "AZURE_TENANT_ID": keyless.tenant,
        "ENTRA_AUTHORITY": keyless.entra_url,
        "IDENTITY_ENDPOINT": keyless.identity_endpoint,
        "IDENTITY_HEADER": keyless.identity_header,
        **keyless.trust,
    }
