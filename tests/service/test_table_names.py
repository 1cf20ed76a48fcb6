"""Names of people in calls in a real table service."""

import asyncio
from typing import Any

import pytest

from functions.adapters.tables.names import TableNames
from tests.service.bed import Tables, new_group

DAY = 24 * 3600 * 1000
MIDNIGHT = 20_000 * DAY
NOON = MIDNIGHT + DAY // 2
ADA, BOB = "8:acs:ada", "4:+15550000001"


@pytest.fixture
def names(tables: Tables) -> TableNames:
    return tables.names


async def all_rows(names: TableNames, call: str) -> list[dict[str, Any]]:
    return [row async for row in names.table.list_entities() if row["PartitionKey"].endswith(call)]


async def test_names_come_back_by_raw_id_and_only_for_their_call(names: TableNames) -> None:
    call, other = new_group(), new_group()
    given = {ADA: "Ada 𝄞 שלום\n\t\"quoted\" 'single'", "8:odd/#?\\\u200f": "", BOB: "+1 555"}
    await names.put(call, given, NOON)
    await names.put(other, {ADA: "Another"}, NOON)
    assert await names.of_call(call, NOON) == given
    assert await names.of_call(new_group(), NOON) == {}


async def test_a_name_that_goes_on_and_on_is_cut(names: TableNames) -> None:
    call = new_group()
    await names.put(call, {ADA: "𝄞" * 100_000, BOB: "b" * 256}, NOON)
    assert await names.of_call(call, NOON) == {ADA: "𝄞" * 256, BOB: "b" * 256}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
@pytest.mark.parametrize("start", [NOON, MIDNIGHT - 2], ids=["one day", "over midnight"])
async def test_the_newest_name_wins_in_whatever_order_they_come(
    order: tuple[int, ...], start: int, names: TableNames
) -> None:
    call = new_group()
    for age in order:
        await names.put(call, {ADA: f"name {age}"}, start + age)
    assert await names.of_call(call, start + 3) == {ADA: "name 3"}


async def test_the_newest_of_names_that_come_at_once_wins(names: TableNames) -> None:
    call = new_group()
    await asyncio.gather(*(names.put(call, {ADA: f"name {age}"}, NOON + age) for age in range(4)))
    assert await names.of_call(call, NOON) == {ADA: "name 3"}


async def test_names_of_yesterday_and_today_are_known_and_no_older_ones(names: TableNames) -> None:
    call = new_group()
    await names.put(call, {"early": "yesterday"}, MIDNIGHT)
    await names.put(call, {"late": "today"}, MIDNIGHT + 2 * DAY - 1)
    assert await names.of_call(call, MIDNIGHT + DAY) == {"early": "yesterday", "late": "today"}
    assert await names.of_call(call, MIDNIGHT + 2 * DAY) == {"late": "today"}


async def test_only_names_from_before_yesterday_are_forgotten(names: TableNames) -> None:
    await names.erase_older(MIDNIGHT + 9_000 * DAY)
    call, other = new_group(), new_group()
    many = {f"8:acs:{number}": "Name" for number in range(120)}
    await names.put(call, many, MIDNIGHT - 1)
    await names.put(other, {ADA: "Ada"}, MIDNIGHT - DAY - 1)
    await names.put(call, {ADA: "Ada"}, MIDNIGHT)
    assert await names.erase_older(MIDNIGHT + DAY - 1) == 1
    assert len(await all_rows(names, call)) == 121
    assert await names.erase_older(MIDNIGHT + DAY) == 120
    assert await names.erase_older(MIDNIGHT + DAY) == 0
    assert await names.of_call(call, MIDNIGHT + DAY) == {ADA: "Ada"}


async def test_a_calls_names_of_both_days_are_erased_and_no_others(names: TableNames) -> None:
    call, other = new_group(), new_group()
    for owner in (call, other):
        await names.put(owner, {ADA: "Ada"}, MIDNIGHT - 1)
        await names.put(owner, {BOB: "Bob"}, MIDNIGHT)
    await names.erase(call, NOON)
    await names.erase(call, NOON)
    assert await all_rows(names, call) == []
    assert await names.of_call(other, NOON) == {ADA: "Ada", BOB: "Bob"}
