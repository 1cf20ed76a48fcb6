"""The running service: topics, and the deliveries and validations that go on beside the requests."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp

from local.entra_callers import EntraCallers
from local.event_grid.delivery import Courier
from local.event_grid.errors import NothingThere, NotValidated
from local.event_grid.faults import Faults
from local.event_grid.schemas import Event, Schema
from local.event_grid.topics import Delivery, Published, Subscription, Topic, make_topics
from local.event_grid.validation import validate
from local.tls import TlsSite

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0  # seconds between validations of an endpoint that is not there yet

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription that someone asks for."""

    topic: str
    endpoint: str
    schema: Schema
    included_event_types: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is set up: `retry_speed` divides the pauses between tries, `answer_within` is in seconds.

    Without a key, `callers` alone publish to the custom topic.
    """

    topic_key: str | None
    subscriptions: tuple[Wanted, ...] = ()
    retry_speed: float = 1.0
    answer_within: float = 30.0  # for validations and events alike [D]
    callers: EntraCallers | None = None
    tls: TlsSite | None = None


class Service:
    """What every request works on."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.faults = Faults()
        self.topics = make_topics()
        self._http = http
        self._courier = Courier(http, self.faults, settings.retry_speed)
        self._background: set[asyncio.Task[None]] = set()

    def publish(self, topic: Topic, events: Iterable[Event]) -> None:
        """Takes events in and sends them on their way: each by itself, so in no order."""
        for event in events:
            takers = [(taker, Delivery(taker.name)) for taker in topic.subscriptions if taker.wants(event)]
            topic.published.append(Published(event, [delivery for _, delivery in takers]))
            for subscription, delivery in takers:
                self._beside(self._courier.deliver(event, subscription, delivery))

    async def subscribe(self, wanted: Wanted) -> Subscription:
        """A subscription whose endpoint was asked, once. Raises NotValidated; it stays all the same, without events."""
        subscription = self._add(wanted)
        await self._ask(subscription)
        return subscription

    def subscribe_when_there(self, wanted: Wanted) -> None:
        """A subscription whose endpoint is asked again and again, until it is there and agrees."""
        self._beside(self._ask_until_validated(self._add(wanted)))

    async def close(self) -> None:
        """Ends what goes on beside the requests."""
        running = list(self._background)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _add(self, wanted: Wanted) -> Subscription:
        topic = self.topics[wanted.topic]
        subscription = Subscription(
            f"{topic.name}-{len(topic.subscriptions) + 1}",
            topic.name,
            wanted.endpoint,
            wanted.schema,
            wanted.included_event_types,
        )
        topic.subscriptions.append(subscription)
        return subscription

    async def _ask_until_validated(self, subscription: Subscription) -> None:
        pause = _FIRST_PAUSE
        while not subscription.validated:
            known = subscription.reason
            try:
                await self._ask(subscription)
            except NotValidated as error:
                if str(error) != known:
                    _log.info("%s is not validated yet: %s", subscription.name, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _ask(self, subscription: Subscription) -> None:
        try:
            await validate(self._http, subscription, self.topics[subscription.topic].resource_id)
        except NotValidated as error:
            subscription.answered = not isinstance(error, NothingThere)
            subscription.reason = str(error)
            raise
        subscription.answered = subscription.validated = True
        subscription.reason = None

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("Work beside the requests failed.", exc_info=task.exception())
