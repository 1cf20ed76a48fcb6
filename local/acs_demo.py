"""Calls of ACS in the demos."""

from .demo_provider import Provider
from .sample_meeting import Described, open_meeting
from .stack import running_stack
from .stack_plan import Plan


def address(plan: Plan) -> str:
    """Where the stand-in is steered."""
    return plan.call_automation_url


def awaits_the_newest(call: Described) -> bool:
    """Whether the newest words have not arrived; ACS opens a broken socket again, so that they will."""
    return not call["spoken"][-1]["received"]


def connections_staying(call: Described) -> list[str]:
    """Our bots that are in the call."""
    return [one["callConnectionId"] for one in call["connections"] if one["state"] != "disconnected"]


def one_gap(_: Described) -> int:
    """While the socket was broken."""
    return 1


ACS = Provider(
    running=running_stack,
    address=address,
    open_meeting=open_meeting,
    twice={"callbacks": {"repeat": 1.0}},
    drop={"reopen": 500, "offsets": "continue"},
    awaits=awaits_the_newest,
    staying=connections_staying,
    gaps=one_gap,
)
