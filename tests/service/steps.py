"""Steps that service tests take with a session."""

import re
from typing import Any

import pytest

from functions.lifecycle.session import Session, State
from functions.services import sessions
from functions.services.ports import SessionPorts
from functions.services.upkeep import sweep
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import group_call, new_group
from tests.service.cloud import Cloud
from tests.waiting import until

HTTP_LOG = "azure.core.pipeline.policies.http_logging_policy"
REQUEST = re.compile(r"Request URL: '\S+/devstoreaccount1/(\$?\w+).*?Request method: '(\w+)'", re.DOTALL)


async def session_of(ports: SessionPorts, session_id: str) -> Session:
    return (await sessions.load(ports, session_id)).session


async def until_state(ports: SessionPorts, session_id: str, state: State) -> Session:
    async def is_so() -> bool:
        return (await session_of(ports, session_id)).state is state

    await until_async(is_so)
    return await session_of(ports, session_id)


async def sweep_until(ports: SessionPorts, session_id: str, state: State) -> Session:
    async def is_so() -> bool:
        await sweep(ports)
        return (await session_of(ports, session_id)).state is state

    await until_async(is_so)
    return await session_of(ports, session_id)


async def sweep_until_nothing_is_left_to_do(ports: SessionPorts, session_id: str) -> Session:
    """The session with nothing pending; news of people that come meanwhile may ask for something of their own."""

    async def is_so() -> bool:
        await sweep(ports)
        return (await session_of(ports, session_id)).pending == ()

    await until_async(is_so)
    return await session_of(ports, session_id)


async def started(ports: SessionPorts, cloud: Cloud, **settings: Any) -> tuple[Session, str]:
    """A session whose transcription of a group call runs, and the call's id in the simulation."""
    group = new_group()
    call = await cloud.make_call(group, **settings)
    session, _ = await sessions.start(ports, group_call(group))
    return await until_state(ports, session.id, State.ACTIVE), str(call["simId"])


async def stopped(ports: SessionPorts, session_id: str) -> Session:
    await sessions.stop(ports, session_id)
    return await until_state(ports, session_id, State.STOPPED)


async def connecting(ports: SessionPorts, cloud: Cloud, group: str) -> Session:
    """A session whose connection is in the call, but whose callbacks are still on their way."""
    cloud.callbacks.deaf = True
    await cloud.make_call(group)
    session, _ = await sessions.start(ports, group_call(group))
    await until(lambda: cloud.callbacks.named(session.id, "CallConnected"))
    return session


def requests(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The table service's requests so far, as the SDK logs them: method and table."""
    lines = [REQUEST.match(record.getMessage()) for record in caplog.records if record.name == HTTP_LOG]
    return [f"{line[2]} {line[1]}" for line in lines if line]


async def noted_people(ports: SessionPorts, session_id: str, more_than: int = -1) -> int:
    """How often the session heard who is in its call, once that is more often than so many times."""
    count = 0

    async def is_more() -> bool:
        nonlocal count
        names = [entry.name for entry in await ports.store.journal(session_id)]
        count = names.count("participants-changed")
        return count > more_than

    await until_async(is_more)
    return count
