"""`python -m local`: the cloud that the functions need, on this machine, and a sample call in it."""

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from .acs_demo import ACS_TRIAL
from .bandwidth_demo import BANDWIDTH_TRIAL
from .child_process import PROJECT
from .demo import Disturbances, demo
from .errors import LocalCloudError
from .faulty_demo import faulty_demo
from .functions_host.cors import read_origin
from .functions_host.errors import OriginError
from .run import run
from .stack import Stack, running_stack

LOOK_SECONDS = 0.2
SPEED = 10.0
SPEED_WITH_FAULTS = 4.0
MOST_SPEED = 60
TRIALS = {"acs": ACS_TRIAL, "bandwidth": BANDWIDTH_TRIAL}
"""By the name of the provider of the calls."""

UP = """
Starts Azurite (tables), the stand-ins for Azure's services, and the function hosts, all on
free ports of 127.0.0.1, and writes their addresses to FILE as JSON when all are ready. Runs until Ctrl-C or SIGTERM;
then everything ends and FILE is removed. The environment goes to the functions as app settings.
"""


RUN = """
Starts the local cloud, opens a sample call of three people that is transcribed, and writes its captions here and
the address of the page where they can be read along. Runs until Ctrl-C.
"""

DEMO = """
Runs the sample call end to end without waiting for a person: start, captions, stop, transcript. The last line counts
every final; the exit status is 0 if none was lost or duplicated, and each came live (with --drop: at all).

With --faults it is ten calls of every kind on two hosts, while deliveries repeat and overtake each other, the
provider of the calls is busy, hosts are killed and the tables stand still; then captions may come by a fetch.
"""

FAULTS_ALONE = (
    "--faults has two hosts and disturbs everything by itself: leave out --hosts, --repeat and --drop"
)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_up(commands)
    sample = commands.add_parser("run", help="a sample call with its captions, until Ctrl-C", description=RUN)
    sample.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="how fast people talk (1.0)")
    counted = add_demo(commands)
    arguments = parser.parse_args()
    if arguments.command == "demo" and arguments.faults and not are_left(arguments):
        counted.error(FAULTS_ALONE)
    return arguments


def are_left(arguments: argparse.Namespace) -> bool:
    """Whether the demo's hosts and disturbances are left to it."""
    return arguments.hosts is None and not arguments.repeat and not arguments.drop


def add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """The command `demo`."""
    counted = commands.add_parser("demo", help="the sample call, fast, with a count", description=DEMO)
    speeds = f"how fast people talk ({SPEED}; with --faults {SPEED_WITH_FAULTS})"
    counted.add_argument("--speed", type=_speed, metavar="X", help=speeds)
    counted.add_argument("--provider", choices=TRIALS, default="acs", help="whose calls they are (acs)")
    counted.add_argument("--hosts", type=_count, metavar="N", help="function hosts (1)")
    counted.add_argument("--repeat", action="store_true", help="send every event and callback twice")
    counted.add_argument("--drop", action="store_true", help="break the transcript socket in the middle")
    counted.add_argument(
        "--faults", action="store_true", help="ten calls, while everything goes wrong; by itself"
    )
    return counted


