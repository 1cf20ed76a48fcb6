"""Steps that service tests take with a session."""

import re

import pytest

from functions.lifecycle.session import Session, State
from functions.services import sessions
from functions.services.sessions import SessionPorts
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import group_call
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
