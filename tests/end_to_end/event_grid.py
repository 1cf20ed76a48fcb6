"""Event Grid as tests use it: what the stand-in has published, how it is disturbed, and events posted by hand."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.end_to_end.cloud import Answer, Cloud, eventually
from tests.end_to_end.sessions import Session

TOPIC = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Communication/communicationServices/acs"
RECEIVER = "/api/callbacks/event-grid"


async def disturb_events(cloud: Cloud, repeat: float = 0, drop: float = 0, shuffle: float = 0) -> None:
    """From now on events go astray like this; with nothing they no longer do."""
    faults = {"repeat": repeat, "drop": drop, "shuffle": shuffle}
    answer = await cloud.ask("POST", f"{cloud.stack.plan.event_grid_url}/sim/faults", faults)
    assert answer.status == 200, answer.text


async def published(cloud: Cloud, topic: str) -> list[dict[str, Any]]:
    """The topic's events, oldest first, each with its deliveries."""
    answer = await cloud.ask("GET", f"{cloud.stack.plan.event_grid_url}/sim/topics/{topic}/events")
    events: list[dict[str, Any]] = answer.body["events"]
    return events


async def published_of(cloud: Cloud, session: Session) -> list[dict[str, Any]]:
    """What the product published of a session."""
    events = [one["event"] for one in await published(cloud, "verbatim")]
    return [event for event in events if event["subject"] == f"sessions/{session['id']}"]


async def publishes(cloud: Cloud, session: Session, name: str) -> dict[str, Any]:
    """The session's event of that name, as soon as it is there."""

    async def look() -> dict[str, Any]:
        found = await published_of(cloud, session)
        return next((event for event in found if event["type"] == f"Verbatim.{name}"), {})

    return await eventually(look)


async def delivered(cloud: Cloud, server_call_id: str, name: str, times: int = 1) -> list[int | None]:
    """The functions' answers to an event of a call, once it was posted so many times."""

    async def look() -> list[int | None]:
        statuses = [
            status
            for one in await published(cloud, "acs")
            if one["event"]["data"].get("serverCallId") == server_call_id
            and one["event"]["eventType"].endswith(f".{name}")
            for delivery in one["deliveries"]
            for status in delivery["statuses"]
        ]
        return statuses if len(statuses) >= times else []

    return await eventually(look)


def event_grid_event(name: str, data: Any, **more: Any) -> dict[str, Any]:
    """An event of ACS in EventGridSchema."""
    return {
        "id": str(uuid4()),
        "topic": TOPIC,
        "subject": "call",
        "eventType": f"Microsoft.Communication.{name}",
        "eventTime": "2026-01-01T00:00:00Z",
        "data": data,
        "dataVersion": "1.0",
        "metadataVersion": "1",
    } | more


def cloud_event(name: str, data: Any, **more: Any) -> dict[str, Any]:
    """The same as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": TOPIC,
        "type": f"Microsoft.Communication.{name}",
        "data": data,
    } | more


async def deliver(cloud: Cloud, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """A delivery with the key of its function."""
    plan = cloud.stack.plan
    url = f"{plan.functions_url}{RECEIVER}?code={plan.event_receiver_key}"
    return await cloud.ask("POST", url, body, {"aeg-event-type": "Notification", **(headers or {})})
