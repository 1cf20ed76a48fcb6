"""Claims in Table Storage: a row for each call's hashed identity."""

import msgspec
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableServiceClient

from functions.adapters.tables.rows import Row, from_pieces, if_unchanged, in_pieces, in_table, row_in
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
        row = await row_in(self.table, key, CLAIM)
        return None if row is None else read_claim(row)

    async def replace(self, key: str, old: StoredClaim, claim: Claim) -> StoredClaim:
        """Another claim in its place. Raises RowChanged, Unavailable."""
        result = await in_table(
            self.table,
            lambda: self.table.update_entity(
                claim_row(key, claim), UpdateMode.REPLACE, **if_unchanged(old.etag)
            ),
        )
        return StoredClaim(claim, str(result["etag"]))

    async def remove(self, key: str, old: StoredClaim) -> None:
        """Remove the claim; one that is gone already is no error for the SDK. Raises RowChanged, Unavailable."""
        unchanged = if_unchanged(old.etag)
        await in_table(self.table, lambda: self.table.delete_entity(key, CLAIM, **unchanged))


def claim_row(key: str, claim: Claim) -> Row:
    """The claim's row."""
    keys = {"PartitionKey": key, "RowKey": CLAIM}
    return keys | in_pieces("doc", msgspec.json.encode(claim).decode())


def read_claim(row: TableEntity) -> StoredClaim:
    """The claim in a row."""
    return StoredClaim(msgspec.json.decode(from_pieces("doc", row), type=Claim), str(row.metadata["etag"]))
