"""What users ask for: start, stop, go on, change the locale, name the speakers."""

import hashlib
from collections.abc import Mapping
from functools import partial

import msgspec

from functions.errors import Conflict, InputRefused, KeyReused, NotFound, RowExists, Unavailable
from functions.lifecycle import events
from functions.lifecycle.events import Event
from functions.lifecycle.identity import ulid, ulid_time
from functions.lifecycle.journal import Occurrence, write_entry
from functions.lifecycle.machine import Birth, begin
from functions.lifecycle.session import CallLocator, Desired, Session, StartRequest
from functions.lifecycle.sharding import choose_web_pubsub
from functions.lifecycle.wishes import (
    LARGEST_NAMES,
    MOST_NAMES,
    as_many_as_fit,
    named_anew,
    why_not_again,
)
from functions.services.applying import apply, follow_up, load_any, schedule
from functions.services.claims import (
    NOBODYS,
    call_key,
    call_keys_of,
    idempotency_key_of,
    is_alive,
    is_there,
    is_wanted,
    keys_of,
    point_to,
    server_call_key,
    stays_in_call,
    take_call,
)
from functions.services.ports import Claim, SessionPorts, Stored

MOST_CONFLICTS = 20


# --- start


async def start(
    ports: SessionPorts, request: StartRequest, idempotency_key: str | None = None
) -> tuple[Session, bool]:
    """The session that transcribes the call, and whether this request set something in motion.

    One call has one session: a start of a call that is transcribed already gets the session that does it. A call
    that is to be placed has no identity yet: only the key tells a repeat from another call.
    Raises Conflict while that session is on its way out after a failure, KeyReused, Unavailable.
    """
    mine, known = await claim_start(ports, request, idempotency_key)
    if known is not None:
        return known, False
    if not isinstance(request.call, CallLocator):
        return await create_once(ports, mine)
    session, moved = await start_of_call(ports, request.call, mine)
    if mine.idempotency_claim is not None and session.id != mine.session_id:
        await point_to(ports.claims, mine.idempotency_claim, mine.session_id, session.id)
    return session, moved


async def claim_start(
    ports: SessionPorts, request: StartRequest, idempotency_key: str | None
) -> tuple[Claim, Session | None]:
    """The claim of this start, and its session if the start is a repeat. Raises KeyReused, Unavailable."""
    now = ports.clock()
    mine = Claim(ulid(now, ports.chance(10)), request, now)
    if idempotency_key is None:
        return mine, None
    key = idempotency_key_of(idempotency_key)
    mine = msgspec.structs.replace(mine, idempotency_claim=key, digest=digest_of(request))
    claim = await take_call(ports.claims, key, mine, partial(is_there, ports.store, now))
    if claim.digest != mine.digest:
        raise KeyReused("This Idempotency-Key came with another request before.")
    stored = await ports.store.load(claim.session_id)
    if stored is not None and stored.session.erased_at is not None:
        raise KeyReused("The session that was started with this Idempotency-Key is erased.")
    return msgspec.structs.replace(
        mine, session_id=claim.session_id, claimed_at=claim.claimed_at
    ), stored.session if stored else None


def digest_of(request: StartRequest) -> str:
    """What tells a request from another, and nothing of what is in it.

    The locales are its provider's, not its own: there may be another by the time of its repeat.
    """
    own = msgspec.structs.replace(request, locales=())
    return hashlib.blake2b(msgspec.json.encode(own, order="sorted"), digest_size=16).hexdigest()


async def start_of_call(ports: SessionPorts, call: CallLocator, mine: Claim) -> tuple[Session, bool]:
    """The session that has the call, which is a new one if none has it. Raises Conflict, Unavailable."""
    for _ in range(MOST_CONFLICTS):
        held = partial(is_alive, ports.store, ports.clock())
        claim = await take_call(ports.claims, call_key(call), mine, held)
        stored = await ports.store.load(claim.session_id)
        if stored is not None:
            session, moved = await want_again(ports, stored, mine.request.continuation)
            failed_again = moved and stays_in_call(session, ports.clock())
            if session.ended_at is None or failed_again:
                return session, moved
            continue  # it ended just now; its claim is free
        try:
            return await create(ports, claim), True
        except RowExists:
            continue
    raise Unavailable("Many starts of this call collide.")


