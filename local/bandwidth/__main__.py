"""`python -m local.bandwidth`: the stand-in as a process of its own."""

import argparse
import secrets

from local.bandwidth.server import Settings, serving
from local.bandwidth_model.steering import Application
from local.stand_in_process import serve_until_stopped


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.bandwidth", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--account-id", required=True, help="of the account whose calls they are")
    parser.add_argument("--client-id", required=True, help="of the one client that is given tokens")
    parser.add_argument("--client-secret", required=True, help="its secret")
    parser.add_argument("--application-id", help="of the voice application that gets calls to any number")
    parser.add_argument("--callbacks", metavar="URL", help="where that is told of its calls")
    parser.add_argument("--webhook-user", default="", help="the name that it asks for")
    parser.add_argument("--webhook-password", default="", help="the password that it asks for")
    parser.add_argument("--token-seconds", type=float, default=3600, help="how long a token lives")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="the same seed draws the same timings")
    arguments = parser.parse_args()
    if bool(arguments.application_id) != bool(arguments.callbacks):
        parser.error("--application-id and --callbacks go together")
    return arguments


def _application(arguments: argparse.Namespace) -> Application | None:
    if arguments.application_id is None:
        return None
    return Application(
        application_id=arguments.application_id,
        call_initiated_url=arguments.callbacks,
        call_status_url=arguments.callbacks,
        username=arguments.webhook_user,
        password=arguments.webhook_password,
    )


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        arguments.account_id,
        arguments.client_id,
        arguments.client_secret,
        arguments.seed,
        arguments.token_seconds,
        _application(arguments),
    )


arguments = _arguments()
serve_until_stopped("bandwidth", serving(_settings(arguments), arguments.port))
