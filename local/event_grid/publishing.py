"""Where events come in: the custom topic's real protocol, and an inlet for the system topic."""

import hmac
from http import HTTPStatus

from aiohttp import web

from local.entra_callers import CallerRefused, is_bearer
from local.event_grid.answers import bound, order_of, refused_input
from local.event_grid.errors import MalformedEvent, RequestRefused
from local.event_grid.schemas import Event, cloud_event, event_grid_event
from local.event_grid.service import Service
from local.event_grid.topics import CUSTOM, SYSTEM

_API_VERSION = "2018-01-01"
_SINGLE = frozenset(("application/cloudevents+json", "application/json"))
_BATCH = "application/cloudevents-batch+json"


def publishing_routes(service: Service) -> list[web.RouteDef]:
    """The custom topic asks for its key; nobody but this machine's stand-in for calls finds the other inlet."""
    return [
        web.post(f"/topics/{CUSTOM}/api/events", bound(service, _publish_cloud_events)),
        web.post(f"/sim/topics/{SYSTEM}/events", bound(service, _publish_system_events)),
    ]


async def _publish_cloud_events(service: Service, request: web.Request) -> web.Response:
    await _check_caller(service, request)
    if request.query.get("api-version") != _API_VERSION:
        raise refused_input(f"The query names no supported version of the API: api-version={_API_VERSION}.")
    service.publish(service.topics[CUSTOM], await _cloud_events(request))
    return web.Response()


async def _check_caller(service: Service, request: web.Request) -> None:
    authorization, callers = request.headers.get("Authorization", ""), service.settings.callers
    if callers is None or not is_bearer(authorization):
        _check_key(service.settings.topic_key, request)
        return
    try:
        await callers.check(authorization)
    except CallerRefused as refusal:
        raise RequestRefused(refusal.status, HTTPStatus(refusal.status).phrase, str(refusal)) from refusal


def _check_key(key: str | None, request: web.Request) -> None:
    given = request.headers.get("aeg-sas-key")
    if given is None:
        raise _unauthorized("The request has no header aeg-sas-key.")
    if key is None:
        raise _unauthorized("The topic has no key: local authentication is off.")
    if not hmac.compare_digest(given.encode(errors="surrogateescape"), key.encode()):
        raise _unauthorized(f"The key in aeg-sas-key does not open {request.host}.")


def _unauthorized(message: str) -> RequestRefused:
    return RequestRefused(HTTPStatus.UNAUTHORIZED, "Unauthorized", message)


async def _cloud_events(request: web.Request) -> list[Event]:
    content_type = request.content_type
    if content_type != _BATCH and content_type not in _SINGLE:
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            f"{content_type} is neither application/cloudevents+json nor {_BATCH}.",
        )
    given = await order_of(request, object)
    batch = _array(given) if content_type == _BATCH else [given]
    try:
        return [cloud_event(event) for event in batch]
    except MalformedEvent as error:
        raise refused_input(f"This topic takes CloudEvents 1.0. {error}.") from error


async def _publish_system_events(service: Service, request: web.Request) -> web.Response:
    topic = service.topics[SYSTEM]
    try:
        events = [
            event_grid_event(each, topic.resource_id) for each in _array(await order_of(request, object))
        ]
    except MalformedEvent as error:
        raise refused_input(f"This topic takes events in EventGridSchema. {error}.") from error
    service.publish(topic, events)
    return web.Response()


def _array(given: object) -> list[object]:
    if not isinstance(given, list) or not given:
        raise refused_input("The body is not an array of events.")
    return given
