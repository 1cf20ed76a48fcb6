"""Every endpoint of the app: its handler, its route, and who guards its door."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import azure.functions as func

from functions.triggers.answers import Handler, answering
from functions.triggers.handlers import finder

if TYPE_CHECKING:
    from functions.services.wired import Services


class Endpoint(NamedTuple):
    """A function with its route; `handler` is `module.function`, imported with the first call.

    The level is that of a deployment with function keys alone. Where people sign in with Entra ID, their tokens take
    the place of keys; `for_services` are the endpoints whose callers are services, which keep their keys.
    """

    handler: str
    route: str
    methods: tuple[str, ...] = ("GET",)
    auth_level: func.AuthLevel = func.AuthLevel.FUNCTION
    for_services: bool = False

    @property
    def name(self) -> str:
        """The function's name, and with it that of its key."""
        return self.handler.partition(".")[2]


FOR_SERVICES = ("POST", "OPTIONS")
OPEN = func.AuthLevel.ANONYMOUS
"""The host lets everybody in: what there is to guard, the handler does."""

ALL = (
    Endpoint("sessions.start_session", "api/sessions", ("POST",)),
    Endpoint("sessions.list_sessions", "api/sessions"),
    Endpoint("sessions.read_session", "api/sessions/{id}"),
    Endpoint("sessions.change_session", "api/sessions/{id}", ("PATCH",)),
    Endpoint("sessions.erase_session", "api/sessions/{id}", ("DELETE",)),
    Endpoint("sessions.restart_session", "api/sessions/{id}/start", ("POST",)),
    Endpoint("sessions.name_speakers", "api/sessions/{id}/speakers", ("PUT",)),
    Endpoint("sessions.change_speakers", "api/sessions/{id}/speakers", ("PATCH",)),
    Endpoint("sessions.stop_session", "api/sessions/{id}/stop", ("POST",)),
    Endpoint("sessions.list_session_events", "api/sessions/{id}/events"),
    Endpoint("transcripts.read_transcript", "api/sessions/{id}/transcript"),
    Endpoint("captions.open_captions", "api/sessions/{id}/captions", ("POST",)),
    Endpoint("captions.read_captions_session", "api/captions/{id}/session", auth_level=OPEN),
    Endpoint("captions.read_captions_transcript", "api/captions/{id}/transcript", auth_level=OPEN),
    Endpoint("call_events.receive_call_events", "api/callbacks/calls/{id}", ("POST",), OPEN),
    Endpoint("bandwidth.receive_bandwidth_events", "api/callbacks/bandwidth/{id}", ("POST",), OPEN),
    Endpoint("bandwidth.receive_bandwidth_call", "api/callbacks/bandwidth", ("POST",), OPEN),
    Endpoint("event_grid.receive_event_grid", "api/callbacks/event-grid", FOR_SERVICES, for_services=True),
    Endpoint(
        "transcript_stream.web_pubsub_events", "api/callbacks/web-pubsub", FOR_SERVICES, for_services=True
    ),
    Endpoint("contract.read_contract", "api/openapi.json", auth_level=OPEN),
    Endpoint("site.page", "app", auth_level=OPEN),
    Endpoint("site.how_to_sign_in", "app/sign-in.json", auth_level=OPEN),
    Endpoint("site.page_asset", "app/{file}", auth_level=OPEN),
    Endpoint("site.health", "api/health", auth_level=OPEN),
    Endpoint("site.health_details", "api/health/details"),
    Endpoint("site.list_providers", "api/providers"),
)


def add_endpoints(app: func.Blueprint, services: "Services", endpoints: tuple[Endpoint, ...] = ALL) -> None:
    """Declare each endpoint as a function of the app, behind the door of this deployment."""
    for endpoint in endpoints:
        find = finder(endpoint.handler)
        if asks_people(endpoint, services):
            answer, level = answering(behind_sign_in(find), services), OPEN
        else:
            answer, level = answering(find, services), endpoint.auth_level
        answer.__name__ = endpoint.name
        declare = app.route(endpoint.route, methods=list(endpoint.methods), auth_level=level)
        app.function_name(endpoint.name)(declare(answer))


def asks_people(endpoint: Endpoint, services: "Services") -> bool:
    """Whether we guard the endpoint, with tokens of Entra ID, and not the host, with keys."""
    by_host = endpoint.auth_level != func.AuthLevel.FUNCTION or endpoint.for_services
    return not by_host and services.settings.sign_in is not None


def behind_sign_in(find: Callable[[], Handler]) -> Callable[[], Handler]:
    """Finds the handler behind a check of who asks. It raises Unauthorized, Unavailable."""

    async def check_first(req: func.HttpRequest, services: "Services") -> func.HttpResponse:
        await services.check_person(req.headers.get("Authorization"))
        return await find()(req, services)

    return lambda: check_first
