"""What every table needs: errors in our words, tables that make themselves, and texts longer than a property."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from azure.core import MatchConditions
from azure.core.async_paging import AsyncItemPaged
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
)
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient, TableServiceClient

from functions.errors import RowChanged, RowExists, Unavailable

PIECE = 16_000
"""Code points a property: 64 KiB of UTF-16 at the most (Table Storage's limit for a string)."""
RETRIES: dict[str, Any] = {
    "retry_total": 3,
    "retry_connect": 3,
    "retry_read": 1,
    "retry_backoff_factor": 0.2,
    "retry_backoff_max": 2,
}
CHANGED = frozenset({"UpdateConditionNotSatisfied", "ConditionNotMet", "ResourceNotFound", "EntityNotFound"})
TIMEOUTS: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 6}
"""Seconds; the service itself ends a query after five."""
REFUSED = frozenset({401, 403})
ROLE = (
    "Check the account key in TABLES_CONNECTION_STRING; or, with TABLES_ENDPOINT, that the app's managed identity "
    "has the role Storage Table Data Contributor on the account."
)
ROWS_A_TURN = 50
"""Of a long read, before others in the process have their turn."""
LARGEST_TRANSACTION = 100
"""Rows of one partition: Table Storage takes no more at once."""

type Row = dict[str, Any]


def open_tables(connection_string: str) -> TableServiceClient:
    """The storage account's tables, with tries that end in seconds: the SDK's own go on for minutes."""
    return TableServiceClient.from_connection_string(connection_string, **RETRIES, **TIMEOUTS)


def open_tables_as(endpoint: str, identity: AsyncTokenCredential) -> TableServiceClient:
    """The same without a key: the identity opens them."""
    return TableServiceClient(endpoint, credential=identity, **RETRIES, **TIMEOUTS)


async def in_table[Answer](table: TableClient, operation: Callable[[], Awaitable[Answer]]) -> Answer:
    """The operation's answer; a table that is missing is made. Raises RowExists, RowChanged, Unavailable."""
    try:
        return await connected(operation)
    except AzureError as error:
        if not is_missing_table(error):
            raise translate(error) from error
    await make_table(table)
    try:
        return await connected(operation)
    except AzureError as error:
        raise translate(error) from error


async def connected[Answer](operation: Callable[[], Awaitable[Answer]]) -> Answer:
    """The operation's answer; it is tried once more if its connection breaks, as one that lay idle may.

    azure-core (RetryPolicyBase) repeats what reads, puts or deletes by itself, but no insert, merge or transaction,
    since those may have come about. Ours show that they have (RowExists, RowChanged).
    """
    try:
        return await operation()
    except ServiceRequestTimeoutError:
        raise
    except ServiceRequestError:
        return await operation()


def if_unchanged(etag: str) -> dict[str, Any]:
    """The condition that the row is still the one that was read; else the operation raises RowChanged."""
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


async def row_in(table: TableClient, partition: str, key: str) -> TableEntity | None:
    """The row, or none. Raises Unavailable."""

    async def get() -> TableEntity | None:
        try:
            return await table.get_entity(partition, key)
        except ResourceNotFoundError as error:
            if is_missing_table(error):
                raise
            return None

    return await in_table(table, get)


async def rows_in[Item](table: TableClient, query: Callable[[], AsyncIterator[Item]]) -> AsyncIterator[Item]:
    """The query's rows, page after page; a missing table has none. Raises Unavailable."""
    try:
        async for row in query():
            yield row
    except AzureError as error:
        if not is_missing_table(error):
            raise translate(error) from error
        await make_table(table)


async def read_ahead[Item](query: Callable[[], AsyncItemPaged[Item]]) -> AsyncGenerator[Item]:
    """The query's rows for one who reads them all: a page is asked for while the one before is worked on."""
    pages = query().by_page()
    coming = asyncio.create_task(next_page(pages))
    try:
        while (page := await coming) is not None:
            coming = asyncio.create_task(next_page(pages))
            for number, row in enumerate(page):
                if number % ROWS_A_TURN == 0:
                    await asyncio.sleep(0)  # the next request goes out, and frames have their turn
                yield row
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def next_page[Item](pages: AsyncIterator[AsyncIterator[Item]]) -> list[Item] | None:
    """The next page, which may be empty; none after the last."""
    async for page in pages:
        return [row async for row in page]
    return None


async def delete_rows(table: TableClient, query: str, **within: str) -> int:
    """Delete what a query finds, `within` being its parameters; how many rows that were. Raises Unavailable.

    Each transaction counts by itself, so what was interrupted goes on with the next call.
    """
    deleted = 0
    found = partial(table.query_entities, query, parameters=within, select=["PartitionKey", "RowKey"])
    async for batch in batches(rows_in(table, found)):
        await delete_batch(table, batch)
        deleted += len(batch)
    return deleted


async def batches(rows: AsyncIterator[Row]) -> AsyncIterator[list[Row]]:
    """The rows in lists that fit a transaction each."""
    batch: list[Row] = []
    async for row in rows:
        if batch and (len(batch) == LARGEST_TRANSACTION or row["PartitionKey"] != batch[0]["PartitionKey"]):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


async def delete_batch(table: TableClient, batch: list[Row]) -> None:
    """Delete rows of one partition, at once or, if somebody deleted one of them meanwhile, one by one."""
    try:
        await in_table(table, lambda: table.submit_transaction([("delete", row) for row in batch]))
    except RowChanged:
        for row in batch:
            await in_table(table, partial(table.delete_entity, row["PartitionKey"], row["RowKey"]))


async def make_table(table: TableClient) -> None:
    """Make the table; somebody else may be faster."""
    try:
        await table.create_table()
    except ResourceExistsError:
        return
    except AzureError as error:
        raise translate(error) from error


def is_missing_table(error: AzureError) -> bool:
    """Whether the table itself is not there."""
    return error_code(error) == "TableNotFound"


def error_code(error: AzureError) -> str:
    """The storage service's name for what is wrong: the SDK decodes it for some operations, not for a create."""
    code = getattr(error, "error_code", None)
    response = getattr(error, "response", None)
    if code is None and response is not None:
        code = response.headers.get("x-ms-error-code")
    return str(getattr(code, "value", code) or "")


def translate(error: AzureError) -> Exception:
    """The error in our words."""
    code = error_code(error)
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if code == "EntityAlreadyExists" or isinstance(error, ResourceExistsError):
        return RowExists("The row is there already.")
    if code in CHANGED or status == 412:  # noqa: PLR2004 -- HTTP's
        return RowChanged("The row has changed or is gone.")
    reason = f"Table Storage: {code or type(error).__name__}."
    return Unavailable(f"{reason} {ROLE}" if status in REFUSED else reason)


def in_pieces(name: str, text: str) -> Row:
    """The text as properties `name`, `name1`, `name2`, … that are each short enough."""
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
    return {f"{name}{number or ''}": piece for number, piece in enumerate(pieces)}


def from_pieces(name: str, row: Mapping[str, Any]) -> str:
    """The text that `in_pieces` spread over properties."""
    text: str = row.get(name) or ""
    number = 1
    while piece := row.get(f"{name}{number}"):
        text += piece
        number += 1
    return text
