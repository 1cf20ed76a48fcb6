"""The services over a real table service and the stand-ins, with every request of theirs counted as it goes out.

Nothing else runs in there, no timer trigger and no other host, so what is counted is what was asked for.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest
from azure.data.tables.aio import TableServiceClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from functions.adapters.tables.rows import RETRIES, TIMEOUTS
from functions.adapters.web_pubsub import WebPubSubViewers
from functions.services.counts import Counts
from functions.services.ports import CAPTIONS_HUB, SessionPorts
from local.run_folder import new_run_dir
from local.stack import running_azurite
from tests.bench.figures import progress
from tests.service.bed import CHANCE, HOUR_MS, Clock, Tables, tables_of
from tests.service.cloud import HERE, Cloud, opened_by_key, running_cloud

KINDS = {
    "GET VerbatimSessions": "session_read",
    "POST $batch": "transaction",
    "GET VerbatimTimers": "timer_query",
    "PATCH VerbatimTimers": "timer_row",
    "PUT VerbatimTimers": "timer_row",
    "DELETE VerbatimTimers": "timer_removal",
    "POST VerbatimClaims": "claim",
    "GET VerbatimNames": "names_query",
    "POST VerbatimSegments": "insert",
    "POST :send": "send",
}
"""Every other request counts under its method and the end of its path."""


@dataclass
class Wire:
    """Hears of each request to Table Storage and Web PubSub, tries again included."""

    requests: Counter[str] = field(default_factory=Counter)

    def note(self, request: PipelineRequest[Any]) -> None:
        """A request that is about to be sent, as azure-core's hook tells of it."""
        path = urlsplit(request.http_request.url).path
        name = f"{request.http_request.method} {path.rpartition('/')[2].partition('(')[0]}"
        self.requests[KINDS.get(name, name.replace(" ", "_"))] += 1

    async def requests_of(self, work: Awaitable[object]) -> Counter[str]:
        """What goes out for a piece of work."""
        self.requests.clear()
        await work
        return self.requests.copy()


@dataclass(frozen=True)
class CountedBed:
    """The services' ports, what is behind them, and the wire to it."""

    wire: Wire
    clock: Clock
    tables: Tables
    cloud: Cloud
    ports: SessionPorts


@asynccontextmanager
async def counted_bed() -> AsyncIterator[CountedBed]:
    """An Azurite of its own, and the stand-ins for calls and Web PubSub; callbacks are heard, but not acted upon."""
    progress("starting what operations are counted in")
    wire, clock = Wire(), Clock()
    async with (
        running_azurite(new_run_dir()) as storage,
        running_cloud() as cloud,
        TableServiceClient.from_connection_string(
            storage, **RETRIES, **TIMEOUTS, raw_request_hook=wire.note
        ) as client,
        counted_viewers(cloud, wire) as viewers,
    ):
        tables = tables_of(client)
        ports = ports_of(tables, cloud, viewers, clock)
        cloud.begin(ports)
        cloud.callbacks.deaf = True
        yield CountedBed(wire, clock, tables, cloud, ports)
        await cloud.end()


@asynccontextmanager
async def counted_viewers(cloud: Cloud, wire: Wire) -> AsyncIterator[WebPubSubViewers]:
    """Our adapter, its client exchanged for one that tells of its requests."""
    viewers = WebPubSubViewers(opened_by_key(cloud.web_pubsub.url))
    await viewers.client.close()
    viewers.client = WebPubSubServiceClient.from_connection_string(
        cloud.web_pubsub.connection_string, hub=CAPTIONS_HUB, raw_request_hook=wire.note
    )
    async with viewers.client:
        yield viewers


def ports_of(tables: Tables, cloud: Cloud, viewers: WebPubSubViewers, clock: Clock) -> SessionPorts:
    """The sessions' ports, all of them real."""
    return SessionPorts(
        store=tables.sessions,
        claims=tables.claims,
        timers=tables.timers,
        names=tables.names,
        segments=lambda: tables.segments,
        calls=lambda: cloud.calls,
        topic=None,
        viewers={HERE: viewers},
        clock=clock,
        chance=CHANCE.randbytes,
        longest_ms=24 * HOUR_MS,
        counts=Counts(),
    )
