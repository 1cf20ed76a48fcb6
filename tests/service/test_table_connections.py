"""A connection to Table Storage that breaks costs no request: one that lay idle may be closed as the next goes out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from functions.adapters.tables.rows import open_tables
from functions.errors import RowExists, Unavailable
from local.azurite import connection_string
from tests.service.bed import Tables, entry_of, new_session, tables_of
from tests.service.test_table_rows import OPERATIONS, claim

CHUNK = 65_536


@dataclass
class Line:
    """Carries connections to a table service; the next so many break, with the `requests` or the `answers` lost."""

    port: int
    requests: int = 0
    answers: int = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        ways = [
            asyncio.create_task(self.forth(reader, far_writer)),
            asyncio.create_task(self.back(far_reader, writer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, far_writer):
            end.transport.abort()

    async def forth(self, reader: asyncio.StreamReader, far_writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            if self.requests:
                self.requests -= 1
                return
            far_writer.write(chunk)

    async def back(self, far_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await far_reader.read(CHUNK):
            if self.answers:
                self.answers -= 1
                return
            writer.write(chunk)


@pytest.fixture
async def line(azurite: str) -> AsyncIterator[tuple[Line, Tables]]:
    """A line to the table service, and the adapters at its near end."""
    [address] = [part for part in azurite.split(";") if part.startswith("TableEndpoint=")]
    port = urlsplit(address.removeprefix("TableEndpoint=")).port
    assert port is not None
    line = Line(port)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    near_end = connection_string(server.sockets[0].getsockname()[1])
    async with server, open_tables(near_end) as client:
        yield line, tables_of(client)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_what_goes_out_over_a_connection_that_was_just_closed_goes_out_again(
    operation: str, line: tuple[Line, Tables]
) -> None:
    breaking, tables = line
    await OPERATIONS[operation](tables)
    breaking.requests = 1
    await OPERATIONS[operation](tables)
    assert breaking.requests == 0


async def test_what_was_done_though_its_answer_was_lost_is_known_as_there(line: tuple[Line, Tables]) -> None:
    breaking, tables = line
    mine, session = claim(), new_session()
    await OPERATIONS["claim: take"](tables)
    breaking.answers = 1
    with pytest.raises(RowExists):
        await tables.claims.take(session.id, mine)
    found = await tables.claims.read(session.id)
    assert found is not None
    assert found.claim == mine
    breaking.answers = 1
    with pytest.raises(RowExists):
        await tables.sessions.insert(session, entry_of(session))
    assert await tables.sessions.load(session.id) is not None


async def test_a_connection_that_breaks_again_and_again_is_an_outage(line: tuple[Line, Tables]) -> None:
    breaking, tables = line
    breaking.requests = 100
    with pytest.raises(Unavailable):
        await OPERATIONS["claim: take"](tables)
