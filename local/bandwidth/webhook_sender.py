"""Webhooks on their way: credentials only when they are asked for, as Bandwidth does."""

import json
import logging
from typing import Any

import aiohttp
from yarl import URL

from local.bandwidth_model.effects import SendWebhook
from local.bandwidth_model.inputs import WebhookAnswered
from local.bandwidth_model.verbs import Hook

_log = logging.getLogger(__name__)
_UNAUTHORIZED = 401


async def deliver(session: aiohttp.ClientSession, webhook: SendWebhook) -> WebhookAnswered:
    """Send a webhook; once more with credentials if the first answer asks for them."""
    try:
        status, body = await _answer(session, webhook)
    except (
        TimeoutError,
        aiohttp.ClientError,
        OSError,
        ValueError,
    ) as error:  # ValueError: no such URL can be
        # Its text could hold the URL, and that a ticket.
        _log.warning("%s not delivered: %s", webhook.event["eventType"], type(error).__name__)
        return WebhookAnswered(webhook.delivery_id, None)
    return WebhookAnswered(webhook.delivery_id, status, body)


async def _answer(session: aiohttp.ClientSession, webhook: SendWebhook) -> tuple[int, str]:
    limit = aiohttp.ClientTimeout(total=webhook.seconds)
    status, body, challenge = await _send(session, webhook, limit, {})
    if status == _UNAUTHORIZED and webhook.hook.username and challenge.casefold().startswith("basic"):
        authorization = aiohttp.encode_basic_auth(webhook.hook.username, webhook.hook.password)
        status, body, _ = await _send(session, webhook, limit, {"Authorization": authorization})
    return status, body


async def _send(
    session: aiohttp.ClientSession,
    webhook: SendWebhook,
    limit: aiohttp.ClientTimeout,
    headers: dict[str, str],
) -> tuple[int, str, str]:
    """Status, body and challenge of one answer."""
    hook = webhook.hook
    data = None if hook.method == "GET" else json.dumps(webhook.event).encode()
    sent = headers | ({} if data is None else {"Content-Type": "application/json; charset=utf-8"})
    url = _url(hook, webhook.event)
    request = session.request(hook.method, url, data=data, headers=sent, timeout=limit)
    async with request as response:
        body = (await response.read()).decode(errors="replace")
        return response.status, body, response.headers.get("WWW-Authenticate", "")


def _url(hook: Hook, event: dict[str, Any]) -> URL:
    """With GET, what a webhook says goes into the query [D]; what is no text goes there as JSON [I]."""
    url = URL(hook.url, encoded=True)
    if hook.method != "GET":
        return url
    told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in event.items()}
    return url.update_query(told)
