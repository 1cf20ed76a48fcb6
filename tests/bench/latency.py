"""From ACS's socket to the viewer's, ten calls at ACS's pace: ours, the plain handler and the relay in turns."""

from contextlib import AsyncExitStack

from tests.bench.beds import OURS, PLAIN, RELAY, running_bed
from tests.bench.figures import Figure, Scale, compare, percentile, progress
from tests.bench.live_calls import Latencies, live_calls, talk

CALLS = 10
WARM_UP_SECONDS = 1.0
GOALS = {50: "<=1.2", 95: "<=1.3"}
NAMES = (
    *(f"final_latency_p{percent}" for percent in GOALS),
    *(f"interim_latency_p{percent}" for percent in GOALS),
    *(f"relay_latency_p{percent}" for percent in GOALS),
)


async def measure(scale: Scale) -> list[Figure]:
    """Finals against the plain handler, interims against the relay; as a floor, finals against the relay."""
    rounds: list[list[Latencies]] = []
    async with AsyncExitStack() as open_now:
        beds = [await open_now.enter_async_context(running_bed(app, CALLS)) for app in (OURS, PLAIN, RELAY)]
        calls = [await open_now.enter_async_context(live_calls(bed)) for bed in beds]
        for each in calls:
            await talk(each, WARM_UP_SECONDS)
        for number in range(scale.latency_rounds):
            progress(f"latency: round {number + 1} of {scale.latency_rounds}")
            rounds.append([await talk(each, scale.latency_seconds) for each in calls])
    ours, plain, relay = zip(*rounds, strict=True)
    return [
        *figures("final_latency", finals(ours), finals(plain), GOALS),
        *figures("interim_latency", interims(ours), interims(relay), GOALS),
        *figures("relay_latency", finals(ours), finals(relay), dict.fromkeys(GOALS, "none")),
    ]


def finals(rounds: tuple[Latencies, ...]) -> list[list[float]]:
    """The finals' latencies, round by round."""
    return [each.finals for each in rounds]


def interims(rounds: tuple[Latencies, ...]) -> list[list[float]]:
    """The interims' latencies, round by round."""
    return [each.interims for each in rounds]


def figures(
    name: str, ours: list[list[float]], limit: list[list[float]], goals: dict[int, str]
) -> list[Figure]:
    """A figure per percentile: the medians of the rounds' percentiles."""
    return [
        compare(
            f"{name}_p{percent}",
            [percentile(each, percent) for each in told(ours)],
            [percentile(each, percent) for each in told(limit)],
            "ms",
            goal,
        )
        for percent, goal in goals.items()
    ]


def told(rounds: list[list[float]]) -> list[list[float]]:
    """The rounds that tell something: on a machine that stands still for a second, all few of one may get lost."""
    return [each for each in rounds if each] or [[]]
