"""Identifiers: of calls, minted to look like real ones, and of people, as they are on the wire."""

import base64
from typing import Any

from local.acs_model.requests import Identifier
from local.acs_model.result_codes import bad_request
from local.acs_model.state import World


def mint_server_call_id(world: World) -> str:
    """A base64 text of a URL, like a recorded one, with a `/` in it: it must not be used as a key as it is."""
    conversation = base64.urlsafe_b64encode(world.random.randbytes(16)).decode().rstrip("=")
    host = f"conv-usea-{world.random.randrange(1, 10):02}-sdf-aks.conv.skype.com"
    node = ".".join(str(world.random.randrange(10, 250)) for _ in range(3))
    # The `?` stands at the end of a group of three bytes, where base64 makes it a `/`.
    url = f"https://api.flightproxy.skype.com/api/v2/cp/{host}/conv/{conversation}?i=10-{node}&e={world.now}"
    return base64.b64encode(url.encode()).decode()


def mint_bot(world: World) -> str:
    """The raw id under which a connection takes part in its call."""
    parts = (world.random.getrandbits(bits) for bits in (32, 16, 16, 16, 48))
    suffix = "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}".format(*parts)
    return f"8:acs:{world.new_id()}_{suffix}"


def mint_incoming_call_context(world: World) -> str:
    """An opaque text in three parts, as long as it takes to be no one else's; a real one is a token [R]."""
    parts = (world.random.randbytes(size) for size in (24, 96, 32))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def raw_id_of(named: Identifier) -> str:
    """The raw id of whom a request names. Raises Refusal (400) where it names nobody."""
    if named.raw_id:
        return named.raw_id
    if named.phone_number:
        return f"4:{named.phone_number.value}"
    if named.communication_user:
        return named.communication_user.id
    raise bad_request("An identifier names nobody.")


def identifier(raw_id: str) -> dict[str, Any]:
    """A `CommunicationIdentifier` as JSON, its kind told from the raw id's prefix."""
    if raw_id.startswith("4:"):
        return {"rawId": raw_id, "kind": "phoneNumber", "phoneNumber": {"value": raw_id[2:]}}
    if raw_id.startswith("8:orgid:"):
        user = {"userId": raw_id.removeprefix("8:orgid:"), "isAnonymous": False, "cloud": "public"}
        return {"rawId": raw_id, "kind": "microsoftTeamsUser", "microsoftTeamsUser": user}
    if raw_id.startswith("8:acs:"):
        return {"rawId": raw_id, "kind": "communicationUser", "communicationUser": {"id": raw_id}}
    return {"rawId": raw_id, "kind": "unknown"}


def participant(raw_id: str) -> dict[str, Any]:
    """A participant as JSON."""
    return {"identifier": identifier(raw_id), "isMuted": False, "isOnHold": False}
