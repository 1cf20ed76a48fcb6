"""`python -m local.call_automation`: the stand-in as a process of its own."""

import argparse
import secrets

from local.call_automation.server import Settings, serving
from local.entra_callers import add_entra_options, entra_callers
from local.stand_in_process import serve_until_stopped
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


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        arguments.access_key,
        arguments.resource_id,
        arguments.seed,
        arguments.event_grid,
        callers=entra_callers(arguments, RESOURCE),
        tls=tls_site(arguments),
    )


arguments = _arguments()
serve_until_stopped("call-automation", serving(_settings(arguments), arguments.port))
