"""`python -m tests.bench.cost`: what a call-hour costs, from counted operations and list prices, as Markdown.

`--count` counts the operations anew (six minutes) and keeps them in `docs/cost/counted.json`; without it that file is
read. `docs/cost.md` shows the tables and says what is assumed.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from math import ceil
from pathlib import Path
from typing import Any

from tests.bench.billing import Billable, Counted, measure
from tests.bench.figures import FULL

DATA = Path(__file__).parents[2] / "docs" / "cost"
CALLS = (1, 100, 10_000)
VIEWERS = (1, 3, 10)
BUSY_HOURS_A_DAY = 8
"""Units are paid around the clock, calls are not held around the clock."""
UNIT_SIZES: tuple[int, ...] = (*range(1, 11), *range(20, 101, 10))
MESSAGES_A_UNIT_AND_DAY = 1_000_000
BYTES_A_MESSAGE = 2_000
"""Web PubSub bills the bytes that it sends out in steps of 2 KB, a million of them 2,000,000 KB (billing model)."""
CONNECTIONS_A_UNIT = 1_000
EVENTS_A_UNIT_AND_SECOND = 500
SENDS_A_UNIT_AND_SECOND = 180
USED_TO = 0.8
"""Microsoft measured a unit's rates and advises to stay below 80 % (performance guide and billing model)."""
INSTANCE_GB = 2.0
FRAMES_AN_INSTANCE_AND_SECOND = 100
"""Ours to assume: `finals_per_second` reaches more on two cores that also run the call, the store and the hub."""
REQUEST_RECORD_BYTES = 1_500
REQUEST_RECORDS_A_SECOND = 0.2
"""Request telemetry of an instance: the limit in host.json."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is to do: calls at once, viewers of each, and what a call-hour consists of."""

    calls: int
    viewers: int
    hour: Counted

    @property
    def messages(self) -> float:
        """Messages of a call-hour as Web PubSub's billing model counts them: by the bytes sent out."""
        return (self.hour.bytes_up + self.hour.bytes_down * self.viewers) / BYTES_A_MESSAGE

    @property
    def messages_one_by_one(self) -> float:
        """The same if none counted as less than one, however small, as with Azure SignalR."""
        return self.hour.messages_up + self.hour.messages_down * self.viewers

    @property
    def units(self) -> int:
        """Units that it takes: for sockets, for events to the functions and for sends from them."""
        needed = max(
            self.calls * (1 + self.viewers) / CONNECTIONS_A_UNIT,
            self.calls * self.hour.executions / 3600 / EVENTS_A_UNIT_AND_SECOND,
            self.calls * self.hour.sends / 3600 / SENDS_A_UNIT_AND_SECOND,
        )
        return ceil(needed / USED_TO)

    @property
    def resources(self) -> int:
        """Web PubSub resources that it takes."""
        return ceil(self.units / UNIT_SIZES[-1])

    @property
    def paid_units(self) -> int:
        """The same in a size that a resource can have; sessions are shared out evenly, so all have the same."""
        share = ceil(self.units / self.resources)
        return self.resources * next(size for size in UNIT_SIZES if size >= share)

    @property
    def instances(self) -> int:
        """Instances that are busy all the time."""
        return ceil(self.calls * self.hour.executions / 3600 / FRAMES_AN_INSTANCE_AND_SECOND)


def dollars(plan: Plan, messages: float, prices: dict[str, float]) -> float:
    """What a call-hour of so many messages costs."""
    call_hours_a_day = plan.calls * BUSY_HOURS_A_DAY
    included = plan.paid_units * MESSAGES_A_UNIT_AND_DAY / call_hours_a_day
    instance_seconds = plan.instances * 3600 / plan.calls
    logged = plan.hour.log_bytes + instance_seconds * REQUEST_RECORDS_A_SECOND * REQUEST_RECORD_BYTES
    return (
        instance_seconds * INSTANCE_GB * prices["functions_gb_second"]
        + plan.hour.executions * prices["functions_million_executions"] / 1e6
        + plan.paid_units * prices["web_pubsub_unit_day"] / call_hours_a_day
        + max(0.0, messages - included) * prices["web_pubsub_million_messages"] / 1e6
        + plan.hour.table_transactions * prices["tables_million_transactions"] / 1e6
        + logged * prices["log_gigabyte"] / 1e9
    )


