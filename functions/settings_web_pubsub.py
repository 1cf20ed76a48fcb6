"""The settings of Web PubSub: one resource, or several that share the sessions out among them."""

from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from functions.settings_reader import Reader, host_of

CONNECTION, ENDPOINT = "WEB_PUBSUB_CONNECTION_STRING", "WEB_PUBSUB_ENDPOINT"
IDENTITY, DRAINING = "WEB_PUBSUB_IDENTITY", "WEB_PUBSUB_DRAINING"
RESOURCE = "https://webpubsub.azure.com"
"""Web PubSub's own name in Entra: the SDK (1.3.0) asks for its tokens under it, so every tenant knows it."""
KEYS_REMEDY = f"Copy it from the Web PubSub resource's keys, or set {ENDPOINT} to use the managed identity."
ADDRESS_REMEDY = "It is the https address on the resource's overview page."
IDENTITY_REMEDY = "It is the principal (object) id of the Web PubSub resource's managed identity."


class WebPubSub(msgspec.Struct, frozen=True):
    """Where a Web PubSub is, and how its events are known: by its key, or by the token of its managed identity.

    That token is for `audience`, and names the tenant and, as `oid`, the identity (GUIDs in lower case). One that is
    `draining` keeps the sessions that it has and gets no more.
    """

    endpoint: str
    key: str = ""
    identity: str = ""
    tenant: str = ""
    audience: str = ""
    draining: bool = False

    @property
    def host(self) -> str:
        """The host that its events name as their origin."""
        return host_of(self.endpoint)

    @property
    def name(self) -> str:
        """What tells it from the others: its host, and its port where that is not the usual one."""
        return urlsplit(self.endpoint).netloc.lower() if self.host else ""

    @property
    def sockets(self) -> str:
        """The origin of its clients' sockets."""
        return f"{'wss' if self.endpoint.lower().startswith('https') else 'ws'}://{self.name}"


def read_web_pubsubs(reader: Reader) -> tuple[WebPubSub, ...]:
    """The resources, all with their access keys or all without; their order does not matter."""
    found = read_keyless(reader) if reader.is_keyless(CONNECTION, ENDPOINT) else read_keyed(reader)
    refuse_doubles(reader, found)
    return mark_draining(reader, found)


def read_keyed(reader: Reader) -> tuple[WebPubSub, ...]:
    """Resources with access keys."""
    return tuple(
        WebPubSub(parts.get("endpoint", "").rstrip("/"), parts.get("accesskey", ""))
        for parts in reader.connections(CONNECTION, {"endpoint": host_of, "accesskey": bool}, KEYS_REMEDY)
    )


def read_keyless(reader: Reader) -> tuple[WebPubSub, ...]:
    """Resources without access keys; their events bear no signature then, but a token."""
    endpoints = reader.endpoints(ENDPOINT, ADDRESS_REMEDY)
    identities = reader.guids(IDENTITY, IDENTITY_REMEDY)
    tenant = reader.guid("AZURE_TENANT_ID", "It is the id of the Entra tenant of that identity.")
    audience = reader.given("WEB_PUBSUB_AUDIENCE") or RESOURCE
    if identities and not len(endpoints) == len(identities) == len(set(identities)):
        reader.mistakes.append(
            f"{IDENTITY} does not name one identity for each address of {ENDPOINT}. Write as many, each another, "
            "in the same order."
        )
    pairs = zip(endpoints, identities, strict=False)  # a mistake if they are not as many
    return tuple(WebPubSub(endpoint, "", identity, tenant, audience) for endpoint, identity in pairs)


def refuse_doubles(reader: Reader, found: tuple[WebPubSub, ...]) -> None:
    """A resource that is listed twice is a mistake: a line was copied and not changed."""
    names = [each.name for each in found]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        reader.mistakes.append(f"Web PubSub {name} is set twice. Name each resource once.")


def mark_draining(reader: Reader, found: tuple[WebPubSub, ...]) -> tuple[WebPubSub, ...]:
    """The resources, those marked that get no new sessions."""
    draining = {name.lower() for name in reader.listed(DRAINING)}
    names = {each.name for each in found}
    for stranger in sorted(draining - names):
        reader.mistakes.append(
            f"{DRAINING} names {stranger}, which is none of the Web PubSub resources. "
            f"Write hosts, as {min(names, default='')}."
        )
    if names and names <= draining:
        reader.mistakes.append(f"{DRAINING} names every Web PubSub resource. Leave one for new sessions.")
    return tuple(replace(each, draining=each.name in draining) for each in found)
