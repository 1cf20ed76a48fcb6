"""One bot per call: a claim says which session has a call, and comes before anything else."""

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial

from functions.errors import RowChanged, RowExists, Unavailable
from functions.lifecycle.session import (
    CallLocator,
    Connection,
    Desired,
    LocatorKind,
    Session,
    StartRequest,
)
from functions.lifecycle.wishes import why_not_again
from functions.services.ports import Claim, Claims, SessionStore

MOST_CONFLICTS = 10
NOBODYS = StartRequest(CallLocator(LocatorKind.GROUP_CALL, ""), "")
"""In a claim that points to another's session: it outlives that session's erasure, so it tells nothing."""
SESSION_COMES_WITHIN_MS = 120_000
"""A claim without a session is honoured that long: its owner may still be about to insert it."""


def call_key(call: CallLocator) -> str:
    """A call's identity as a table key; hashed, since a server call id holds slashes.

    Another application's call has one id for all.
    """
    kind = LocatorKind.SERVER_CALL if call.kind is LocatorKind.CALL else call.kind
    return hashlib.blake2b(f"{kind.value}\n{call.value}".encode(), digest_size=16).hexdigest()


def server_call_key(server_call_id: str) -> str:
    """The key of a call by the id that all its connections share."""
    return call_key(CallLocator(LocatorKind.SERVER_CALL, server_call_id))


def idempotency_key_of(text: str) -> str:
    """An Idempotency-Key as a table key."""
    return hashlib.blake2b(f"idempotency\n{text}".encode(), digest_size=16).hexdigest()


def keys_of(session: Session) -> list[str]:
    """The keys of the claims that a session may have."""
    repeatable = session.idempotency_claim
    return call_keys_of(session) + ([] if repeatable is None else [repeatable])


def call_keys_of(session: Session) -> list[str]:
    """The keys of a session's call, under each of its names."""
    call = session.request.call
    keys = [server_call_key(known) for known in sorted(session.server_call_ids)]
    if isinstance(call, CallLocator):
        keys.append(call_key(call))
    return list(dict.fromkeys(keys))


type IsHeld = Callable[[Claim], Awaitable[bool]]
"""Whether a claim still counts."""


async def take_call(claims: Claims, key: str, mine: Claim, is_held: IsHeld) -> Claim:
    """The claim that holds the call: mine if no other counts. Raises Unavailable."""
    for _ in range(MOST_CONFLICTS):
        try:
            return (await claims.take(key, mine)).claim
        except RowExists:
            pass
        found = await claims.read(key)
        if found is None:
            continue
        if await is_held(found.claim):
            return found.claim
        try:
            return (await claims.replace(key, found, mine)).claim
        except RowChanged:
            continue
    raise Unavailable("Many starts of this call collide.")


async def is_alive(store: SessionStore, now: int, claim: Claim) -> bool:
    """Whether a claim's session is live, or so new that it may not be there yet. `now` is ms since 1970."""
    stored = await store.load(claim.session_id)
    if stored is None:
        return now - claim.claimed_at < SESSION_COMES_WITHIN_MS
    return stored.session.ended_at is None or stays_in_call(stored.session, now)


def stays_in_call(session: Session, now: int) -> bool:
    """Whether a session that has ended is still in its call and can go on there: no second bot need come."""
    return session.connection is Connection.CONNECTED and why_not_again(session, now) is None


async def is_there(store: SessionStore, now: int, claim: Claim) -> bool:
    """Whether a claim's session was made, however it ended, or may be just now. `now` is ms since 1970."""
    return await store.load(claim.session_id) is not None or now - claim.claimed_at < SESSION_COMES_WITHIN_MS


async def is_wanted(store: SessionStore, claim: Claim) -> bool:
    """Whether a claim's session is there, and is to go on: only then another may leave the call to it."""
    stored = await store.load(claim.session_id)
    if stored is None or stored.session.ended_at is not None:
        return False
    return stored.session.desired is Desired.TRANSCRIBING


async def holder_of(
    claims: Claims, store: SessionStore, session: Session, server_call_id: str, now: int
) -> str | None:
    """The id of another session that transcribes this call, or none: then the call is the given session's.

    The loser's own claim is pointed to the holder, so that the next start finds it at once.
    """
    mine = Claim(session.id, NOBODYS, now)
    claim = await take_call(claims, server_call_key(server_call_id), mine, partial(is_wanted, store))
    if claim.session_id == session.id:
        return None
    if isinstance(session.request.call, CallLocator):
        await point_to(claims, call_key(session.request.call), session.id, claim.session_id)
    return claim.session_id


async def point_to(claims: Claims, key: str, loser: str, holder: str) -> None:
    """Give the loser's claim to the holder, a session that is there, if the loser still has it."""
    found = await claims.read(key)
    if found is None or found.claim.session_id != loser:
        return
    given = Claim(holder, NOBODYS, found.claim.claimed_at, digest=found.claim.digest)
    try:
        await claims.replace(key, found, given)
    except RowChanged:
        return  # somebody gave it away already
