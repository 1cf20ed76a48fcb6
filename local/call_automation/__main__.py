"""`python -m local.call_automation`: the stand-in as a process of its own."""

import argparse
import asyncio
import logging
import secrets
import signal
import sys

from local.call_automation.server import Settings, serving
from local.entra_callers import add_entra_options, entra_callers
from local.tls import add_tls_options, tls_site

RESOURCE = "https://communication.azure.com"  # what the SDK asks a token for [V]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.call_automation", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    opened = parser.add_mutually_exclusive_group(required=True)
    opened.add_argument("--access-key", help="of the resource, base64")
    opened.add_argument(
        "--no-access-key", action="store_true", help="local auth is off: tokens of Entra alone"
    )
    parser.add_argument("--resource-id", required=True, help="GUID: the audience of its tokens")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the same seed draws the same timings")
    parser.add_argument(
        "--event-grid", metavar="URL", help="where its events are posted; else they are dropped"
    )
    add_entra_options(parser)
    add_tls_options(parser)
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    asked_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    settings = Settings(
        arguments.access_key,
        arguments.resource_id,
        arguments.seed,
        arguments.event_grid,
        callers=entra_callers(arguments, RESOURCE),
        tls=tls_site(arguments),
    )
    async with serving(settings, arguments.port) as address:
        print(f"ready {address}", flush=True)
        await asked_to_stop.wait()


logging.basicConfig(
    level=logging.WARNING, stream=sys.stderr, format="call-automation %(levelname)s %(message)s"
)
asyncio.run(_serve(_arguments()))
