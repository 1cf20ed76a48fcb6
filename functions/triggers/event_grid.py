"""Event Grid's door: who rings, who is in a call, and that a call is over. A function key guards it."""

import logging
from collections.abc import Awaitable, Callable

import azure.functions as func
import msgspec

from functions.errors import InputRefused, Unavailable, VerbatimError
from functions.lifecycle.answer_rules import match
from functions.services import incoming, people
from functions.services.wired import Services
from functions.triggers.acs_events import PREFIX, READING_ERRORS
from functions.triggers.answers import answer_empty, answer_json
from functions.triggers.call_news import (
    NamedPerson,
    read_ended_call,
    read_incoming_call,
    read_named_caller,
    read_named_person,
)
from functions.triggers.event_grid_schemas import News, read_news

LOG = logging.getLogger("verbatim.event_grid")
SENDER = "eventgrid.azure.net"
ORIGIN = "WebHook-Request-Origin"
VALIDATION = "SubscriptionValidation"
RINGS_AT_MOST_MS = 120_000
"""Nobody rings that long."""


class ValidationData(msgspec.Struct, frozen=True, rename="camel"):
    """What proves that we want a subscription's events, when sent back."""

    validation_code: str


async def receive_event_grid(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Take in what Event Grid delivers, or shake its hand. 503 makes it come again, 400 does not."""
    if req.method == "OPTIONS":
        return allow_origin(req)
    if req.headers.get("aeg-event-type", "").casefold() == VALIDATION.casefold():
        return send_code_back(req)
    await take_in_all(services, read_news(req.get_body()))
    return answer_empty(200)


# --- handshakes


def allow_origin(req: func.HttpRequest) -> func.HttpResponse:
    """The handshake of CloudEvents: Event Grid may send, at any rate. Raises InputRefused for anybody else."""
    origin = req.headers.get(ORIGIN, "")
    if origin.strip().casefold() != SENDER:
        raise InputRefused(
            "Only Event Grid may send here.",
            field=ORIGIN,
            remedy=f"Send {SENDER}, as Event Grid does.",
        )
    return answer_empty(200, {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})


def send_code_back(req: func.HttpRequest) -> func.HttpResponse:
    """The handshake of EventGridSchema. Raises InputRefused."""
    news = read_news(req.get_body())[0]
    try:
        code = msgspec.json.decode(news.data, type=ValidationData).validation_code
    except READING_ERRORS:
        raise InputRefused(
            "The event has no validation code.",
            field="data.validationCode",
            remedy="Create the event subscription again: Event Grid sends a code by itself.",
        ) from None
    return answer_json({"validationResponse": code})


# --- news


async def take_in_all(services: Services, news: list[News]) -> None:
    """Take in each event, whatever becomes of the others. Raises Unavailable at the end if one must come again."""
    unavailable: Unavailable | None = None
    for one in news:
        try:
            await take_in(services, one)
        except Unavailable as error:
            unavailable = error
    if unavailable is not None:
        raise unavailable


async def take_in(services: Services, news: News) -> None:
    """Take in one event; of unknown types nothing is wanted, and odd ones are left out. Raises Unavailable."""
    name = news.type.removeprefix(PREFIX)
    receive = RECEIVERS.get(name)
    if receive is None:
        return
    try:
        await receive(services, news)
    except Unavailable:
        raise
    except VerbatimError as error:
        LOG.warning("an event %s was left out: %s", name, type(error).__name__)


async def answer_call(services: Services, news: News) -> None:
    """Somebody rings: answer where a rule says so."""
    call = read_incoming_call(news)
    if news.at is not None and services.now() - news.at > RINGS_AT_MOST_MS:
        LOG.info("an IncomingCall came too late to be answered")
        return
    request = match(services.settings.answer_rules, call)
    if request is None:
        return
    await incoming.answer(services.sessions, request)
    await keep_name(services, news, read_named_caller(news))


async def name_person(services: Services, news: News) -> None:
    """Somebody came into a call."""
    await keep_name(services, news, read_named_person(news))


async def keep_name(services: Services, news: News, person: NamedPerson | None) -> None:
    """Keep the name of somebody in a call, if there is one."""
    if person is not None:
        await people.hear_names(
            services.sessions, person.server_call_id, {person.raw_id: person.name}, news.at
        )


async def end_call(services: Services, news: News) -> None:
    """A call is over."""
    await people.hear_end(services.sessions, read_ended_call(news), news.source, news.id)


RECEIVERS: dict[str, Callable[[Services, News], Awaitable[None]]] = {
    "IncomingCall": answer_call,
    "CallParticipantAdded": name_person,
    "CallEnded": end_call,
}
