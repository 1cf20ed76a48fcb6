"""What the services may expect of Names, from Table Storage and from the simulation's store alike."""

import asyncio
from random import Random

import pytest

from functions.services.ports import Names
from tests.service.bed import Tables, new_group
from tests.simulation.mishaps import Mishaps
from tests.simulation.storage import Rows, SimulatedNames

DAY = 24 * 3600 * 1000
MIDNIGHT = 10_000 * DAY
NOON = MIDNIGHT + DAY // 2
ADA, BOB = "8:acs:ada/#?\\ 𝄞", "4:+15550000001"


def simulated() -> Names:
    return SimulatedNames(Rows(Mishaps(Random(1), calm=True)))


@pytest.fixture(params=["tables", "simulation"])
def names(request: pytest.FixtureRequest, tables: Tables) -> Names:
    return tables.names if request.param == "tables" else simulated()


async def test_a_call_has_the_names_that_were_put_for_it(names: Names) -> None:
    call, other = new_group(), new_group()
    await names.put(call, {ADA: "Ada", BOB: ""}, NOON)
    await names.put(other, {ADA: "Another"}, NOON)
    await names.put(call, {}, NOON)
    assert await names.of_call(call, NOON) == {ADA: "Ada", BOB: ""}
    assert await names.of_call(new_group(), NOON) == {}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2)])
@pytest.mark.parametrize("start", [NOON, MIDNIGHT - 2], ids=["one day", "over midnight"])
async def test_the_newest_name_wins_in_whatever_order_they_come(
    order: tuple[int, ...], start: int, names: Names
) -> None:
    call = new_group()
    for age in order:
        await names.put(call, {ADA: f"name {age}"}, start + age)
        await names.put(call, {BOB: "Bob"}, start)
    assert await names.of_call(call, start + 3) == {ADA: "name 3", BOB: "Bob"}


async def test_of_names_of_the_same_moment_the_first_stays(names: Names) -> None:
    call = new_group()
    for name in ("first", "second"):
        await names.put(call, {ADA: name}, NOON)
    assert await names.of_call(call, NOON) == {ADA: "first"}


async def test_the_newest_of_names_that_come_at_once_wins(names: Names) -> None:
    call = new_group()
    await asyncio.gather(*(names.put(call, {ADA: f"name {age}"}, NOON + age) for age in range(4)))
    assert await names.of_call(call, NOON) == {ADA: "name 3"}


async def test_a_long_name_is_cut_by_code_points(names: Names) -> None:
    call = new_group()
    await names.put(call, {ADA: "𝄞" * 300, BOB: "b" * 256}, NOON)
    assert await names.of_call(call, NOON) == {ADA: "𝄞" * 256, BOB: "b" * 256}


async def test_names_are_known_on_their_day_and_the_next(names: Names) -> None:
    call = new_group()
    await names.put(call, {ADA: "of the first day"}, MIDNIGHT)
    await names.put(call, {BOB: "of the second"}, MIDNIGHT + 2 * DAY - 1)
    both = {ADA: "of the first day", BOB: "of the second"}
    assert await names.of_call(call, MIDNIGHT - 1) == {}
    assert await names.of_call(call, MIDNIGHT) == {ADA: "of the first day"}
    assert await names.of_call(call, MIDNIGHT + DAY) == both
    assert await names.of_call(call, MIDNIGHT + 2 * DAY - 1) == both
    assert await names.of_call(call, MIDNIGHT + 2 * DAY) == {BOB: "of the second"}
    assert await names.of_call(call, MIDNIGHT + 3 * DAY) == {}


async def test_only_names_from_before_yesterday_are_forgotten(names: Names) -> None:
    await names.erase_older(MIDNIGHT + 2 * DAY)
    call, other = new_group(), new_group()
    await names.put(call, {ADA: "Ada", BOB: "Bob"}, MIDNIGHT - 1)
    await names.put(other, {ADA: "Ada"}, MIDNIGHT - 5 * DAY)
    await names.put(other, {ADA: "Ada"}, MIDNIGHT)
    assert await names.erase_older(MIDNIGHT + DAY - 1) == 1
    assert await names.of_call(call, MIDNIGHT) == {ADA: "Ada", BOB: "Bob"}
    assert await names.erase_older(MIDNIGHT + DAY) == 2
    assert await names.erase_older(MIDNIGHT + DAY) == 0
    assert await names.of_call(call, MIDNIGHT) == {}
    assert await names.of_call(other, MIDNIGHT + DAY) == {ADA: "Ada"}


async def test_a_calls_names_of_both_days_are_erased_and_no_others(names: Names) -> None:
    call, other = new_group(), new_group()
    for owner in (call, other):
        await names.put(owner, {ADA: "Ada"}, MIDNIGHT - 1)
        await names.put(owner, {BOB: "Bob"}, MIDNIGHT)
    await names.erase(call, NOON)
    await names.erase(call, NOON)
    assert await names.of_call(call, MIDNIGHT - 1) == {}
    assert await names.of_call(call, NOON) == {}
    assert await names.of_call(other, NOON) == {ADA: "Ada", BOB: "Bob"}


async def test_an_erased_name_may_come_again(names: Names) -> None:
    call = new_group()
    await names.put(call, {ADA: "Ada"}, NOON + 1)
    await names.erase(call, NOON + 1)
    await names.put(call, {ADA: "an older one"}, NOON)
    assert await names.of_call(call, NOON + 1) == {ADA: "an older one"}
