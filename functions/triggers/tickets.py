"""Tickets: each session gives its own to its call's provider, which shows it with whatever it tells of the call."""

import hmac

from functions.errors import NotFound, Unauthorized
from functions.services.applying import load_any
from functions.services.ports import Stored
from functions.services.wired import Services


async def check_ticket(services: Services, session_id: str, ticket: str, provider: str = "") -> Stored:
    """The session whose ticket it is and whose call is that provider's, ACS's if none is named.

    One that was erased may still have a call to leave. Raises Unauthorized, the same whatever is wrong, Unavailable.
    """
    try:
        stored = await load_any(services.sessions, session_id)
    except NotFound:
        raise wrong_ticket() from None
    right = ticket.isascii() and hmac.compare_digest(stored.session.ticket, ticket)
    if not right or stored.session.request.provider != provider:
        raise wrong_ticket()
    return stored


def wrong_ticket() -> Unauthorized:
    """The same refusal whatever is wrong."""
    return Unauthorized(
        "The ticket opens nothing.",
        field="ticket",
        remedy="Post to the callback address that this session gave to its call's provider.",
    )
