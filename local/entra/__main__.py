"""`python -m local.entra`: the stand-in as a process of its own."""

import argparse
import logging
import uuid

from local.entra.directory import Identity, Registration, Settings
from local.entra.server import serving
from local.stand_in_process import serve_until_stopped


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.entra", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--tenant", type=_guid, required=True, help="id of the tenant")
    parser.add_argument("--client-id", type=_guid, required=True, help="of the app registration")
    parser.add_argument("--client-secret", help="of the app registration, for client_credentials")
    _add_many(parser, "--spa-redirect", "address that a page in a browser may return to")
    _add_many(parser, "--native-redirect", "address that a program on the machine may return to")
    parser.add_argument("--identity-header", default="", help="what /msi/token wants to be shown")
    parser.add_argument(
        "--identity",
        dest="identities",
        action="append",
        default=[],
        type=_identity,
        metavar="CLIENT_ID=OBJECT_ID",
        help="a managed identity; the first one is the default",
    )
    return parser.parse_args()


def _add_many(parser: argparse.ArgumentParser, option: str, meaning: str) -> None:
    parser.add_argument(option, action="append", default=[], metavar="URI", help=meaning)


def _guid(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{given} is not a GUID") from error


def _identity(given: str) -> Identity:
    client_id, _, object_id = given.partition("=")
    return Identity(_guid(client_id), _guid(object_id))


def _settings(arguments: argparse.Namespace) -> Settings:
    registration = Registration(
        arguments.client_id,
        tuple(arguments.spa_redirect),
        tuple(arguments.native_redirect),
        arguments.client_secret,
    )
    return Settings(arguments.tenant, registration, tuple(arguments.identities), arguments.identity_header)


arguments = _arguments()
serve_until_stopped("entra", serving(_settings(arguments), arguments.port), log_level=logging.INFO)
