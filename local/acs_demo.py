"""Calls of ACS in the demos."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .acs_mishaps import disturb_from_the_start, let_things_go_wrong
from .acs_sample_calls import ANSWER_RULES, KINDS
from .demo_provider import Provider
from .demo_trial import Trial
from .sample_calls import Apis, Kind
from .sample_meeting import Described, Meeting, open_meeting
from .stack import running_stack
from .stack_plan import Plan

JOINING_MS = 2000
"""At any speed of the call: a viewer joins meanwhile."""
TALKING_AT_ONCE = 3
"""People's finals can come in any order then."""


def address(plan: Plan) -> str:
    """Where the stand-in is steered."""
    return plan.call_automation_url


async def open_group_call(apis: Apis, speed: float) -> Meeting:
    """A group call of three people."""
    return await open_meeting(apis.functions, apis.calls, speed, timings={"connected": JOINING_MS})


def awaits_the_newest(call: Described) -> bool:
    """Whether the newest words have not arrived; ACS opens a broken socket again, so that they will."""
    return not all(part["received"] for part in call["spoken"][-TALKING_AT_ONCE:])


def connections_staying(call: Described) -> list[str]:
    """Our bots that are in the call."""
    return [one["callConnectionId"] for one in call["connections"] if one["state"] != "disconnected"]


def one_gap(_: Described) -> int:
    """While the socket was broken."""
    return 1


@asynccontextmanager
async def all_kinds(_: Plan) -> AsyncIterator[tuple[Kind, ...]]:
    """The calls of every kind."""
    yield KINDS


ACS = Provider(
    running=running_stack,
    address=address,
    open_meeting=open_group_call,
    twice={"callbacks": {"repeat": 1.0}},
    drop={"reopen": 500, "offsets": "continue"},
    awaits=awaits_the_newest,
    staying=connections_staying,
    gaps=one_gap,
)
ACS_TRIAL = Trial(ACS, ANSWER_RULES, all_kinds, disturb_from_the_start, let_things_go_wrong)
