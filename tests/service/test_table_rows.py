"""What all tables share: long texts, tables that make themselves, errors in our words."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableClient

from functions.adapters.tables import rows
from functions.adapters.tables.rows import (
    PIECE,
    batches,
    delete_batch,
    delete_rows,
    from_pieces,
    in_pieces,
    in_table,
    open_tables,
)
from functions.errors import RowChanged, RowExists, Unavailable
from functions.services.ports import Claim, StoredClaim, Timer
from functions.transcript.streams import Anchor
from local.azurite import azurite_command, connection_string
from local.child_process import ChildProcess
from local.ports import free_ports
from tests.service.bed import (
    TABLES,
    Crashed,
    Tables,
    all_of,
    crash_before,
    entry_of,
    group_call,
    new_session,
    tables_of,
    timers_of,
)
from tests.service.speech import final
from tests.service.steps import HTTP_LOG, requests

ANCHOR = Anchor("socket.1", "subscription", "en-US", 5, 5)
SECONDS = 60
"""More than our tries take on a busy machine, and less than the SDK's own, which go on for minutes."""


def claim() -> Claim:
    return Claim(new_session().id, group_call(), 1)


async def insert_session(tables: Tables) -> None:
    session = new_session()
    await tables.sessions.insert(session, entry_of(session))


OPERATIONS: dict[str, Callable[[Tables], Awaitable[object]]] = {
    "session: load": lambda tables: tables.sessions.load(new_session().id),
    "session: insert": insert_session,
    "session: journal": lambda tables: tables.sessions.journal(new_session().id),
    "session: list_newest": lambda tables: tables.sessions.list_newest(new_session()),
    "session: newest": lambda tables: all_of(tables.sessions.newest(None)),
    "session: created_before": lambda tables: all_of(tables.sessions.created_before(1)),
    "session: erase_traces": lambda tables: tables.sessions.erase_traces(new_session()),
    "claim: take": lambda tables: tables.claims.take(new_session().id, claim()),
    "claim: read": lambda tables: tables.claims.read(new_session().id),
    "claim: remove": lambda tables: tables.claims.remove(new_session().id, StoredClaim(claim(), 'W/"1"')),
    "timer: put": lambda tables: tables.timers.put(Timer(1, new_session().id)),
    "timer: remove": lambda tables: tables.timers.remove(Timer(1, new_session().id)),
    "timer: due": lambda tables: all_of(tables.timers.due(1_000)),
    "segment: insert": lambda tables: tables.segments.insert_segment(new_session().id, final()),
    "segment: anchor": lambda tables: tables.segments.insert_anchor(new_session().id, ANCHOR),
    "segment: anchors": lambda tables: tables.segments.anchors(new_session().id),
    "segment: list": lambda tables: all_of(tables.segments.segments(new_session().id, "")),
    "segment: erase": lambda tables: tables.segments.erase(new_session().id),
    "name: put": lambda tables: tables.names.put(new_session().id, {"8:acs:1": "Ada"}, 1),
    "name: of_call": lambda tables: tables.names.of_call(new_session().id, 1),
    "name: erase": lambda tables: tables.names.erase(new_session().id, 1),
    "name: erase_older": lambda tables: tables.names.erase_older(1_000_000_000),
}


@pytest.fixture
async def emptied(tables: Tables) -> Tables:
    """The storage account without any table."""
    for name in TABLES:
        await tables.client.delete_table(name)
    return tables


@pytest.fixture
async def own_azurite(tmp_path: Path) -> AsyncIterator[tuple[ChildProcess, Tables]]:
    """An Azurite that a test may stop."""
    (port,) = free_ports(1)
    azurite = ChildProcess(azurite_command(port), tmp_path / "azurite.log")
    await azurite.start()
    try:
        async with open_tables(connection_string(port)) as client:
            yield azurite, tables_of(client)
    finally:
        await azurite.stop()


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE])
@pytest.mark.parametrize("letter", ["a", "ن", "𝄞"])
def test_a_text_of_any_length_comes_together_again(letter: str, length: int) -> None:
    text = letter * length
    row = in_pieces("doc", text)
    assert from_pieces("doc", row) == text
    assert all(len(piece.encode("utf-16-le")) <= 65_536 for piece in row.values())


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_missing_table_is_no_error(operation: str, emptied: Tables) -> None:
    await OPERATIONS[operation](emptied)
    await OPERATIONS[operation](emptied)


async def test_a_missing_table_is_made_by_many_workers_at_once(emptied: Tables) -> None:
    table = emptied.segments.table
    all_have_failed = asyncio.Barrier(4)

    async def insert(row: dict[str, str]) -> None:
        try:
            await table.create_entity(row)
        except HttpResponseError:
            await all_have_failed.wait()
            raise

    rows = [{"PartitionKey": "many", "RowKey": f"{number}"} for number in range(4)]
    await asyncio.gather(*(in_table(table, partial(insert, row)) for row in rows))
    assert len(await all_of(table.list_entities())) == 4


async def test_updates_of_rows_that_are_gone_are_conflicts_not_outages(emptied: Tables) -> None:
    session = new_session()
    stored = await emptied.sessions.insert(session, entry_of(session))
    await emptied.sessions.sessions.delete_entity(session.id, "session")
    with pytest.raises(RowChanged):
        await emptied.sessions.save(stored, session, entry_of(session, "second"))
    taken = await emptied.claims.take("key", claim())
    await emptied.claims.table.delete_entity("key", "claim")
    with pytest.raises(RowChanged):
        await emptied.claims.replace("key", taken, claim())


