"""A local cloud with sessions that wait for their calls: what an app is measured in."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.messaging.webpubsubservice.aio import WebPubSubServiceClient

from functions.adapters.tables.rows import open_tables
from functions.adapters.tables.sessions import TableSessions
from functions.lifecycle.events import StartRequested
from functions.lifecycle.identity import ulid
from functions.lifecycle.journal import Occurrence, write_entry
from functions.lifecycle.session import (
    CallLocator,
    Connection,
    LocatorKind,
    Session,
    StartRequest,
    Transcription,
)
from local.child_process import PROJECT
from local.stack import Stack, running_stack
from local.stack_plan import app_settings
from tests.bench.figures import progress

HERE = Path(__file__).parent
OURS, PLAIN, RELAY = PROJECT, HERE / "plain_app", HERE / "relay_app"
SEGMENTS = "VerbatimSegments"
EVERY_INTERIM = {"INTERIM_INTERVAL_MS": "0"}
"""Nothing is thinned, so that ours sends as many captions as the limit does."""
MS_PER_DAY = 86_400_000
TOKEN_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Bed:
    """A running stack and the ids of its sessions."""

    stack: Stack
    client: aiohttp.ClientSession
    captions_hub: WebPubSubServiceClient
    transcript_hub: WebPubSubServiceClient
    sessions: tuple[str, ...]

    @property
    def host_pid(self) -> int:
        """The process of the functions."""
        return self.stack.hosts[0].pid

    async def open_transcript(self, session_id: str) -> aiohttp.ClientWebSocketResponse:
        """A session's transcript socket, opened as ACS opens it."""
        token = await self.transcript_hub.get_client_access_token(
            user_id=session_id, minutes_to_expire=TOKEN_MINUTES
        )
        headers = {
            "x-ms-call-connection-id": call_connection(session_id),
            "x-ms-call-correlation-id": "bench",
        }
        return await self.client.ws_connect(token["url"], headers=headers)

    async def open_viewer(self, session_id: str) -> aiohttp.ClientWebSocketResponse:
        """Somebody who watches a session; whoever joins at connect gets all that is sent afterwards."""
        token = await self.captions_hub.get_client_access_token(
            groups=[f"session-{session_id}"], minutes_to_expire=TOKEN_MINUTES
        )
        viewer = await self.client.ws_connect(token["url"], protocols=("json.webpubsub.azure.v1",))
        await viewer.receive_json()
        return viewer

    async def frames_taken(self) -> int:
        """How many frames the functions have answered with success since the stack started."""
        async with self.client.get(f"{self.stack.plan.web_pubsub_url}/sim/counters") as answer:
            counters = await answer.json()
        return int(counters["transcript"]["eventsDelivered"])


@asynccontextmanager
async def running_bed(app_dir: Path, calls: int) -> AsyncIterator[Bed]:
    """The stack of an app, with that many sessions. Every app gets the same tables, whether it reads them or not."""
    progress(f"starting the stack of {app_dir.name}")
    async with (
        running_stack(app_dir=app_dir, settings=EVERY_INTERIM) as stack,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        open_tables(stack.plan.tables) as tables,
        hub_client(stack, "captions") as captions_hub,
        hub_client(stack, "transcript") as transcript_hub,
    ):
        sessions = [running_session() for _ in range(calls)]
        await keep(tables, sessions)
        yield Bed(stack, client, captions_hub, transcript_hub, tuple(session.id for session in sessions))


def hub_client(stack: Stack, hub: str) -> WebPubSubServiceClient:
    """Azure's own client, which mints the access tokens of sockets and viewers."""
    connection_string = app_settings(stack.plan)["WEB_PUBSUB_CONNECTION_STRING"]
    return WebPubSubServiceClient.from_connection_string(connection_string, hub=hub)


async def keep(tables: TableServiceClient, sessions: list[Session]) -> None:
    """Store the sessions, and make the table of the finals."""
    store = TableSessions(tables)
    for session in sessions:
        requested = Occurrence("api", session.id, StartRequested())
        await store.insert(session, write_entry(requested, session, session.created_at))
    try:
        await tables.create_table(SEGMENTS)
    except ResourceExistsError:
        return


def running_session() -> Session:
    """A session whose call is connected and is being transcribed."""
    now = time.time_ns() // 1_000_000
    session_id = ulid(now, secrets.token_bytes(10))
    return Session(
        id=session_id,
        request=StartRequest(CallLocator(LocatorKind.GROUP_CALL, session_id), "en-US"),
        locale="en-US",
        created_at=now,
        must_end_at=now + MS_PER_DAY,
        ticket="ticket",
        secret="secret",
        call_connection_id=call_connection(session_id),
        connection=Connection.CONNECTED,
        transcription=Transcription.ACTIVE,
        asked_locale="en-US",
        confirmed_locale="en-US",
        connected_at=now,
        started_at=now,
        active_since=now,
    )


def call_connection(session_id: str) -> str:
    """ACS's name for our connection to the session's call."""
    return f"call-{session_id}"
