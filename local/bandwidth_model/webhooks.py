"""Webhooks: what they say, their delivery, and how they go astray."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urljoin

from local.bandwidth_model.effects import SendWebhook
from local.bandwidth_model.inputs import WebhookAnswered
from local.bandwidth_model.moments import iso, maybe_iso
from local.bandwidth_model.state import Call, Delivery, WebhookRecord, World
from local.bandwidth_model.verbs import Hook
from local.bandwidth_model.views import present
from local.conversation.faults import delays_of_copies

AGAIN_AFTER = 1000
"""Time in ms until the one retry of an asynchronous webhook [I]."""
ASYNCHRONOUS_SECONDS = 15.0
_HTTP_SUCCESS = range(200, 300)


def absolute(call: Call, hook: Hook) -> Hook:
    """The hook with its URL taken from where the call's script came [D]."""
    return replace(hook, url=urljoin(call.base_url, hook.url))


def tell(world: World, call: Call, hook: Hook | None, kind: str, **details: Any) -> None:
    """Send an asynchronous webhook, if there is somewhere to send it: nothing comes of its answer."""
    if hook is None:
        return
    record = _record(world, call, hook, kind, details)
    delays = delays_of_copies(world, world.webhook_faults)
    record.dropped = not delays
    for delay in delays:
        world.later(delay, partial(_send, world, Delivery(record, call, call.turn)))


def ask(world: World, call: Call, hook: Hook, kind: str, then: Callable[[str], None], **details: Any) -> None:
    """Send a synchronous webhook; its answer is the call's next script, if the call still waits for it."""
    record = _record(world, call, hook, kind, details)
    _send(world, Delivery(record, call, call.turn, then))


def answered(world: World, answer: WebhookAnswered, fail: Callable[[World, Call, str], None]) -> None:
    """A webhook has an outcome; `fail` ends a call that gets no script."""
    delivery = world.deliveries.pop(answer.delivery_id)
    delivery.record.statuses.append(answer.status)
    if delivery.then is None:
        _once_more(world, delivery, answer.status)
    elif delivery.call.turn == delivery.turn and answer.status in _HTTP_SUCCESS:
        delivery.then(answer.body)
    elif delivery.call.turn == delivery.turn and (second := delivery.record.hook.fallback) is not None:
        _send(
            world, replace(delivery, record=_noted(delivery.call, delivery.record.event, second, world.now))
        )
    elif delivery.call.turn == delivery.turn:
        fail(world, delivery.call, f"The webhook was answered with {answer.status or 'nothing'}.")


def _once_more(world: World, delivery: Delivery, status: int | None) -> None:
    """Only where no connection came about, and only once [D]."""
    if status is None and delivery.tries == 1:
        world.later(AGAIN_AFTER, partial(_send, world, delivery))


def _record(world: World, call: Call, hook: Hook, kind: str, details: dict[str, Any]) -> WebhookRecord:
    return _noted(call, _event(world, call, kind, details), hook, world.now)


def _noted(call: Call, event: dict[str, Any], hook: Hook, now: int) -> WebhookRecord:
    record = WebhookRecord(event, hook, now)
    call.webhooks.append(record)
    return record


def _send(world: World, delivery: Delivery) -> None:
    delivery.tries += 1
    delivery_id = world.new_id()
    world.deliveries[delivery_id] = delivery
    seconds = ASYNCHRONOUS_SECONDS if delivery.then is None else delivery.call.callback_seconds
    world.emit(SendWebhook(delivery_id, delivery.record.hook, delivery.record.event, seconds))


def _event(world: World, call: Call, kind: str, details: dict[str, Any]) -> dict[str, Any]:
    event = {
        "eventType": kind,
        "eventTime": iso(world.now),
        "accountId": world.account_id,
        "applicationId": call.application_id,
        "callId": call.call_id,
        "callUrl": world.call_url(call),
        "direction": call.direction,
        "from": call.caller,
        "to": call.called,
        "enqueuedTime": maybe_iso(call.enqueued_at),
        "startTime": maybe_iso(call.started_at),
        "answerTime": maybe_iso(call.answered_at),
        "tag": call.tag,
    } | details
    return present(event)