# --- what was counted


def call_hour(talk: Billable, session: Billable) -> Counted:
    """A call-hour: its talk, and one session's beginning and end."""
    talked, besides = asdict(talk.counted), asdict(session.counted)
    hour = {name: round(value * 3600 / talk.seconds) for name, value in talked.items()}
    return Counted(**{name: value + besides[name] * (name != "frames") for name, value in hour.items()})


def keep(found: list[Billable]) -> None:
    """Write down what was counted."""
    lines = {each.name: {**asdict(each.counted), "call_seconds": each.seconds} for each in found}
    (DATA / "counted.json").write_text(json.dumps(lines, indent=2) + "\n")


def kept() -> dict[str, Billable]:
    """What was counted last."""
    lines: dict[str, dict[str, Any]] = json.loads((DATA / "counted.json").read_text())
    return {
        name: Billable(
            name, Counted(**{part: line[part] for part in Counted.__slots__}), line["call_seconds"]
        )
        for name, line in lines.items()
    }


def read_prices() -> dict[str, float]:
    """Prices by name, in dollars."""
    found = json.loads((DATA / "prices.json").read_text())["prices"]
    return {name: each["price"] for name, each in found.items()}


# --- tables


def tables() -> Iterator[str]:
    """The lines of the document's tables."""
    counted = kept()
    yield from operations_table(counted)
    yield ""
    yield from dollars_table(counted, read_prices())
    yield ""
    yield from scale_table(counted)


def operations_table(counted: dict[str, Billable]) -> Iterator[str]:
    """Billable operations per 1,000 frames, and of a session."""
    yield (
        "| | frames | executions | table transactions | sends | messages up | messages down, a viewer "
        "| bytes up | bytes down, a viewer | log bytes |"
    )
    yield "|---|" + "--:|" * len(Counted.__slots__)
    for name, each in counted.items():
        numbers = " | ".join(f"{getattr(each.shown, part):,}" for part in Counted.__slots__)
        yield f"| {label(name)} | {numbers} |"


def label(name: str) -> str:
    """The line's name in words."""
    return (
        "a session besides" if name == "billable_session" else f"thinned to {name.removeprefix('billable_')}"
    )


def thinned(counted: dict[str, Billable]) -> dict[str, Counted]:
    """A call-hour for each thinning."""
    session = counted["billable_session"]
    return {
        name.removeprefix("billable_"): call_hour(each, session)
        for name, each in counted.items()
        if each is not session
    }


def dollars_table(counted: dict[str, Billable], prices: dict[str, float]) -> Iterator[str]:
    """Dollars a call-hour, by thinning, viewers and calls at once."""
    yield (
        "| thinning | viewers | "
        + " | ".join(f"{calls:,} call{'s' if calls > 1 else ''}" for calls in CALLS)
        + " | 100 calls, message by message |"
    )
    yield "|---|--:|" + "--:|" * (len(CALLS) + 1)
    for (thinning, hour), viewers in product(thinned(counted).items(), VIEWERS):
        plans = [Plan(calls, viewers, hour) for calls in CALLS]
        costs = [dollars(plan, plan.messages, prices) for plan in plans]
        costs.append(dollars(plans[1], plans[1].messages_one_by_one, prices))
        yield f"| {thinning} | {viewers} | " + " | ".join(f"{cost:.4f} $" for cost in costs) + " |"


def scale_table(counted: dict[str, Billable]) -> Iterator[str]:
    """Units and instances at the default thinning."""
    yield "| calls | viewers | Web PubSub units | resources of up to 100 units | busy instances |"
    yield "|--:|--:|--:|--:|--:|"
    hour = thinned(counted)["500ms"]
    for calls, viewers in product(CALLS, VIEWERS):
        plan = Plan(calls, viewers, hour)
        yield f"| {calls:,} | {viewers} | {plan.units} | {plan.resources} | {plan.instances} |"


def main() -> None:
    """Count if asked to, then print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cost", description=__doc__)
    parser.add_argument("--count", action="store_true", help="count the operations anew, in six minutes")
    if parser.parse_args().count:
        keep(asyncio.run(measure(FULL)))
    print("\n".join(tables()))  # noqa: T201 - a program at a terminal


if __name__ == "__main__":
    main()
