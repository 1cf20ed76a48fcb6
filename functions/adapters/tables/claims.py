"""Claims in Table Storage: a row for each call's hashed identity."""

from typing import Any

import msgspec
from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import Row, from_pieces, in_pieces, in_table, is_missing_table
from functions.services.ports import Claim, StoredClaim

CLAIM = "claim"


class TableClaims:
    """Fills the port Claims."""

    def __init__(self, tables: TableServiceClient) -> None:
        self.table = tables.get_table_client("VerbatimClaims")

    async def take(self, key: str, claim: Claim) -> StoredClaim:
        """A new claim. Raises RowExists, Unavailable."""
        result = await in_table(self.table, lambda: self.table.create_entity(claim_row(key, claim)))
        return StoredClaim(claim, str(result["etag"]))

    async def read(self, key: str) -> StoredClaim | None:
        """The claim, or none. Raises Unavailable."""

        async def get() -> StoredClaim | None:
            try:
                return read_claim(await self.table.get_entity(key, CLAIM))
            except ResourceNotFoundError as error:
                if is_missing_table(error):
                    raise
                return None

        return await in_table(self.table, get)

    async def replace(self, key: str, old: StoredClaim, claim: Claim) -> StoredClaim:
        """Another claim in its place. Raises RowChanged, Unavailable."""
        result = await in_table(
            self.table,
            lambda: self.table.update_entity(
                claim_row(key, claim),
                UpdateMode.REPLACE,
                etag=old.etag,
                match_condition=MatchConditions.IfNotModified,
            ),
        )
        return StoredClaim(claim, str(result["etag"]))


def claim_row(key: str, claim: Claim) -> Row:
    """The claim's row."""
    keys = {"PartitionKey": key, "RowKey": CLAIM}
    return keys | in_pieces("doc", msgspec.json.encode(claim).decode())


def read_claim(row: Any) -> StoredClaim:
    """The claim in a row."""
    return StoredClaim(msgspec.json.decode(from_pieces("doc", row), type=Claim), row.metadata["etag"])
