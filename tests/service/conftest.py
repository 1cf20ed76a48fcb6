from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from functions.adapters.tables.rows import open_tables
from functions.lifecycle.session import Session, Transcription
from functions.services.counts import Counts
from functions.services.ports import SessionPorts
from functions.services.transcript_stream import Socket
from tests.service.bed import CHANCE, HOUR_MS, Clock, Tables, all_of, entry_of, tables_of, transcribed
from tests.service.cloud import HERE, Cloud, running_cloud
from tests.service.line import Line, stream_ports
from tests.service.steps import stopped
from tests.service.told import Told, tell_much


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
        names=tables.names,
        segments=lambda: tables.segments,
        calls=lambda: whole_cloud.calls,
        topic=None,
        viewers={HERE: whole_cloud.viewers},
        clock=clock,
        chance=CHANCE.randbytes,
        longest_ms=24 * HOUR_MS,
        counts=Counts(),
    )


@pytest.fixture
async def cloud(whole_cloud: Cloud, ports: SessionPorts) -> AsyncIterator[Cloud]:
    """The cloud, whose callbacks reach the sessions."""
    whole_cloud.begin(ports)
    yield whole_cloud
    await whole_cloud.end()


@pytest.fixture
async def session(ports: SessionPorts, cloud: Cloud) -> Session:
    """A session in its call whose transcription is about to start."""
    waiting = transcribed(
        ports.clock() - 60_000,
        transcription=Transcription.STARTING,
        confirmed_locale=None,
        started_at=None,
        active_since=None,
    )
    await ports.store.insert(waiting, entry_of(waiting))
    return waiting


@pytest.fixture
async def line(ports: SessionPorts, tables: Tables, session: Session) -> Line:
    """An open socket."""
    opened = Line(stream_ports(ports, tables), Socket(f"socket-{session.id}", session.id, HERE))
    await opened.open()
    return opened


@pytest.fixture
async def told_running(ports: SessionPorts, tables: Tables, cloud: Cloud) -> Told:
    """A session that runs, of which much is known."""
    return await tell_much(ports, tables, cloud)


@pytest.fixture
async def told(told_running: Told) -> Told:
    """The same, once it has ended."""
    ended = await stopped(told_running.ports, told_running.session.id)
    return replace(told_running, session=ended)
