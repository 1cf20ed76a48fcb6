"""Webhooks on their way to the app's own doors: names and passwords by challenge, then the ticket in the query."""

import json
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func
from aiohttp import encode_basic_auth

from functions.adapters.bandwidth import BandwidthCalls
from functions.adapters.basic_auth import check_basic
from functions.lifecycle.answer_rules import AnswerRule
from functions.lifecycle.session import Session
from functions.services.ports import SessionPorts
from functions.services.wired import Services
from functions.triggers.answers import answering
from functions.triggers.bandwidth import receive_bandwidth_call, receive_bandwidth_events
from local.bandwidth_model.effects import SendWebhook
from tests.simulation.bandwidth_calls import WEBHOOKS
from tests.simulation.hosts import OK, Hosts

UNAUTHORIZED = 401
OF_NUMBERS = "/api/callbacks/bandwidth"


@dataclass(frozen=True)
class Rules:
    """As much of Settings as these doors need."""

    answer_rules: tuple[AnswerRule, ...]


@dataclass(frozen=True)
class Wired:
    """As much of Services as these doors need."""

    sessions: SessionPorts
    settings: Rules
    calls: BandwidthCalls

    def check_webhook(self, authorization: str | None) -> None:
        """The check that the wiring makes."""
        check_basic(authorization, WEBHOOKS)

    async def answer_bandwidth(self, session: Session) -> bytes:
        """What a call does that was just answered."""
        return await self.calls.script(session)


@dataclass(frozen=True)
class Doors:
    """The doors on all hosts."""

    hosts: Hosts
    wired: Wired

    async def knock(self, webhook: SendWebhook) -> tuple[int | None, str]:
        """Status and body of the answer; credentials are sent when they are asked for."""
        status, body, challenge = await self.ask(webhook, {})
        if status == UNAUTHORIZED and challenge.startswith("Basic") and webhook.hook.username:
            known = encode_basic_auth(webhook.hook.username, webhook.hook.password)
            status, body, _ = await self.ask(webhook, {"Authorization": known})
        return status, body

    async def ask(self, webhook: SendWebhook, headers: dict[str, str]) -> tuple[int | None, str, str]:
        """Status, body and challenge of one answer; no status where the host died."""
        request = request_of(webhook.hook.url, webhook.event, headers)
        of_numbers = urlsplit(webhook.hook.url).path == OF_NUMBERS
        handler = receive_bandwidth_call if of_numbers else receive_bandwidth_events
        status, answer = await self.hosts.invoke(
            answering(lambda: handler, cast("Services", self.wired))(request)  # type: ignore[arg-type]  # it is a coroutine
        )
        if status != OK:
            return status, "", ""
        return answer.status_code, answer.get_body().decode(), answer.headers.get("WWW-Authenticate", "")


def request_of(url: str, event: dict[str, Any], headers: dict[str, str]) -> func.HttpRequest:
    """The request as the Functions host hands it over."""
    parts = urlsplit(url)
    return func.HttpRequest(
        method="POST",
        url=url,
        headers=headers,
        params=dict(parse_qsl(parts.query)),
        route_params={"id": parts.path.rpartition("/")[2]},
        body=json.dumps(event).encode(),
    )
