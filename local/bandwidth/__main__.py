"""`python -m local.bandwidth`: the stand-in as a process of its own."""

import argparse
import secrets

from local.bandwidth.server import Settings, serving
from local.stand_in_process import serve_until_stopped


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.bandwidth", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--account-id", required=True, help="of the account whose calls they are")
    parser.add_argument("--client-id", required=True, help="of the one client that is given tokens")
    parser.add_argument("--client-secret", required=True, help="its secret")
    parser.add_argument("--token-seconds", type=float, default=3600, help="how long a token lives")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the same seed draws the same timings")
    return parser.parse_args()


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        arguments.account_id,
        arguments.client_id,
        arguments.client_secret,
        arguments.seed,
        arguments.token_seconds,
    )


arguments = _arguments()
serve_until_stopped("bandwidth", serving(_settings(arguments), arguments.port))
