"""What is measured, how much of it, and how a figure is printed."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median


class BenchBrokenError(Exception):
    """The bench itself does not work; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table: ours against the limit, both in `unit`. A floor has the goal `none`."""

    name: str
    ours: float
    limit: float
    unit: str
    goal: str = "none"

    def __str__(self) -> str:
        """The line."""
        ours, limit = f"{self.ours:.2f}{self.unit}", f"{self.limit:.2f}{self.unit}"
        return (
            f"bench {self.name} ours={ours} limit={limit} ratio={self.ours / self.limit:.2f} goal={self.goal}"
        )


@dataclass(frozen=True, slots=True)
class Operations:
    """A line of the table that is counted and not timed: requests by their kind, ours against those that it takes."""

    name: str
    ours: Counter[str]
    limit: Counter[str]

    @property
    def ratio(self) -> float:
        """That of the kind which is most above its limit; infinite for a kind that should not be there."""
        ratios = (
            number / self.limit[kind] if kind in self.limit else inf for kind, number in self.ours.items()
        )
        return max(ratios, default=0.0)

    def __str__(self) -> str:
        """The line."""
        ours, limit = counted(self.ours), counted(self.limit)
        return f"bench {self.name} ours={ours} limit={limit} ratio={self.ratio:.2f} goal=<=1"


def counted(operations: Counter[str]) -> str:
    """Operations by their kind, in one word."""
    return "+".join(f"{number}*{kind}" for kind, number in sorted(operations.items())) or "none"


@dataclass(frozen=True, slots=True)
class Scale:
    """How long a run measures; rounds alternate between ours and the limit."""

    cpu_rounds: int
    cpu_utterances: int
    latency_rounds: int
    latency_seconds: float
    throughput_rounds: int
    finals_per_socket: int
    cold_rounds: int
    frames_before: int
    frames_after: int
    waiting_sessions: int
    due_sessions: int
    transcript_rounds: int
    transcript_processes: int
    billing_seconds: float
    billing_thinnings: tuple[int, ...]


FULL = Scale(
    cpu_rounds=40,
    cpu_utterances=250,
    latency_rounds=8,
    latency_seconds=10.0,
    throughput_rounds=9,
    finals_per_socket=10,
    cold_rounds=15,
    frames_before=2_000,
    frames_after=20_000,
    waiting_sessions=10_000,
    due_sessions=1_000,
    transcript_rounds=9,
    transcript_processes=3,
    billing_seconds=90.0,
    billing_thinnings=(250, 500, 1_000),
)
SHORT = Scale(
    cpu_rounds=3,
    cpu_utterances=50,
    latency_rounds=2,
    latency_seconds=1.5,
    throughput_rounds=2,
    finals_per_socket=2,
    cold_rounds=2,
    frames_before=200,
    frames_after=600,
    waiting_sessions=1_000,
    due_sessions=200,
    transcript_rounds=2,
    transcript_processes=1,
    billing_seconds=4.0,
    billing_thinnings=(500,),
)


def compare(
    name: str, ours: Sequence[float], limit: Sequence[float], unit: str, goal: str = "none"
) -> Figure:
    """The figure of the medians over the rounds."""
    return Figure(name, median(ours), median(limit), unit, goal)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that is not exceeded by `percent` of them (nearest rank)."""
    if not values:
        raise BenchBrokenError("A round of the bench measured nothing.")
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def progress(line: str) -> None:
    """Tell the person who waits."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - a program at a terminal