async def create_once(ports: SessionPorts, claim: Claim) -> tuple[Session, bool]:
    """The session under the claim's id, made by us or by another invocation of the same start."""
    try:
        return await create(ports, claim), True
    except RowExists:
        return (await load_any(ports, claim.session_id)).session, False


async def create(ports: SessionPorts, claim: Claim) -> Session:
    """A session under the claim's id. Raises RowExists if another invocation was faster."""
    birth = Birth(
        id=claim.session_id,
        ticket=ports.chance(32).hex(),
        secret=ports.chance(32).hex(),
        longest_ms=ports.longest_ms,
        idempotency_claim=claim.idempotency_claim,
        announces=ports.topic is not None,
        web_pubsub=choose_web_pubsub(claim.session_id, ports.viewers.keys() - ports.draining),
    )
    decision = begin(claim.request, birth, ulid_time(claim.session_id), ports.clock())
    await ports.store.list_newest(decision.session, keys_of(decision.session))
    session = await schedule(ports, decision.session)
    happened = Occurrence("api", claim.session_id, events.StartRequested())
    stored = await ports.store.insert(session, write_entry(happened, session, ports.clock()))
    return await follow_up(ports, None, stored, decision.commands)


async def want_again(ports: SessionPorts, stored: Stored, continuation: str) -> tuple[Session, bool]:
    """The session that has the call, told that it is wanted; false if it was going on anyhow. Raises Conflict.

    What its call goes on with is from then on what this start says: where it was may be over.
    """
    ended = stored.session.ended_at is not None
    if stored.session.desired is Desired.TRANSCRIBING or (
        ended and not stays_in_call(stored.session, ports.clock())
    ):
        return stored.session, False
    refuse_restart(await why_not_ours(ports, stored.session, call_keys_of(stored.session)))
    event = events.RestartRequested(continuation) if ended else events.StartRequested(continuation)
    session = await wish(ports, stored, event)
    if session.desired is Desired.STOPPED and session.ended_at is None:
        raise Conflict(
            f"The session {session.id} of this call is about to end and cannot go on.",
            remedy="Start again in a few seconds, when it has left the call.",
        )
    await give_way(ports, session)
    return session, True


async def give_way(ports: SessionPorts, session: Session) -> None:
    """Stop a session that is wanted again, if another took its call in that very moment. Raises Conflict.

    One claim decides, that of the id which all connections share: else two could give way to each other.
    """
    if session.desired is Desired.STOPPED or session.server_call_id is None:
        return
    reason = await why_not_ours(ports, session, [server_call_key(session.server_call_id)])
    if reason is not None:
        await wish(ports, await load_any(ports, session.id), events.StopRequested())
        refuse_restart(reason)


# --- what can be asked of a session that is there


async def load(ports: SessionPorts, session_id: str) -> Stored:
    """The session. Raises NotFound, also for one that was erased."""
    stored = await load_any(ports, session_id)
    readable(stored.session)
    return stored


def readable(session: Session) -> Session:
    """The session. Raises NotFound if it was erased, perhaps just now."""
    if session.erased_at is not None:
        raise NotFound(f"There is no session {session.id!r}.")
    return session


async def wish(ports: SessionPorts, stored: Stored, event: Event) -> Session:
    """The session after somebody wished for something."""
    happened = Occurrence("api", ports.chance(16).hex(), event)
    return await apply(ports, stored.session.id, happened, known=stored)


