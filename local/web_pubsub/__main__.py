"""`python -m local.web_pubsub`: the stand-in as a process of its own."""

import argparse

from local.entra_callers import add_entra_options, entra_callers
from local.stand_in_process import serve_until_stopped
from local.tls import add_tls_options, tls_site
from local.web_pubsub.own_identity import OwnIdentity
from local.web_pubsub.server import serving
from local.web_pubsub.service import Settings

RESOURCE = "https://webpubsub.azure.com"  # what the service SDK asks a token for [V]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.web_pubsub", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    opened = parser.add_mutually_exclusive_group(required=True)
    opened.add_argument("--access-key")
    opened.add_argument(
        "--no-access-key", action="store_true", help="local auth is off: tokens of Entra alone"
    )
    parser.add_argument("--secondary-access-key")
    parser.add_argument("--hub", action="append", default=[], metavar="NAME")
    parser.add_argument("--event-handler", action="append", default=[], metavar="HUB=URL", type=_handler)
    parser.add_argument("--repeat-events", action="store_true", help="send every upstream event twice")
    parser.add_argument(
        "--identity-endpoint", metavar="URL", help="gives tokens of the service's own identity"
    )
    parser.add_argument("--identity-header", metavar="TEXT", help="opens that endpoint")
    parser.add_argument("--identity", metavar="CLIENT_ID", help="the service's own identity")
    parser.add_argument("--identity-audience", metavar="RESOURCE", help="what its token is for")
    add_entra_options(parser)
    add_tls_options(parser)
    return parser.parse_args()


def _identity(arguments: argparse.Namespace) -> OwnIdentity | None:
    if arguments.identity_endpoint is None:
        return None
    return OwnIdentity(
        arguments.identity_endpoint,
        arguments.identity_header,
        arguments.identity,
        arguments.identity_audience,
    )


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
        callers=entra_callers(arguments, RESOURCE),
        identity=_identity(arguments),
        tls=tls_site(arguments),
    )


arguments = _arguments()
serve_until_stopped("web-pubsub", serving(_settings(arguments), arguments.port))
