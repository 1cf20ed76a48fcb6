"""Carries one event to one subscription, until it is there or given up."""

import asyncio
import random
from dataclasses import dataclass

import aiohttp
from yarl import URL

from local.event_grid.faults import Faults
from local.event_grid.messages import Message, notification
from local.event_grid.retry_schedule import next_pause, succeeded
from local.event_grid.schemas import Event
from local.event_grid.topics import Delivery, Subscription

_MOST_JITTER = 1.1  # "a small randomization" is added to every pause [D: delivery-and-retry]


@dataclass(frozen=True, slots=True)
class Courier:
    """How events travel: the session's time-out is how long an answer may take, pauses are divided by `speed`."""

    http: aiohttp.ClientSession
    faults: Faults
    speed: float

    async def deliver(self, event: Event, subscription: Subscription, delivery: Delivery) -> None:
        """Tries until the event is delivered or dead; `delivery` tells how far it is."""
        await self._try(event, subscription, delivery)
        while not succeeded(delivery.statuses[-1]):
            pause = next_pause(delivery.statuses)
            if pause is None:
                delivery.state = "dead"
                return
            await asyncio.sleep(pause * random.uniform(1, _MOST_JITTER) / self.speed)
            await self._try(event, subscription, delivery)
        delivery.state = "delivered"
        if self.faults.repeats():
            await self._try(event, subscription, delivery)

    async def _try(self, event: Event, subscription: Subscription, delivery: Delivery) -> None:
        await asyncio.sleep(self.faults.delay())
        message = notification(subscription, event, len(delivery.statuses))
        lost = self.faults.drops()
        delivery.statuses.append(None if lost else await self._post(subscription.endpoint, message))

    async def _post(self, endpoint: str, message: Message) -> int | None:
        try:
            async with self.http.post(
                URL(endpoint, encoded=True), headers=message.headers, data=message.body, allow_redirects=False
            ) as response:
                return response.status
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None
