"""`python -m local.functions_host`: runs a Function App on this machine."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

from .app import Function, index_app, invoked_function
from .cors import read_origin
from .errors import AppError, FunctionsHostError, KeysFileError, OriginError
from .http_routes import RouteTable
from .http_server import HOST, SHUTDOWN_SECONDS, FunctionsServer, serve
from .keys import KeysFile
from .timers import declared_timer, run_timer


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m local.functions_host",
        description="Runs a Function App the way Azure does. The environment holds the app settings.",
    )
    parser.add_argument("--app-dir", type=Path, required=True, help="folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, required=True, help="port to serve; several hosts may share it")
    parser.add_argument("--own-port", type=int, help="one more port, for this host alone")
    parser.add_argument("--keys-file", type=Path, help="function keys (JSON); without it no key is asked for")
    parser.add_argument(
        "--lock-dir", type=Path, help="folder of lock files: of the hosts that share it, one fires a timer"
    )
    parser.add_argument(
        "--cors",
        type=origin_argument,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="an origin whose pages may call the app, or *; repeatable",
    )
    return parser.parse_args()


def origin_argument(text: str) -> str:
    """An origin from the command line."""
    try:
        return read_origin(text)
    except OriginError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def log_to_stderr() -> None:
    """INFO and above, each line with the function that wrote it."""

    def name_function(record: logging.LogRecord) -> bool:
        record.function = invoked_function.get()
        return True

    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(name_function)
    logging.basicConfig(
        level=logging.INFO,
        handlers=[handler],
        format="%(asctime)s %(levelname)s [%(function)s] %(name)s: %(message)s",
    )


async def run(arguments: argparse.Namespace, ready_to: TextIO) -> None:
    """Serves until SIGTERM or SIGINT; invocations that run then get ten seconds to end."""
    stopping = asyncio.Event()
    for end in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(end, stopping.set)
    if arguments.lock_dir is not None:
        arguments.lock_dir.mkdir(parents=True, exist_ok=True)
    keys = KeysFile(arguments.keys_file) if arguments.keys_file else None
    app_dir: Path = arguments.app_dir.resolve()
    functions = [function for function in await index_app(app_dir) if not is_disabled(function)]
    timers = [declared_timer(each, os.environ) for each in functions if each.trigger_type == "timerTrigger"]
    routes = RouteTable(
        (each for each in functions if each.trigger_type == "httpTrigger"), route_prefix(app_dir)
    )
    server = FunctionsServer(routes, keys, timers, frozenset(arguments.cors))
    runner = await serve(server, [arguments.port, *([arguments.own_port] if arguments.own_port else [])])
    async with asyncio.TaskGroup() as group:
        timer_runs = {group.create_task(run_timer(each, arguments.lock_dir, stopping)) for each in timers}
        print(f"ready http://{HOST}:{arguments.port}", file=ready_to, flush=True)
        await stopping.wait()
        await asyncio.gather(runner.cleanup(), finish(timer_runs | server.fired_by_hand))


def is_disabled(function: Function) -> bool:
    """Azure's setting to switch a function off, `AzureWebJobs.<name>.Disabled`."""
    return os.environ.get(f"AzureWebJobs.{function.name}.Disabled", "").lower() in {"1", "true"}


def route_prefix(app_dir: Path) -> str:
    """Raises AppError if host.json is damaged."""
    path = app_dir / "host.json"
    if not path.exists():
        return "api"
    try:
        return str(
            json.loads(path.read_bytes()).get("extensions", {}).get("http", {}).get("routePrefix", "api")
        )
    except (ValueError, AttributeError) as error:
        raise AppError(f"{path} is not a JSON object as it should be: {error}.") from error


async def finish(timer_runs: set[asyncio.Task[None]]) -> None:
    """Lets timers that run come to their end, and cancels those that take too long."""
    if not timer_runs:
        return
    _, late = await asyncio.wait(timer_runs, timeout=SHUTDOWN_SECONDS)
    for run_of_timer in late:
        run_of_timer.cancel()
        logging.getLogger(__name__).warning("A timer still ran when the host ended.")


def main() -> int:
    """0 after a signal, 1 if the app or a port is at fault, 2 for a bad keys file."""
    arguments = parse_arguments()
    ready_to, sys.stdout = sys.stdout, sys.stderr  # what functions print is log, not the ready line
    log_to_stderr()
    try:
        asyncio.run(run(arguments, ready_to))
    except KeysFileError as error:
        print(error, file=sys.stderr)
        return 2
    except (FunctionsHostError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
