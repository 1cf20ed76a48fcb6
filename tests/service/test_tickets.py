"""A session's ticket opens its own callbacks, at its own provider's door."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from functions.errors import Unauthorized
from functions.lifecycle.bandwidth import PROVIDER as BANDWIDTH
from functions.lifecycle.session import Session
from functions.services.ports import SessionPorts
from functions.triggers.tickets import check_ticket
from tests.service.bed import entry_of, transcribed


async def stored(ports: SessionPorts, provider: str) -> tuple[Any, Session]:
    """The parts of an app, and a session of that provider in its tables."""
    session = transcribed()
    theirs = replace(session, request=replace(session.request, provider=provider))
    await ports.store.insert(theirs, entry_of(theirs))
    return SimpleNamespace(sessions=ports), theirs


@pytest.mark.parametrize("provider", ["", BANDWIDTH])
async def test_a_ticket_opens_its_session(provider: str, ports: SessionPorts) -> None:
    services, session = await stored(ports, provider)
    found = await check_ticket(services, session.id, session.ticket, provider)
    assert found.session == session


@pytest.mark.parametrize(("provider", "door"), [("", BANDWIDTH), (BANDWIDTH, "")])
async def test_a_ticket_opens_nothing_at_another_providers_door(
    provider: str, door: str, ports: SessionPorts
) -> None:
    services, session = await stored(ports, provider)
    with pytest.raises(Unauthorized, match="The ticket opens nothing"):
        await check_ticket(services, session.id, session.ticket, door)


@pytest.mark.parametrize("ticket", ["", "another", "tické", "\ud800"])
@pytest.mark.parametrize("provider", ["", BANDWIDTH])
async def test_any_other_ticket_opens_nothing(ticket: str, provider: str, ports: SessionPorts) -> None:
    services, session = await stored(ports, provider)
    with pytest.raises(Unauthorized, match="The ticket opens nothing"):
        await check_ticket(services, session.id, ticket, provider)
