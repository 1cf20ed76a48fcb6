"""Names of people in calls in Table Storage.

A partition holds the names that one call told on one day, its key beginning with the day (UTC): what is old is a
range of partitions.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import Row, delete_rows, if_unchanged, in_table, row_in, rows_in
from functions.errors import RowChanged, RowExists, Unavailable

LONGEST_NAME = 256
"""Code points; what is behind that is cut off."""
MOST_CONFLICTS = 10


class TableNames:
    """Fills the port Names. Every method raises Unavailable."""

    def __init__(self, tables: TableServiceClient) -> None:
        self.table = tables.get_table_client("VerbatimNames")

    async def put(self, call: str, names: dict[str, str], at: int) -> None:
        """Keep names by raw id; news may come in any order, so the newer name stays."""
        for raw_id, name in names.items():
            await self.put_row(name_row(call, raw_id, name, at))

    async def put_row(self, row: Row) -> None:
        """Write the row, unless a newer one is there."""
        for _ in range(MOST_CONFLICTS):
            try:
                await in_table(self.table, lambda: self.table.create_entity(row))
            except RowExists:
                if await self.is_settled(row):
                    return
            else:
                return
        raise Unavailable("Many names of one person collide.")

    async def is_settled(self, row: Row) -> bool:
        """Whether the row now stands in the older one's place, or need not; false if somebody came between."""
        stored = await row_in(self.table, row["PartitionKey"], row["RowKey"])
        if stored is None:
            return False
        if int(stored["at"]) >= int(row["at"]):
            return True
        unchanged = if_unchanged(str(stored.metadata["etag"]))
        try:
            await in_table(self.table, lambda: self.table.update_entity(row, UpdateMode.REPLACE, **unchanged))
        except RowChanged:
            return False
        return True

    async def of_call(self, call: str, now: int) -> dict[str, str]:
        """The names that the call told today and yesterday; of several the newest."""
        rows = [row for key in partitions(call, now) for row in await self.rows_of(key)]
        return {row["raw_id"]: row["name"] for row in sorted(rows, key=lambda row: int(row["at"]))}

    async def rows_of(self, partition: str) -> list[Any]:
        """The rows of one call and day."""
        within = {"key": partition}
        query = "PartitionKey eq @key"
        rows = rows_in(self.table, lambda: self.table.query_entities(query, parameters=within))
        return [row async for row in rows]

    async def erase(self, call: str, now: int) -> None:
        """Forget the names that the call told today and yesterday."""
        for key in partitions(call, now):
            await delete_rows(self.table, "PartitionKey eq @key", key=key)

    async def erase_older(self, now: int) -> int:
        """Forget names from before yesterday; how many."""
        return await delete_rows(self.table, "PartitionKey lt @day", day=days(now)[0])


def days(now: int) -> tuple[str, str]:
    """Yesterday and today (UTC) as `yyyymmdd`; `now` is ms since 1970."""
    today = datetime.fromtimestamp(now / 1000, UTC)
    return f"{today - timedelta(days=1):%Y%m%d}", f"{today:%Y%m%d}"


def partitions(call: str, now: int) -> tuple[str, str]:
    """The call's partitions of yesterday and today."""
    yesterday, today = days(now)
    return f"{yesterday}-{call}", f"{today}-{call}"


def name_row(call: str, raw_id: str, name: str, at: int) -> Row:
    """A name's row; the raw id is hashed for its key, since it may hold anything."""
    return {
        "PartitionKey": partitions(call, at)[1],
        "RowKey": hashlib.blake2b(raw_id.encode(), digest_size=16).hexdigest(),
        "raw_id": raw_id,
        "name": name[:LONGEST_NAME],
        "at": str(at),
    }