async def stop(ports: SessionPorts, session_id: str) -> tuple[Session, bool]:
    """The session on its way to its end; false if there was nothing left to do. Raises NotFound."""
    stored = await load(ports, session_id)
    if stored.session.desired is Desired.STOPPED:
        return stored.session, False
    return await wish(ports, stored, events.StopRequested()), True


async def restart(ports: SessionPorts, session_id: str) -> tuple[Session, bool]:
    """The session going on; false if it did so anyhow. Raises NotFound, Conflict with the reason."""
    stored = await load(ports, session_id)
    if stored.session.desired is Desired.TRANSCRIBING:
        return stored.session, False
    refuse_restart(why_not_again(stored.session, ports.clock()))
    refuse_restart(await why_not_ours(ports, stored.session, call_keys_of(stored.session)))
    session = readable(await wish(ports, stored, events.RestartRequested()))
    if session.desired is Desired.STOPPED:
        refuse_restart(why_not_again(session, ports.clock()) or "It ended again at once.")
    await give_way(ports, session)
    return session, True


def refuse_restart(reason: str | None) -> None:
    """Raise Conflict if there is a reason."""
    if reason is not None:
        raise Conflict(
            f"The session cannot go on. {reason}", remedy="Start a new session: POST /api/sessions."
        )


async def why_not_ours(ports: SessionPorts, session: Session, keys: list[str]) -> str | None:
    """Why the session's call, by these keys, is not its own any more; if it is, its claims are its own again."""
    now = ports.clock()
    counts = (
        partial(is_wanted, ports.store) if session.ended_at is None else partial(is_alive, ports.store, now)
    )
    mine = Claim(session.id, NOBODYS, now)
    for key in keys:
        claim = await take_call(ports.claims, key, mine, counts)
        if claim.session_id != session.id:
            return f"The session {claim.session_id} transcribes this call now."
    return None


async def change_locale(ports: SessionPorts, session_id: str, locale: str) -> tuple[Session, bool]:
    """The session on its way to another locale; false if it has that. Raises NotFound, Conflict, InputRefused."""
    stored = await load(ports, session_id)
    refuse_locale(stored.session)
    refuse_other_locale(stored.session, locale)
    if stored.session.locale == locale:
        return stored.session, False
    session = await wish(ports, stored, events.LocaleRequested(locale))
    refuse_locale(session)
    return session, True


def refuse_locale(session: Session) -> None:
    """Raise Conflict for a session that will not transcribe any more."""
    if session.desired is Desired.STOPPED:
        raise Conflict(
            "The session has ended, or is about to.",
            remedy="Go on with it first (POST /api/sessions/{id}/start), or start a new one in that locale.",
        )


def refuse_other_locale(session: Session, locale: str) -> None:
    """Raise InputRefused for a locale that the call's provider does not have."""
    known = session.request.locales
    if known and locale not in known:
        raise InputRefused(
            f"This call cannot be transcribed in {locale}.",
            field="locale",
            remedy=f"Send one of {', '.join(known)}.",
            code="invalid-locale",
        )


async def change_speakers(ports: SessionPorts, session_id: str, changes: Mapping[str, str | None]) -> Session:
    """The session with some names changed (None: taken back). Raises NotFound, InputRefused if they get too many."""
    stored = await load(ports, session_id)
    named = named_anew(stored.session.speakers, changes)
    if len(as_many_as_fit(named)) < len(named):
        raise InputRefused(
            f"The session would have more than {MOST_NAMES} names, or more than {LARGEST_NAMES} bytes of them.",
            field="body",
            remedy='Take back names that are not needed: {"8:acs:…": null}.',
        )
    return readable(await wish(ports, stored, events.SpeakersChanged(dict(changes))))


async def name_speakers(ports: SessionPorts, session_id: str, speakers: dict[str, str]) -> Session:
    """The session with these names, which its viewers see at once. Raises NotFound."""
    stored = await load(ports, session_id)
    return readable(await wish(ports, stored, events.SpeakersNamed(speakers)))
