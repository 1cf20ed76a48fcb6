"""`python -m local.event_grid`: the stand-in as a process of its own."""

import argparse
import logging
from collections.abc import Callable

from local.entra_callers import add_entra_options, entra_callers
from local.event_grid.schemas import CLOUD_EVENTS, EVENT_GRID, Schema
from local.event_grid.server import serving
from local.event_grid.service import Settings, Wanted
from local.event_grid.steering import is_endpoint
from local.event_grid.topics import make_topics
from local.stand_in_process import serve_until_stopped
from local.tls import add_tls_options, tls_site

RESOURCE = "https://eventgrid.azure.net"  # [D: authenticate-with-microsoft-entra-id]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.event_grid", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    opened = parser.add_mutually_exclusive_group(required=True)
    opened.add_argument("--topic-key", help="of the custom topic")
    opened.add_argument(
        "--no-topic-key", action="store_true", help="local auth is off: tokens of Entra alone"
    )
    parser.add_argument(
        "--retry-speed", type=_speed, default=1.0, metavar="X", help="divides the pauses between tries (1.0)"
    )
    _add_subscriptions(parser, "--subscribe", _in_event_grid_schema, "deliver in EventGridSchema")
    _add_subscriptions(parser, "--subscribe-cloud-events", _in_cloud_events, "deliver as CloudEvents")
    add_entra_options(parser)
    add_tls_options(parser)
    return parser.parse_args()


def _add_subscriptions(
    parser: argparse.ArgumentParser, option: str, read: Callable[[str], Wanted], meaning: str
) -> None:
    parser.add_argument(
        option, dest="wanted", action="append", default=[], type=read, metavar="TOPIC=URL", help=meaning
    )


def _in_event_grid_schema(given: str) -> Wanted:
    return _wanted(given, EVENT_GRID)


def _in_cloud_events(given: str) -> Wanted:
    return _wanted(given, CLOUD_EVENTS)


def _wanted(given: str, schema: Schema) -> Wanted:
    name, _, endpoint = given.partition("=")
    topic = make_topics().get(name)
    if topic is None or not is_endpoint(endpoint):
        raise argparse.ArgumentTypeError(f"{given} is not TOPIC=URL")
    if not topic.can_deliver(schema):
        raise argparse.ArgumentTypeError(f"events of {name} cannot be delivered as {schema}")
    return Wanted(name, endpoint, schema)


def _speed(given: str) -> float:
    try:
        speed = float(given)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError("a speed is above 0")
    return speed


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        arguments.topic_key,
        tuple(arguments.wanted),
        arguments.retry_speed,
        callers=entra_callers(arguments, RESOURCE),
        tls=tls_site(arguments),
    )


arguments = _arguments()
serve_until_stopped("event-grid", serving(_settings(arguments), arguments.port), log_level=logging.INFO)
