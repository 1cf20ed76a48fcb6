"""A local cloud without access keys, as a deployment in Azure is: who is who in its tenant, and what each part is told.

Tokens travel over TLS alone, so each service has a second address with it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .azurite import ACCOUNT
from .entra.directory import Identity
from .ports import HOST, free_ports
from .stack_entra import EntraPlan
from .tls import Certificate, make_certificate

AUDIENCE = "https://webpubsub.azure.com"
"""What the token of Web PubSub's identity is for, unless its event handler names another application."""
APP = Identity(
    client_id="03e3b5c9-f170-48dd-8bbc-7fd17a1f136a", object_id="e4ce676d-5eea-4055-a2cd-0d8bcba528ee"
)
"""The functions' identity, which has the role on each service."""
WEB_PUBSUB = Identity(
    client_id="ef04fd85-3eff-43d6-a3e2-0d892a13a5fa", object_id="47dd7d8f-2fc1-423d-b071-9e956ae54181"
)
"""Web PubSub's own, which has none."""


@dataclass(frozen=True, slots=True)
class Keyless:
    """The services' ports with TLS, their certificate, the tenant, and what opens its endpoint of identities."""

    entra: EntraPlan
    identity_header: str
    certificate: Certificate
    web_pubsub_port: int
    call_automation_port: int
    event_grid_port: int

    @property
    def identity_endpoint(self) -> str:
        """Where the app and Web PubSub get the tokens of their identities."""
        return f"{self.entra.url}/msi/token"

    @property
    def trust(self) -> dict[str, str]:
        """The environment of a process that trusts the certificate (OpenSSL's own variable)."""
        return {"SSL_CERT_FILE": str(self.certificate.certificate)}


def make_keyless(folder: Path) -> Keyless:
    """Free ports, and a new certificate in the folder."""
    entra, *ports = free_ports(4)
    return Keyless(EntraPlan(entra), secrets.token_hex(16), make_certificate(folder), *ports)


def identity_options(keyless: Keyless) -> tuple[str, ...]:
    """What Entra is told of the managed identities."""
    identities = (f"--identity={one.client_id}={one.object_id}" for one in (APP, WEB_PUBSUB))
    return ("--identity-header", keyless.identity_header, *identities)


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
    keys_url = f"{keyless.entra.url}/{keyless.entra.tenant}/discovery/v2.0/keys"
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
        "AZURE_TENANT_ID": keyless.entra.tenant,
        "ENTRA_AUTHORITY": keyless.entra.url,
        "IDENTITY_ENDPOINT": keyless.identity_endpoint,
        "IDENTITY_HEADER": keyless.identity_header,
        **keyless.trust,
    }
