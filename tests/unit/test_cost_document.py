"""docs/cost.md shows what the counted operations and the prices come to, and nothing else."""

from pathlib import Path

import pytest

from tests.bench.billing import Counted
from tests.bench.cost import Plan, tables

DOCUMENT = (Path(__file__).parents[2] / "docs" / "cost.md").read_text()
HOUR = Counted(
    frames=9_000,
    executions=9_000,
    table_transactions=1_400,
    sends=5_400,
    messages_up=9_000,
    messages_down=5_400,
    bytes_up=4_500_000,
    bytes_down=2_000_000,
    log_bytes=0,
)


@pytest.mark.parametrize("line", [line for line in tables() if line])
def test_the_document_has_each_line_of_the_tables_as_it_is_computed(line: str) -> None:
    assert line in DOCUMENT.splitlines()


@pytest.mark.parametrize(("calls", "units"), [(1, 1), (90, 1), (100, 2), (800, 9), (900, 10), (1_000, 20)])
def test_units_are_paid_in_the_sizes_that_exist(calls: int, units: int) -> None:
    assert Plan(calls, 1, HOUR).paid_units == units


def test_more_than_a_full_resource_is_paid_as_two_of_the_same_size() -> None:
    plan = Plan(10_000, 1, HOUR)
    assert 100 < plan.units <= 120
    assert (plan.resources, plan.paid_units) == (2, 2 * 60)


def test_viewers_pay_for_what_goes_down_only() -> None:
    alone, three = Plan(100, 1, HOUR), Plan(100, 3, HOUR)
    assert three.messages - alone.messages == 2 * HOUR.bytes_down / 2_000
    assert three.messages_one_by_one - alone.messages_one_by_one == 2 * HOUR.messages_down


def test_messages_are_billed_by_what_is_in_them() -> None:
    plan = Plan(100, 3, HOUR)
    assert plan.messages == (4_500_000 + 3 * 2_000_000) / 2_000
    assert plan.messages < plan.messages_one_by_one
