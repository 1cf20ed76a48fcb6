"""A start with an Idempotency-Key may be repeated."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from functions.errors import KeyReused
from functions.lifecycle.session import CallLocator, LocatorKind, Session, StartRequest, State
from functions.services import erasure, sessions
from functions.services.claims import SESSION_COMES_WITHIN_MS
from functions.services.ports import SessionPorts
from tests.service.bed import Clock, Crashed, crash_after, crash_before, group_call, new_group, watched
from tests.service.cloud import Cloud
from tests.service.phones import call_to, instruct, new_phone
from tests.service.steps import session_of, started, stopped, sweep_until, until_state

type Dying = Callable[[SessionPorts], SessionPorts]

CRASHES: dict[str, Dying] = {
    "key claimed": lambda ports: replace(ports, claims=crash_after(ports.claims, "take")),
    "call claimed": lambda ports: replace(ports, claims=crash_after(ports.claims, "take", 2)),
    "listed": lambda ports: replace(ports, store=crash_after(ports.store, "list_newest")),
    "timer written": lambda ports: replace(ports, timers=crash_after(ports.timers, "put")),
    "about to insert": lambda ports: replace(ports, store=crash_before(ports.store, "insert")),
    "inserted": lambda ports: replace(ports, store=crash_after(ports.store, "insert")),
}
OTHERS: dict[str, dict[str, Any]] = {
    "call": {"call": CallLocator(LocatorKind.GROUP_CALL, "another")},
    "locale": {"locale": "de-DE"},
    "names": {"speakers": {"8:acs:ada": "Ada"}},
    "interims": {"interim_results": False},
}


class LaterRequest(StartRequest, frozen=True, omit_defaults=True):
    """A start as a later version may know it."""

    new: bool = False


class LaterCall(CallLocator, frozen=True, omit_defaults=True, tag="joined"):
    """The same of a call."""

    new: bool = False


def new_key() -> str:
    return f"key of {new_group()}"


def watching(ports: SessionPorts, cloud: Cloud, performed: list[str]) -> SessionPorts:
    return replace(ports, calls=lambda: watched(cloud.calls, performed))


@pytest.fixture(params=["joined", "placed"])
async def request_of(request: pytest.FixtureRequest, cloud: Cloud) -> StartRequest:
    """A start of a call that others have, or that we place."""
    if request.param == "joined":
        group = new_group()
        await cloud.make_call(group)
        return group_call(group)
    target = new_phone()
    await instruct(cloud, target)
    return call_to(target)


async def test_the_same_key_gets_the_same_session_and_makes_no_second_call(
    request_of: StartRequest, ports: SessionPorts, cloud: Cloud
) -> None:
    performed: list[str] = []
    key, ours = new_key(), watching(ports, cloud, performed)
    first, moved = await sessions.start(ours, request_of, key)
    assert moved
    again, moved = await sessions.start(ours, request_of, key)
    assert (again.id, moved) == (first.id, False)
    assert performed.count("connect") == 1


async def test_the_same_key_gets_the_same_session_also_after_its_end(
    request_of: StartRequest, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    performed: list[str] = []
    key, ours = new_key(), watching(ports, cloud, performed)
    first, _ = await sessions.start(ours, request_of, key)
    await until_state(ports, first.id, State.ACTIVE)
    await stopped(ports, first.id)
    clock.skip(2 * SESSION_COMES_WITHIN_MS)
    again, moved = await sessions.start(ours, request_of, key)
    assert (again.id, again.state, moved) == (first.id, State.STOPPED, False)
    assert performed.count("connect") == 1


async def test_starts_under_one_key_at_once_are_one_session_and_one_call(
    request_of: StartRequest, ports: SessionPorts, cloud: Cloud
) -> None:
    performed: list[str] = []
    key, ours = new_key(), watching(ports, cloud, performed)
    answers = await asyncio.gather(*(sessions.start(ours, request_of, key) for _ in range(6)))
    assert len({session.id for session, _ in answers}) == 1
    assert [moved for _, moved in answers].count(True) == 1
    assert performed.count("connect") == 1
    await until_state(ports, answers[0][0].id, State.ACTIVE)


@pytest.mark.parametrize("point", [point for point in CRASHES if point != "call claimed"])
async def test_a_repeat_after_a_crash_is_one_session_and_one_call(
    point: str, request_of: StartRequest, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    performed: list[str] = []
    key, ours = new_key(), watching(ports, cloud, performed)
    with pytest.raises(Crashed):
        await sessions.start(CRASHES[point](ours), request_of, key)
    repeated, _ = await sessions.start(ours, request_of, key)
    clock.skip(46_000)
    await sweep_until(ours, repeated.id, State.ACTIVE)
    again, moved = await sessions.start(ours, request_of, key)
    assert (again.id, moved) == (repeated.id, False)
    assert performed.count("connect") == 1


@pytest.mark.parametrize("point", ["key claimed", "call claimed", "about to insert"])
async def test_a_repeat_soon_after_a_crash_makes_the_session_under_the_first_id(
    point: str, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    request, key, ids = group_call(), new_key(), []
    dying = CRASHES[point](ports)
    taking = dying.claims.take

    class Noting:
        """The claims; whose session they are for is noted."""

        def __getattr__(self, name: str) -> object:
            return getattr(dying.claims, name)

        async def take(self, key: str, claim: Any) -> object:
            ids.append(claim.session_id)
            return await taking(key, claim)

    with pytest.raises(Crashed):
        await sessions.start(replace(dying, claims=Noting()), request, key)  # type: ignore[arg-type]  # a port in all but its type
    clock.skip(SESSION_COMES_WITHIN_MS - 10_000)
    repeated, moved = await sessions.start(ports, request, key)
    assert moved
    assert {repeated.id} == set(ids)


@pytest.mark.parametrize("point", ["key claimed", "call claimed", "about to insert"])
async def test_a_repeat_long_after_a_crash_starts_anew(
    point: str, ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    request, key = group_call(), new_key()
    with pytest.raises(Crashed):
        await sessions.start(CRASHES[point](ports), request, key)
    clock.skip(SESSION_COMES_WITHIN_MS)
    anew, moved = await sessions.start(ports, request, key)
    assert moved
    assert anew.created_at >= clock() - SESSION_COMES_WITHIN_MS
    assert (await sessions.start(ports, request, key))[0].id == anew.id
    assert (await sessions.start(ports, request))[0].id == anew.id


@pytest.mark.parametrize("other", OTHERS)
async def test_a_key_with_another_request_is_refused(other: str, ports: SessionPorts, cloud: Cloud) -> None:
    request, key = group_call(), new_key()
    session, _ = await sessions.start(ports, request, key)
    with pytest.raises(KeyReused):
        await sessions.start(ports, structs.replace(request, **OTHERS[other]), key)
    assert (await sessions.start(ports, request, key))[0].id == session.id


async def test_another_key_places_another_call(ports: SessionPorts, cloud: Cloud) -> None:
    request = call_to()
    first, _ = await sessions.start(ports, request, new_key())
    second, moved = await sessions.start(ports, request, new_key())
    assert moved
    assert first.id != second.id


# --- a key for a call that another session has


async def holder_and_request(ports: SessionPorts, cloud: Cloud) -> tuple[Session, StartRequest]:
    holder, _ = await started(ports, cloud)
    return holder, StartRequest(call=holder.request.call, locale="en-US", speakers={"8:acs:a": "Ada"})


async def test_a_key_for_a_call_that_another_session_has_gets_that_one_also_after_its_end(
    ports: SessionPorts, cloud: Cloud
) -> None:
    holder, request = await holder_and_request(ports, cloud)
    key = new_key()
    for _ in range(2):
        found, moved = await sessions.start(ports, request, key)
        assert (found.id, moved) == (holder.id, False)
    await stopped(ports, holder.id)
    found, moved = await sessions.start(ports, request, key)
    assert (found.id, found.state, moved) == (holder.id, State.STOPPED, False)
    with pytest.raises(KeyReused):
        await sessions.start(ports, structs.replace(request, locale="de-DE"), key)


@pytest.mark.parametrize("crash", [crash_before, crash_after])
async def test_a_crash_before_the_key_points_to_the_session_that_has_the_call_loses_nothing(
    crash: Callable[..., Any], ports: SessionPorts, cloud: Cloud
) -> None:
    holder, request = await holder_and_request(ports, cloud)
    key = new_key()
    with pytest.raises(Crashed):
        await sessions.start(replace(ports, claims=crash(ports.claims, "replace")), request, key)
    found, moved = await sessions.start(ports, request, key)
    assert (found.id, moved) == (holder.id, False)


async def test_a_key_whose_session_was_erased_is_no_way_to_read_it(ports: SessionPorts, cloud: Cloud) -> None:
    holder, request = await holder_and_request(ports, cloud)
    key = new_key()
    await sessions.start(ports, request, key)
    await erasure.erase(ports, holder.id)
    with pytest.raises(KeyReused):
        await sessions.start(ports, request, key)


async def test_a_start_whose_call_got_a_session_in_the_meantime_leaves_no_second_bot(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    group, key = new_group(), new_key()
    call = await cloud.make_call(group)
    with pytest.raises(Crashed):
        await sessions.start(CRASHES["key claimed"](ports), group_call(group), key)
    holder, _ = await sessions.start(ports, group_call(group))
    clock.skip(10_000)
    found, moved = await sessions.start(ports, group_call(group), key)
    assert (found.id, moved) == (holder.id, False)
    await until_state(ports, holder.id, State.ACTIVE)
    assert len(await cloud.connections(call["simId"])) == 1
    assert (await session_of(ports, holder.id)).idempotency_claim is None


def test_a_start_is_known_as_the_same_by_a_later_version_that_could_ask_for_more() -> None:
    request = group_call("a-group")
    call = LaterCall(LocatorKind.GROUP_CALL, "a-group")
    assert sessions.digest_of(LaterRequest(call, request.locale)) == sessions.digest_of(request)
    assert sessions.digest_of(LaterRequest(call, request.locale, new=True)) != sessions.digest_of(request)


def test_a_start_is_known_as_the_same_once_its_provider_has_another_locale() -> None:
    request = structs.replace(group_call("a-group"), provider="bandwidth", locales=("en-US",))
    later = structs.replace(request, locales=("en-US", "de-DE"))
    assert sessions.digest_of(later) == sessions.digest_of(request)
