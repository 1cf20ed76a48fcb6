"""`python -m local.web_pubsub`: the stand-in as a process of its own."""

import argparse
import asyncio
import logging
import signal
import sys

from local.web_pubsub.server import serving
from local.web_pubsub.service import Settings


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.web_pubsub", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--access-key", required=True)
    parser.add_argument("--secondary-access-key")
    parser.add_argument("--hub", action="append", default=[], metavar="NAME")
    parser.add_argument("--event-handler", action="append", default=[], metavar="HUB=URL", type=_handler)
    parser.add_argument("--repeat-events", action="store_true", help="send every upstream event twice")
    return parser.parse_args()


def _handler(given: str) -> tuple[str, str]:
    hub, separator, url = given.partition("=")
    if not (hub and separator and url.startswith(("http://", "https://"))):
        raise argparse.ArgumentTypeError(f"{given} is not HUB=URL")
    return hub.lower(), url


def _settings(arguments: argparse.Namespace) -> Settings:
    keys = (arguments.access_key, arguments.secondary_access_key)
    return Settings(
        keys=tuple(key for key in keys if key),
        hubs=tuple(name.lower() for name in arguments.hub),
        handlers=dict(arguments.event_handler),
        repeat_events=arguments.repeat_events,
    )


async def _serve(arguments: argparse.Namespace) -> None:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    async with serving(_settings(arguments), arguments.port) as address:
        print(f"ready {address}", flush=True)
        await asked_to_stop.wait()


logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="web-pubsub %(levelname)s %(message)s")
asyncio.run(_serve(_arguments()))
