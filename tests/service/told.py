"""A session of which much is known, for tests of what is left of it once it is erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from functions.lifecycle.session import CallLocator, Session
from functions.services import people, sessions
from functions.services.applying import load_any
from functions.services.claims import call_key, idempotency_key_of, server_call_key
from functions.services.ports import SessionPorts
from functions.services.upkeep import sweep
from functions.transcript.streams import Anchor
from tests.service.bed import Clock, Tables, all_of, group_call, new_group
from tests.service.cloud import Cloud
from tests.service.speech import ADA, final
from tests.service.steps import running


@dataclass(frozen=True)
class Told:
    """A session of which much is known, the call's id in the simulation, and what must not be found."""

    ports: SessionPorts
    tables: Tables
    session: Session
    sim_id: str
    key: str
    words: str
    name: str
    tag: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.words, self.name, self.tag


async def tell_much(ports: SessionPorts, tables: Tables, cloud: Cloud) -> Told:
    """A session that runs, has words, names, claims and a place in the list."""
    group = new_group()
    key, words, name, tag = (f"{what} of {new_group()}" for what in ("key", "words", "name", "tag"))
    call = await cloud.make_call(group)
    await people.hear_names(ports, call["serverCallId"], {ADA: name})
    request = structs.replace(group_call(group), speakers={"8:acs:ben": name}, tag=tag)
    session, _ = await sessions.start(ports, request, key)
    active = await running(ports, cloud, session.id, str(call["simId"]))
    await speak(tables, active, words)
    await sessions.name_speakers(ports, session.id, {ADA: name})
    return Told(ports, tables, active, call["simId"], key, words, name, tag)


async def speak(tables: Tables, session: Session, text: str, offset_ms: int = 1_000) -> None:
    await tables.segments.insert_anchor(session.id, Anchor("socket.1", "one", "en-US", 0, 1_000))
    await tables.segments.insert_segment(session.id, final(text, offset_ms))


async def rows_with(tables: Tables, *texts: str) -> list[str]:
    """Every row of every table that holds one of the texts, by table and key."""
    found = []
    async for table in tables.client.list_tables():
        client = tables.client.get_table_client(table.name)
        rows = [row async for row in client.list_entities() if holds(row, texts)]
        found += [f"{table.name} {row['PartitionKey']} {row['RowKey']}" for row in rows]
    return found


def holds(row: Mapping[str, Any], texts: Sequence[str]) -> bool:
    told = str(dict(row))
    return any(text in told for text in texts)


async def nothing_is_left(one: Told) -> None:
    """No words, names, claims, list or journal; what remains of the session says nothing."""
    ports, tables = one.ports, one.tables
    assert await rows_with(tables, *one.secrets) == []
    assert await all_of(tables.segments.segments(one.session.id, "")) == []
    assert await tables.segments.anchors(one.session.id) == []
    call = one.session.request.call
    assert isinstance(call, CallLocator)
    server_key = server_call_key(str(one.session.server_call_id))
    for key in (call_key(call), server_key, idempotency_key_of(one.key)):
        assert await ports.claims.read(key) is None
    assert await ports.names.of_call(server_key, ports.clock()) == {}
    assert one.session.id not in [row.session_id for row in await all_of(ports.store.newest(None))]
    left = {entry.name for entry in await ports.store.journal(one.session.id)}
    assert left <= {"command-accepted", "transcription-stopped", "call-disconnected", "participants-changed"}


async def sweep_later(ports: SessionPorts, clock: Clock, *pauses: int) -> None:
    for pause in pauses:
        clock.skip(pause)
        await sweep(ports)


async def raw(ports: SessionPorts, session: Session) -> Session:
    return (await load_any(ports, session.id)).session
