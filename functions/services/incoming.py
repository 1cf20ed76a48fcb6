"""Calls that ring: answered once, however often we are told of them."""

from functions.errors import RowExists
from functions.lifecycle.commands import Connect
from functions.lifecycle.identity import ulid
from functions.lifecycle.session import IncomingCall, Session, StartRequest
from functions.services.applying import perform
from functions.services.claims import SESSION_COMES_WITHIN_MS, server_call_key
from functions.services.ports import Claim, SessionPorts, Stored
from functions.services.sessions import create_once


async def answer(ports: SessionPorts, request: StartRequest) -> Session | None:
    """The session that answers the call; none if it cannot be answered any more. Raises Unavailable.

    Whoever took the call first has it, even if that session has ended since: news of a call may come a day late.
    """
    assert isinstance(request.call, IncomingCall)  # noqa: S101 -- narrows the type
    key = server_call_key(request.call.server_call_id)
    now = ports.clock()
    mine = Claim(ulid(now, ports.chance(10)), request, now)
    try:
        claim = (await ports.claims.take(key, mine)).claim
    except RowExists:
        found = await ports.claims.read(key)
        if found is None:
            return None  # it was erased just now
        claim = found.claim
    stored = await ports.store.load(claim.session_id)
    if stored is not None:
        return await answer_again(ports, stored)
    if now - claim.claimed_at >= SESSION_COMES_WITHIN_MS:
        return None  # nobody rings that long
    return (await create_once(ports, claim))[0]


async def answer_again(ports: SessionPorts, stored: Stored) -> Session:
    """The session after another try of an answer of which nobody has heard: a caller does not wait for its lease.

    ACS takes the same command for the same answer, should the first one still be under way.
    """
    answering = (pending for pending in stored.session.pending if isinstance(pending.command, Connect))
    pending = next(answering, None)
    return stored.session if pending is None else await perform(ports, stored, pending)
