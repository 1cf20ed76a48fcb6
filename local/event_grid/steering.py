"""`/sim/...`: subscriptions, faults and what became of events, for tests and the demo; no part of the real API."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Literal

import msgspec
from aiohttp import web

from local.event_grid.answers import bound, json_answer, order_of, refused_input
from local.event_grid.errors import NotValidated, RequestRefused
from local.event_grid.faults import FaultOrder
from local.event_grid.schemas import Schema
from local.event_grid.service import Service, Wanted
from local.event_grid.topics import Subscription


class _Order(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of `POST /sim/subscriptions`."""

    topic: Literal["acs", "verbatim"]
    endpoint: str
    schema: Schema
    included_event_types: list[str] | None = None


def steering_routes(service: Service) -> list[web.RouteDef]:
    """The steering, unprotected: this service only listens on the machine itself."""
    return [
        web.post("/sim/subscriptions", bound(service, _subscribe)),
        web.get("/sim/subscriptions", bound(service, _list_subscriptions)),
        web.get("/sim/topics/{topic}/events", bound(service, _list_events)),
        web.post("/sim/faults", bound(service, _order_faults)),
    ]


async def _subscribe(service: Service, request: web.Request) -> web.Response:
    order = await order_of(request, _Order)
    if not is_endpoint(order.endpoint):
        raise refused_input("The endpoint is no http or https URL.")
    if not service.topics[order.topic].can_deliver(order.schema):
        raise refused_input(f"Events of {order.topic} cannot be delivered as {order.schema}.")
    types = None if order.included_event_types is None else frozenset(order.included_event_types)
    try:
        subscription = await service.subscribe(Wanted(order.topic, order.endpoint, order.schema, types))
    except NotValidated as error:
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "URL validation", str(error)) from error
    return json_answer(_described(subscription), HTTPStatus.CREATED)


def is_endpoint(text: str) -> bool:
    """Whether events can be sent there."""
    return text.startswith(("http://", "https://"))


async def _list_subscriptions(service: Service, _: web.Request) -> web.Response:
    topics = service.topics.values()
    return json_answer(
        {"subscriptions": [_described(each) for topic in topics for each in topic.subscriptions]}
    )


def _described(subscription: Subscription) -> dict[str, Any]:
    return {
        "name": subscription.name,
        "topic": subscription.topic,
        # Its query may hold a key, which the real service does not show either.
        "endpoint": subscription.endpoint.partition("?")[0],
        "schema": subscription.schema,
        "includedEventTypes": _sorted(subscription.included_event_types),
        "answered": subscription.answered,
        "validated": subscription.validated,
        "reason": subscription.reason,
    }


def _sorted(types: Iterable[str] | None) -> list[str] | None:
    return None if types is None else sorted(types)


async def _list_events(service: Service, request: web.Request) -> web.Response:
    topic = service.topics.get(request.match_info["topic"])
    if topic is None:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "NotFound", "There is no such topic.")
    return json_answer({"events": topic.published})


async def _order_faults(service: Service, request: web.Request) -> web.Response:
    service.faults.order(await order_of(request, FaultOrder))
    return json_answer(service.faults)
