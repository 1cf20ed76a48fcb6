"""`python -m tests.bench`: speed and memory of the frame path and of reading, side by side with what it is held against.

One line per figure goes to stdout: `bench NAME ours=… limit=… ratio=… goal=…`, medians over rounds that alternate
between ours and the limit. Some figures are not timed but counted: requests that go out, held against those that it
takes, and what Azure would bill. It judges nothing: the exit status is 0 unless the bench itself breaks.
"""

import argparse
import asyncio
import sys

from local.errors import LocalCloudError
from tests.bench import (
    billing,
    cold_first_frame,
    cold_import,
    frame_cpu,
    latency,
    memory,
    operations,
    sweeps,
    throughput,
    transcripts,
)
from tests.bench.figures import FULL, SHORT, BenchBrokenError, Scale

PARTS = (
    operations,
    sweeps,
    frame_cpu,
    latency,
    throughput,
    transcripts,
    cold_import,
    cold_first_frame,
    memory,
    billing,
)
NAMES = tuple(name for part in PARTS for name in part.NAMES)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, epilog=f"Figures: {', '.join(NAMES)}."
    )
    short = f"about a minute, to see that it works; {SHORT.waiting_sessions} live sessions and {SHORT.due_sessions} due"
    parser.add_argument("--short", action="store_true", help=short)
    parser.add_argument(
        "names", nargs="*", help="only these figures (or those that begin so); all by default"
    )
    arguments = parser.parse_args()
    for given in arguments.names:
        if not is_wanted_by((given,), NAMES):
            parser.error(f"there is no figure {given!r}")
    return arguments


def is_wanted_by(wanted: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether one of the names begins with one that is wanted, or nothing special is."""
    return not wanted or any(name.startswith(wanted) for name in names)


async def measure(scale: Scale, wanted: tuple[str, ...]) -> None:
    """Measure the parts with wanted figures, and print these as they come."""
    for part in PARTS:
        if not is_wanted_by(wanted, part.NAMES):
            continue
        for figure in await part.measure(scale):
            if is_wanted_by(wanted, (figure.name,)):
                print(figure, flush=True)  # noqa: T201 - the table


def main() -> int:
    """0, or 1 if the bench breaks."""
    arguments = parse_arguments()
    try:
        asyncio.run(measure(SHORT if arguments.short else FULL, tuple(arguments.names)))
    except (BenchBrokenError, LocalCloudError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a program at a terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
