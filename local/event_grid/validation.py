"""Asks an endpoint whether it wants a subscription's events, as the service does before it sends any."""

import uuid
from http import HTTPStatus

import aiohttp
import msgspec
from yarl import URL

from local.event_grid.errors import NothingThere, NotValidated
from local.event_grid.messages import ORIGIN, validation
from local.event_grid.schemas import CLOUD_EVENTS
from local.event_grid.topics import Subscription

_NO_ANSWER = "The endpoint does not answer."


async def validate(http: aiohttp.ClientSession, subscription: Subscription, resource_id: str) -> None:
    """Raises NotValidated. The session's time-out is how long the answer may take."""
    try:
        if subscription.schema == CLOUD_EVENTS:
            await _ask_for_permission(http, subscription)
        else:
            await _ask_for_code(http, subscription, resource_id)
    except TimeoutError as error:
        raise NothingThere("The endpoint did not answer in time.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise NothingThere(_NO_ANSWER) from error


async def _ask_for_code(http: aiohttp.ClientSession, subscription: Subscription, resource_id: str) -> None:
    code = str(uuid.uuid4()).upper()
    message = validation(subscription, resource_id, code)
    async with http.post(
        URL(subscription.endpoint, encoded=True),
        headers=message.headers,
        data=message.body,
        allow_redirects=False,
    ) as response:
        _check_status(response)
        answer = await response.read()
    if _code_in(answer) != code:
        raise NotValidated("The answer does not give the validation code back as validationResponse.")


def _code_in(answer: bytes) -> object:
    try:
        given = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return given.get("validationResponse") if isinstance(given, dict) else None


async def _ask_for_permission(http: aiohttp.ClientSession, subscription: Subscription) -> None:
    async with http.options(
        URL(subscription.endpoint, encoded=True),
        headers={"WebHook-Request-Origin": ORIGIN},
        allow_redirects=False,
    ) as response:
        _check_status(response)
        allowed = response.headers.get("WebHook-Allowed-Origin", "")
    if not {"*", ORIGIN} & {origin.strip().lower() for origin in allowed.split(",")}:
        raise NotValidated(f"The answer does not name {ORIGIN} in WebHook-Allowed-Origin.")


def _check_status(response: aiohttp.ClientResponse) -> None:
    # Not even 202 counts [D: webhook-event-delivery].
    if response.status != HTTPStatus.OK:
        raise NotValidated(f"The endpoint answered {response.status} instead of 200.")
