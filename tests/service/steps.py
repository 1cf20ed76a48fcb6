"""Steps that service tests take with a session."""

import re
from typing import Any

import pytest

from functions.lifecycle.commands import Announce
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


async def running(ports: SessionPorts, cloud: Cloud, session_id: str, sim_id: str) -> Session:
    """The session once its transcription runs, it knows who is in its call, and no callback is under way any more.

    ACS may say that the transcription started before it was heard who is there: that would come into the test's midst.
    """
    await until_state(ports, session_id, State.ACTIVE)
    await noted_people(ports, session_id, more_than=0)

    async def all_taken_in() -> bool:
        callbacks = (await cloud.sim("GET", f"calls/{sim_id}"))["callbacks"]
        return all(callback["statuses"] for callback in callbacks)

    await until_async(all_taken_in)
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
    sim_id = str((await cloud.make_call(group, **settings))["simId"])
    session, _ = await sessions.start(ports, group_call(group))
    return await running(ports, cloud, session.id, sim_id), sim_id


async def stopped(ports: SessionPorts, session_id: str) -> Session:
    """The session once it has stopped and knows what came of all it asked of ACS, which its callbacks may overtake."""
    await sessions.stop(ports, session_id)

    async def is_so() -> bool:
        found = await session_of(ports, session_id)
        asked = [one for one in found.pending if not isinstance(one.command, Announce)]
        return found.state is State.STOPPED and not asked

    await until_async(is_so)
    return await session_of(ports, session_id)


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
