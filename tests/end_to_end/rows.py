"""A session's row in the table: what the API does not show."""

from collections.abc import Mapping
from typing import Any

from functions.adapters.tables.sessions import TableSessions
from functions.lifecycle.session import Session as StoredSession
from functions.lifecycle.session import State
from functions.services.ports import Stored
from tests.end_to_end.cloud import Cloud, eventually


async def stored(cloud: Cloud, session: Mapping[str, Any]) -> Stored:
    """The session's row."""
    found = await TableSessions(cloud.tables).load(session["id"])
    assert found is not None
    return found


async def comes_to_rest(cloud: Cloud, session: Mapping[str, Any]) -> None:
    """Waits until nothing is under way that would change the session or its journal by itself."""

    async def look() -> bool:
        found = (await stored(cloud, session)).session
        return is_at_rest(found, await happened(cloud, session))

    try:
        await eventually(look)
    except TimeoutError:
        raise AssertionError(f"It does not come to rest: {(await stored(cloud, session)).session}") from None


async def happened(cloud: Cloud, session: Mapping[str, Any]) -> set[str]:
    """The names of what happened to the session, also of what changed nothing."""
    return {entry.name for entry in await TableSessions(cloud.tables).journal(session["id"])}


def is_at_rest(session: StoredSession, names: set[str]) -> bool:
    """Whether every command has its outcome, and the news that follow on a start or an end have come.

    News of who is in the call may overtake the answer that says which connection is ours; then they only are noted.
    """
    if session.pending:
        return False
    if session.ended_at is not None:
        return session.transcript_ended and not session.sockets
    return session.state is not State.ACTIVE or bool(session.sockets and "participants-changed" in names)
