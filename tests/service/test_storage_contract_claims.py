"""What the services may expect of Claims, from Table Storage and from the simulation's store alike."""

import asyncio
from random import Random

import pytest

from functions.errors import RowChanged, RowExists
from functions.services.ports import Claim, Claims, StoredClaim
from tests.service.bed import Tables, group_call, key_of, new_session
from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import Rows, SimulatedClaims


def simulated() -> Claims:
    return SimulatedClaims(Rows(Mishaps(Random(1), calm=True)))


@pytest.fixture(params=["tables", "simulation"])
def claims(request: pytest.FixtureRequest, tables: Tables) -> Claims:
    return tables.claims if request.param == "tables" else simulated()


@pytest.fixture
def key() -> str:
    """The key of a call that no other test knows."""
    return key_of(group_call())


def claim(claimed_at: int = 1) -> Claim:
    return Claim(new_session().id, group_call(), claimed_at, idempotency_claim="key", digest="digest")


async def test_a_claim_is_there_once_it_was_taken_and_only_under_its_key(claims: Claims, key: str) -> None:
    assert await claims.read(key) is None
    mine = claim()
    taken = await claims.take(key, mine)
    assert taken.claim == mine
    assert await claims.read(key) == taken
    assert await claims.read(key_of(group_call())) is None


async def test_a_claim_that_is_there_stays(claims: Claims, key: str) -> None:
    taken = await claims.take(key, claim())
    with pytest.raises(RowExists):
        await claims.take(key, claim(2))
    with pytest.raises(RowExists):
        await claims.take(key, taken.claim)
    assert await claims.read(key) == taken


async def test_of_many_who_take_a_call_at_once_one_gets_it(claims: Claims, key: str) -> None:
    outcomes = await asyncio.gather(
        *(claims.take(key, claim(one)) for one in range(5)), return_exceptions=True
    )
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, StoredClaim)]
    assert sum(isinstance(outcome, RowExists) for outcome in outcomes) == 4
    assert await claims.read(key) == won


async def test_a_claim_changes_hands_once_for_each_time_it_was_read(claims: Claims, key: str) -> None:
    first = await claims.take(key, claim())
    second = await claims.replace(key, first, first.claim)
    with pytest.raises(RowChanged):
        await claims.replace(key, first, claim(3))
    assert await claims.read(key) == second
    theirs = claim(4)
    third = await claims.replace(key, second, theirs)
    assert third.claim == theirs
    assert await claims.read(key) == third


async def test_a_claim_that_is_not_there_cannot_change_hands(claims: Claims, key: str) -> None:
    elsewhere = await claims.take(key_of(group_call()), claim())
    with pytest.raises(RowChanged):
        await claims.replace(key, elsewhere, claim())
    assert await claims.read(key) is None


async def test_only_the_claim_that_was_read_is_removed(claims: Claims, key: str) -> None:
    first = await claims.take(key, claim())
    second = await claims.replace(key, first, claim(2))
    with pytest.raises(RowChanged):
        await claims.remove(key, first)
    assert await claims.read(key) == second
    await claims.remove(key, second)
    await claims.remove(key, second)
    assert await claims.read(key) is None


async def test_a_call_that_was_claimed_anew_is_another_claim(claims: Claims, key: str) -> None:
    mine = claim()
    first = await claims.take(key, mine)
    await claims.remove(key, first)
    again = await claims.take(key, mine)
    for late in (claims.remove(key, first), claims.replace(key, first, claim(2))):
        with pytest.raises(RowChanged):
            await late
    assert await claims.read(key) == again
