"""A local cloud without access keys, as a deployment in Azure is: who is who in its tenant, and what each part is told.

Tokens travel over TLS alone, so each service has a second address with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .azurite import ACCOUNT
from .ports import HOST, free_ports
from .stack_entra import APP, TENANT, EntraPlan, web_pubsub_identity
from .tls import Certificate, make_certificate

AUDIENCE = "https://webpubsub.azure.com"
"""What the token of Web PubSub's identity is for, unless its event handler names another application."""


@dataclass(frozen=True, slots=True)
class Keyless:
    """Who gives tokens, the ports of the services with TLS, and their certificate."""

    entra: EntraPlan
    certificate: Certificate
    call_automation_port: int
    event_grid_port: int
    web_pubsub_ports: tuple[int, ...]

    @property
    def trust(self) -> dict[str, str]:
        """The environment of a process that trusts the certificate (OpenSSL's own variable)."""
        return {"SSL_CERT_FILE": str(self.certificate.certificate)}


def make_keyless(folder: Path, entra: EntraPlan, web_pubsubs: int = 1) -> Keyless:
    """Free ports, and a new certificate in the folder."""
    call_automation, event_grid, *ports = free_ports(web_pubsubs + 2)
    return Keyless(entra, make_certificate(folder), call_automation, event_grid, tuple(ports))


def web_pubsub_options(keyless: Keyless, number: int) -> tuple[str, ...]:
    """How a Web PubSub, counted from 0, is without keys: its events bear the token of its identity."""
    own = web_pubsub_identity(number)
    identity = ("--identity", own.client_id, "--identity-audience", AUDIENCE)
    source = (
        "--identity-endpoint",
        keyless.entra.identity_endpoint,
        "--identity-header",
        keyless.entra.identity_header,
    )
    return ("--no-access-key", *identity, *source, *_doors(keyless, keyless.web_pubsub_ports[number]))


def call_automation_options(keyless: Keyless) -> tuple[str, ...]:
    """How ACS is without keys."""
    return ("--no-access-key", *_doors(keyless, keyless.call_automation_port))


def event_grid_options(keyless: Keyless) -> tuple[str, ...]:
    """How the topic is without a key."""
    return ("--no-topic-key", *_doors(keyless, keyless.event_grid_port))


def _doors(keyless: Keyless, tls_port: int) -> tuple[str, ...]:
    files = keyless.certificate
    return (
        *(
            "--entra-keys-url",
            keyless.entra.keys_url,
            "--with-role",
            APP.object_id,
            "--tls-port",
            str(tls_port),
        ),
        *("--certificate", str(files.certificate), "--certificate-key", str(files.key)),
    )


def keyless_settings(keyless: Keyless, tables_port: int) -> Mapping[str, str]:
    """What the app finds in place of keys: addresses, and what App Service tells of managed identities."""
    ports = keyless.web_pubsub_ports
    identities = [web_pubsub_identity(number).object_id for number in range(len(ports))]
    return {
        "TABLES_ENDPOINT": f"https://{HOST}:{tables_port}/{ACCOUNT}",
        "WEB_PUBSUB_ENDPOINT": ",".join(f"https://{HOST}:{port}" for port in ports),
        "WEB_PUBSUB_IDENTITY": ",".join(identities),
        "ACS_ENDPOINT": f"https://{HOST}:{keyless.call_automation_port}",
        "EVENT_TOPIC_ENDPOINT": f"https://{HOST}:{keyless.event_grid_port}/topics/verbatim/api/events",
        "AZURE_CLIENT_ID": APP.client_id,
        "AZURE_TENANT_ID": TENANT,
        "ENTRA_AUTHORITY": keyless.entra.url,
        "IDENTITY_ENDPOINT": keyless.entra.identity_endpoint,
        "IDENTITY_HEADER": keyless.entra.identity_header,
        **keyless.trust,
    }
