"""Topics: what was published to them, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from local.event_grid.schemas import CLOUD_EVENTS, EVENT_GRID, Event, Schema, type_of

SYSTEM = "acs"
CUSTOM = "verbatim"

_RESOURCES = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers"


@dataclass(slots=True)
class Subscription:
    """Where events of a topic go. None do until the endpoint has said that it wants them: see `reason`.

    `answered` says that it was there and said yes or no.
    """

    name: str
    topic: str
    endpoint: str
    schema: Schema
    included_event_types: frozenset[str] | None = None
    answered: bool = False
    validated: bool = False
    reason: str | None = "The endpoint was not asked yet."

    def wants(self, event: Event) -> bool:
        """Whether the event passes the filter, and the endpoint is known to take it."""
        chosen = self.included_event_types is None or type_of(event) in self.included_event_types
        return self.validated and chosen


@dataclass(slots=True)
class Delivery:
    """One event on its way to one subscription; the status of a try without an answer is None."""

    subscription: str
    statuses: list[int | None] = field(default_factory=list)
    state: Literal["pending", "delivered", "dead"] = "pending"


@dataclass(frozen=True, slots=True)
class Published:
    """An event and its deliveries."""

    event: Event
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: `resource_id` is how events in EventGridSchema name it."""

    name: str
    schema: Schema
    resource_id: str
    subscriptions: list[Subscription] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)

    def can_deliver(self, schema: Schema) -> bool:
        """CloudEvents have extensions, for which EventGridSchema has no place [D: cloud-event-schema]."""
        return schema in (self.schema, CLOUD_EVENTS)


def make_topics() -> dict[str, Topic]:
    """The system topic of Communication Services and the project's custom topic, by name."""
    return {
        SYSTEM: Topic(
            SYSTEM, EVENT_GRID, f"{_RESOURCES}/Microsoft.Communication/communicationServices/{SYSTEM}"
        ),
        CUSTOM: Topic(CUSTOM, CLOUD_EVENTS, f"{_RESOURCES}/Microsoft.EventGrid/topics/{CUSTOM}"),
    }
