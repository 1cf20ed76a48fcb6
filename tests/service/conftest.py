from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from functions.adapters.tables.rows import open_tables
from functions.lifecycle.session import Connection, Session, Transcription
from functions.services.sessions import SessionPorts
from functions.services.transcript_stream import Socket
from tests.service.bed import CHANCE, HOUR_MS, Clock, Tables, all_of, entry_of, new_session, tables_of
from tests.service.cloud import Cloud, running_cloud
from tests.service.line import Line, stream_ports


@pytest.fixture(scope="session")
async def tables(azurite: str) -> AsyncIterator[Tables]:
    async with open_tables(azurite) as client:
        yield tables_of(client)


@pytest.fixture(scope="session")
async def whole_cloud() -> AsyncIterator[Cloud]:
    async with running_cloud() as cloud:
        yield cloud


@pytest.fixture
async def clock(tables: Tables) -> Clock:
    """A clock that can be moved; no test's timers are left for the next."""
    for timer in await all_of(tables.timers.due(9_999_999_999_998)):
        await tables.timers.remove(timer)
    return Clock()


@pytest.fixture
def ports(tables: Tables, whole_cloud: Cloud, clock: Clock) -> SessionPorts:
    """The sessions' ports, all of them real."""
    return SessionPorts(
        store=tables.sessions,
        claims=tables.claims,
        timers=tables.timers,
        calls=lambda: whole_cloud.calls,
        viewers=whole_cloud.viewers,
        clock=clock,
        chance=CHANCE.randbytes,
        longest_ms=24 * HOUR_MS,
    )


@pytest.fixture
def cloud(whole_cloud: Cloud, ports: SessionPorts) -> Cloud:
    """The cloud, whose callbacks reach the sessions."""
    whole_cloud.callbacks.ports = replace(ports)
    whole_cloud.callbacks.deaf = False
    return whole_cloud


@pytest.fixture
async def session(ports: SessionPorts, cloud: Cloud) -> Session:
    """A session in its call whose transcription is about to start."""
    waiting = new_session(
        ports.clock() - 60_000,
        connection=Connection.CONNECTED,
        call_connection_id="connection",
        transcription=Transcription.STARTING,
        pending=(),
        timer=ports.clock() + 1_000_000,
    )
    await ports.store.insert(waiting, entry_of(waiting))
    return waiting


@pytest.fixture
async def line(ports: SessionPorts, tables: Tables, session: Session) -> Line:
    """An open socket."""
    opened = Line(stream_ports(ports, tables), Socket(f"socket-{session.id}", session.id))
    await opened.open()
    return opened