async def test_the_row_that_is_there_is_not_overwritten(tables: Tables) -> None:
    session = new_session()
    stored = await tables.sessions.insert(session, entry_of(session))
    with pytest.raises(RowExists):
        await tables.sessions.insert(session, entry_of(session, "second"))
    with pytest.raises(RowExists):
        await tables.sessions.note(stored, entry_of(session))


async def test_a_store_that_stands_still_is_unavailable_within_seconds(
    own_azurite: tuple[ChildProcess, Tables],
) -> None:
    azurite, tables = own_azurite
    await insert_session(tables)
    azurite.pause()
    begun = time.monotonic()
    outcomes = await asyncio.gather(
        *(operation(tables) for operation in OPERATIONS.values()), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * len(OPERATIONS)
    assert time.monotonic() - begun < SECONDS
    azurite.resume()
    await insert_session(tables)


async def test_a_store_that_is_gone_is_unavailable_within_seconds(
    own_azurite: tuple[ChildProcess, Tables],
) -> None:
    azurite, tables = own_azurite
    await azurite.stop()
    begun = time.monotonic()
    for operation in ("session: insert", "session: load", "claim: take", "segment: list"):
        with pytest.raises(Unavailable):
            await OPERATIONS[operation](tables)
    assert time.monotonic() - begun < SECONDS


async def stored_rows(table: TableClient, partition: str, count: int) -> None:
    """Rows of one partition, and one each of the partitions before and behind it."""
    rows = [{"PartitionKey": partition, "RowKey": f"{number:04d}", "text": "x"} for number in range(count)]
    await in_table(table, lambda: table.upsert_entity({"PartitionKey": f"{partition}-", "RowKey": "0"}))
    for start in range(0, count, 100):
        await table.submit_transaction([("create", row) for row in rows[start : start + 100]])


async def left_in(table: TableClient, partition: str) -> list[str]:
    rows = table.query_entities("PartitionKey eq @key", parameters={"key": partition})
    return [row["RowKey"] async for row in rows]


@pytest.mark.parametrize("count", [0, 1, 100, 101, 1_234])
async def test_all_rows_of_a_query_are_deleted_and_no_other(count: int, tables: Tables) -> None:
    table, partition = tables.segments.table, new_session().id
    await stored_rows(table, partition, count)
    assert await delete_rows(table, "PartitionKey eq @key", key=partition) == count
    assert await left_in(table, partition) == []
    assert await left_in(table, f"{partition}-") == ["0"]


async def test_a_deletion_over_partitions_is_one_transaction_a_hundred_rows_of_one_partition(
    tables: Tables, caplog: pytest.LogCaptureFixture
) -> None:
    table, partition = tables.segments.table, new_session().id
    for letter in "abc":
        await stored_rows(table, f"{partition}{letter}", 101)
    caplog.set_level(logging.INFO, HTTP_LOG)
    query = "PartitionKey ge @first and PartitionKey lt @end"
    assert await delete_rows(table, query, first=f"{partition}a", end=f"{partition}c") == 2 * 102
    assert requests(caplog).count("POST $batch") == 2 * 3
    assert len(await left_in(table, f"{partition}c")) == 101


async def test_a_row_that_somebody_else_deletes_meanwhile_does_not_save_the_others(tables: Tables) -> None:
    table, partition = tables.segments.table, new_session().id
    await stored_rows(table, partition, 250)
    keys = [f"{number:04d}" for number in range(250)]

    async def interfering(rows: AsyncIterator[dict[str, str]]) -> AsyncIterator[dict[str, str]]:
        async for row in rows:
            if row["RowKey"] in {"0000", "0099", "0150", "0249"}:
                await table.delete_entity(partition, row["RowKey"])
            yield row

    found = interfering(table.query_entities("PartitionKey eq @key", parameters={"key": partition}))
    seen = []
    async for batch in batches(found):
        seen += [row["RowKey"] for row in batch]
        await delete_batch(table, batch)
    assert seen == keys
    assert await left_in(table, partition) == []


async def test_two_who_delete_the_same_rows_both_come_to_an_end(tables: Tables) -> None:
    table, partition = tables.segments.table, new_session().id
    await stored_rows(table, partition, 350)
    query = partial(delete_rows, table, "PartitionKey eq @key", key=partition)
    await asyncio.gather(query(), query(), query())
    assert await left_in(table, partition) == []


async def test_a_deletion_that_was_interrupted_has_done_its_part_and_goes_on(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, partition = tables.segments.table, new_session().id
    await stored_rows(table, partition, 250)
    dying = crash_before(rows, "delete_batch", nth=2)
    with monkeypatch.context() as mortal:
        mortal.setattr(rows, "delete_batch", dying.delete_batch)
        with pytest.raises(Crashed):
            await delete_rows(table, "PartitionKey eq @key", key=partition)
    assert len(await left_in(table, partition)) == 150
    assert await delete_rows(table, "PartitionKey eq @key", key=partition) == 150
    assert await left_in(table, partition) == []


@pytest.mark.parametrize("text", ["", "nonsense", "AccountName=only", "DefaultEndpointsProtocol=http"])
def test_a_connection_string_that_names_no_account_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        open_tables(text)


async def test_a_timer_that_was_removed_is_gone(tables: Tables) -> None:
    session = new_session()
    await tables.timers.put(Timer(5, session.id))
    await tables.timers.remove(Timer(5, session.id))
    await tables.timers.remove(Timer(5, session.id))
    assert await timers_of(tables, session.id) == []
