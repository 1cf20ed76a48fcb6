"""What Event Grid writes on the wire to a subscriber. Pure."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from local.event_grid.schemas import CLOUD_EVENTS, Event, as_cloud_event
from local.event_grid.topics import Subscription

ORIGIN = "eventgrid.azure.net"


@dataclass(frozen=True, slots=True)
class Message:
    """A POST to a subscriber."""

    headers: dict[str, str]
    body: bytes


def notification(subscription: Subscription, event: Event, failed_before: int) -> Message:
    """One event: alone in an array, or a CloudEvent by itself."""
    if subscription.schema == CLOUD_EVENTS:
        written = as_cloud_event(event)
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "aeg-metadata-version": written["specversion"],
        }
        return _message(subscription, "Notification", failed_before, headers, written)
    return _message(subscription, "Notification", failed_before, _event_grid_headers(event), [event])


def validation(subscription: Subscription, resource_id: str, code: str) -> Message:
    """The event by which a subscriber in EventGridSchema is asked; without the URL for people to click."""
    event = {
        "id": str(uuid.uuid4()),
        "topic": resource_id,
        "subject": "",
        "data": {"validationCode": code},
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "metadataVersion": "1",
        "dataVersion": "1",
    }
    return _message(subscription, "SubscriptionValidation", 0, _event_grid_headers(event), [event])


def _event_grid_headers(event: Event) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "aeg-metadata-version": event["metadataVersion"],
        "aeg-data-version": event["dataVersion"],
    }


def _message(
    subscription: Subscription, kind: str, failed_before: int, headers: dict[str, str], body: object
) -> Message:
    # Both schemas have the same headers, but for the content type [D: cloud-event-schema].
    shared = {
        "aeg-event-type": kind,
        "aeg-subscription-name": subscription.name.upper(),
        "aeg-delivery-count": str(failed_before),
    }
    return Message({**shared, **headers}, msgspec.json.encode(body))
