"""Timers in Table Storage: rows `{due}-{session}` in one partition, so that a sweep is one range query."""

from collections.abc import AsyncIterator

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import in_table, rows_in
from functions.services.ports import Timer

DUE = "due"


class TableTimers:
    """Fills the port Timers."""

    def __init__(self, tables: TableServiceClient) -> None:
        self.table = tables.get_table_client("VerbatimTimers")

    async def put(self, timer: Timer) -> None:
        """Write the row. Raises Unavailable."""
        row = {
            "PartitionKey": DUE,
            "RowKey": timer_key(timer),
            "failures": timer.failures,
            "notBefore": str(timer.not_before),
        }
        await in_table(self.table, lambda: self.table.upsert_entity(row, UpdateMode.REPLACE))

    async def remove(self, timer: Timer) -> None:
        """Remove the row; one that is gone already is no error for the SDK. Raises Unavailable."""
        await in_table(self.table, lambda: self.table.delete_entity(DUE, timer_key(timer)))

    async def due(self, now: int) -> AsyncIterator[Timer]:
        """The rows due by now, earliest first. Raises Unavailable."""
        query = "PartitionKey eq 'due' and RowKey lt @until"
        until = {"until": f"{now + 1:013d}"}
        async for row in rows_in(self.table, lambda: self.table.query_entities(query, parameters=until)):
            due, _, session_id = row["RowKey"].partition("-")
            yield Timer(int(due), session_id, row.get("failures", 0), int(row.get("notBefore", 0)))


def timer_key(timer: Timer) -> str:
    """The row's key: rows sort by due time."""
    return f"{timer.due:013d}-{timer.session_id}"
