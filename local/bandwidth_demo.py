"""Calls of Bandwidth in the demos."""

from functools import partial

from .bandwidth_mishaps import disturb_from_the_start, let_things_go_wrong
from .bandwidth_sample_calls import ANSWER_RULES, place, running_kinds
from .demo_provider import Provider
from .demo_trial import Trial
from .sample_calls import Apis
from .sample_meeting import Described, Meeting
from .stack import running_stack
from .stack_plan import Plan

RINGING_MS = 2000
"""At any speed of the call: a viewer joins meanwhile."""
LIVE = frozenset({"opening", "active"})


def address(plan: Plan) -> str:
    """Where the stand-in is steered."""
    assert plan.bandwidth is not None  # noqa: S101 - `running` asks for it
    return plan.bandwidth.url


async def open_meeting(apis: Apis, speed: float) -> Meeting:
    """A call of two that we place; they begin to talk once it is transcribed."""
    return await place(apis, {}, speed=speed, timings={"connected": RINGING_MS})


def awaits_a_live_one(call: Described) -> bool:
    """Whether a transcription that is under way has heard what has not arrived; of one that broke nothing comes."""
    live = set(live_transcriptions(call))
    return any(not part["received"] and part["transcriptionId"] in live for part in call["spoken"])


def live_transcriptions(call: Described) -> list[str]:
    """The ids of those that are under way."""
    return [one["transcriptionId"] for one in call["transcriptions"] if one["state"] in LIVE]


def gaps_between(call: Described) -> int:
    """A broken transcription is never taken up again: between two that were heard there is a gap."""
    return len({part["transcriptionId"] for part in call["spoken"] if part["received"]}) - 1


BANDWIDTH = Provider(
    running=partial(running_stack, bandwidth=True),
    address=address,
    open_meeting=open_meeting,
    twice={"webhooks": {"repeat": 1.0}},
    drop={},
    awaits=awaits_a_live_one,
    staying=live_transcriptions,
    gaps=gaps_between,
)
BANDWIDTH_TRIAL = Trial(BANDWIDTH, ANSWER_RULES, running_kinds, disturb_from_the_start, let_things_go_wrong)