def add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `up`."""
    up = commands.add_parser("up", help="start the local cloud", description=UP)
    up.add_argument(
        "--endpoints",
        type=_endpoints_file,
        required=True,
        metavar="FILE",
        help="where to write the addresses",
    )
    up.add_argument(
        "--keys", action="store_true", help="ask callers for function keys, and write those to FILE too"
    )
    up.add_argument(
        "--entra",
        action="store_true",
        help="let people sign in with a stand-in for Entra ID, in place of keys",
    )
    up.add_argument(
        "--hosts", type=_count, default=1, metavar="N", help="function hosts behind one address (1)"
    )
    up.add_argument(
        "--web-pubsubs",
        type=_count,
        default=1,
        metavar="N",
        help="Web PubSub resources that share the sessions (1)",
    )
    up.add_argument(
        "--identity",
        action="store_true",
        help="no access keys: the functions use a managed identity, and Web PubSub's events bear its token",
    )
    up.add_argument(
        "--bandwidth", action="store_true", help="serve calls of Bandwidth, too, with a stand-in for it"
    )
    up.add_argument(
        "--cors",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin call the functions, as http://localhost:5173, or *; repeatable (none)",
    )
    up.add_argument("--location", type=Path, metavar="DIR", help="keep the tables in DIR, not in memory")
    up.add_argument(
        "--app-dir",
        type=Path,
        default=PROJECT,
        metavar="DIR",
        help="folder of function_app.py (this project)",
    )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= MOST_SPEED:
        raise argparse.ArgumentTypeError(f"a speed is above 0 and at most {MOST_SPEED}")
    return speed


def _origin(text: str) -> str:
    try:
        return read_origin(text)
    except OriginError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def _endpoints_file(text: str) -> Path:
    """A file that may be written and removed again: a new one, or one that this command once wrote."""
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    if path.exists() and not (path.is_file() and "webPubSub" in path.read_text(errors="replace")):
        raise argparse.ArgumentTypeError(f"{path} is there already, and was not written by this command")
    return path


async def up(arguments: argparse.Namespace) -> bool:
    """Runs the local cloud until cancelled. Raises LocalCloudError if a process ends on its own."""
    arguments.endpoints.unlink(missing_ok=True)  # a reader waits for the new ones
    try:
        await _serve(arguments)
    finally:
        arguments.endpoints.unlink(missing_ok=True)
    return True


async def _serve(arguments: argparse.Namespace) -> None:
    async with running_stack(
        hosts=arguments.hosts,
        keys=arguments.keys,
        entra=arguments.entra,
        identity=arguments.identity,
        bandwidth=arguments.bandwidth,
        web_pubsubs=arguments.web_pubsubs,
        app_dir=arguments.app_dir.resolve(),
        cors=arguments.cors,
        tables_dir=arguments.location and arguments.location.resolve(),
        progress=lambda line: print(line, flush=True),
    ) as stack:
        write_endpoints(stack, arguments.endpoints)
        print(
            f"the functions answer at {stack.plan.functions_url}; all addresses are in {arguments.endpoints}",
            flush=True,
        )
        while True:
            stack.check()
            await asyncio.sleep(LOOK_SECONDS)


def write_endpoints(stack: Stack, path: Path) -> None:
    """Writes the endpoints so that a reader sees all of them or no file; for this user alone, since keys are in it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(stack.endpoints(), indent=2) + "\n")
    fresh.replace(path)


async def carry_out(arguments: argparse.Namespace) -> bool:
    """Carries out the command until it ends or a signal comes; whether it went well. Raises LocalCloudError."""
    this = asyncio.current_task()
    assert this is not None  # noqa: S101 - a coroutine runs in a task
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, this.cancel)
    try:
        if arguments.command == "up":
            return await up(arguments)
        if arguments.command == "run":
            return await run(arguments.speed)
        return await count_finals(arguments)
    except asyncio.CancelledError:
        print("\neverything has ended", flush=True)
        return bool(arguments.command != "demo")


async def count_finals(arguments: argparse.Namespace) -> bool:
    """The demo that was asked for; whether it went well. Raises LocalCloudError."""
    trial = TRIALS[arguments.provider]
    if arguments.faults:
        return await faulty_demo(arguments.speed or SPEED_WITH_FAULTS, trial)
    disturbances = Disturbances(arguments.repeat, arguments.drop)
    return await demo(arguments.speed or SPEED, trial.provider, disturbances, arguments.hosts or 1)


def main() -> int:
    """0 if all went well or a signal ended it, 1 if not."""
    arguments = parse_arguments()
    try:
        return 0 if asyncio.run(carry_out(arguments)) else 1
    except LocalCloudError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read along has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
