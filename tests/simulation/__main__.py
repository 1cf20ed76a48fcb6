"""`python -m tests.simulation`: many worlds of calls of ACS, of Bandwidth, or of both; or one told as a story."""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.run import Verdict, quiet, verdict_of
from tests.simulation.story import tell
from tests.simulation.world import Kind

PROCESSES = 2
BATCH = 10


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--seeds", type=_count, default=300, metavar="N", help="so many worlds, from seed 0 (300)"
    )
    chosen.add_argument("--seed", type=_seed, metavar="K", help="the world of this seed, event by event")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of worlds: it takes 1 or more")
    return int(text)


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed, which is 0 or more")
    return int(text)


def live_in(seed: int) -> tuple[int, Verdict]:
    """A world's seed, and the verdict on it."""
    quiet()
    return seed, verdict_of(seed)


def simulate(seeds: int) -> int:
    """How many violations there are in that many worlds; each is printed with its seed."""
    found = faults = 0
    kinds: Counter[Kind] = Counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        for number, (seed, verdict) in enumerate(pool.map(live_in, range(seeds), chunksize=BATCH), 1):
            found += len(verdict.violations)
            faults += verdict.faults
            kinds[verdict.kind] += 1
            for line in verdict.violations:
                print(f"seed {seed}: {line}", flush=True)
            if number % 100 == 0:
                print(f"{number} of {seeds} worlds", file=sys.stderr, flush=True)
    of_each = ", ".join(f"{kinds[kind]} of {kind}" for kind in Kind)
    print(f"simulate: {seeds} worlds ({of_each}), {faults} faults, {found} violations")
    return found


def main() -> int:
    """0 if nothing was wrong."""
    arguments = parse_arguments()
    quiet()
    if arguments.seed is not None:
        return tell(arguments.seed)
    return 1 if simulate(arguments.seeds) else 0


if __name__ == "__main__":
    sys.exit(main())
