"""Sessions and the Web PubSub resources that are listed when they begin, and later."""

from dataclasses import replace

import azure.functions as func
import pytest

from functions.errors import Unauthorized
from functions.lifecycle.sharding import web_pubsub_of
from functions.services import sessions
from functions.services.ports import SessionPorts, viewers_of
from functions.services.transcript_sockets import open_socket
from functions.services.transcript_stream import Socket
from functions.settings import read_settings
from functions.triggers.transcript_stream import web_pubsub_events
from functions.wiring import Wiring
from tests.service.bed import Tables, group_call, watched
from tests.service.cloud import HERE, Cloud
from tests.service.line import stream_ports
from tests.service.test_wiring import settings_of

THERE = "the other one"


def sharing(ports: SessionPorts, draining: frozenset[str] = frozenset()) -> SessionPorts:
    """Ports with two names for one resource: what tells them apart is what is tested."""
    return replace(ports, viewers={**ports.viewers, THERE: ports.viewers[HERE]}, draining=draining)


async def begun_at(ports: SessionPorts) -> str:
    session, _ = await sessions.start(ports, group_call())
    return (await sessions.load(ports, session.id)).session.web_pubsub


async def test_new_sessions_are_shared_out(ports: SessionPorts, cloud: Cloud) -> None:
    assert {await begun_at(sharing(ports)) for _ in range(20)} == {HERE, THERE}


async def test_one_that_drains_gets_no_new_sessions(ports: SessionPorts, cloud: Cloud) -> None:
    draining = sharing(ports, draining=frozenset({HERE}))
    assert {await begun_at(draining) for _ in range(20)} == {THERE}


async def test_a_session_stays_where_it_began_though_another_resource_comes_or_its_own_drains(
    ports: SessionPorts, cloud: Cloud
) -> None:
    for _ in range(5):
        session, _ = await sessions.start(ports, group_call())
        for later in (sharing(ports), sharing(ports, draining=frozenset({HERE}))):
            known = (await sessions.load(later, session.id)).session
            assert web_pubsub_of(known, later.viewers) == HERE


async def test_viewers_are_told_at_the_sessions_own_resource(ports: SessionPorts, cloud: Cloud) -> None:
    here: list[str] = []
    there: list[str] = []
    watching = replace(
        ports,
        viewers={HERE: watched(ports.viewers[HERE], here), THERE: watched(ports.viewers[HERE], there)},
    )
    session, _ = await sessions.start(replace(watching, draining=frozenset({HERE})), group_call())
    assert "send" in there
    assert here == []
    assert viewers_of(session, watching.viewers) is watching.viewers[THERE]


async def test_a_socket_at_another_resource_than_its_sessions_is_not_let_in(
    ports: SessionPorts, tables: Tables, cloud: Cloud
) -> None:
    session, _ = await sessions.start(ports, group_call())
    frames = stream_ports(sharing(ports), tables)
    with pytest.raises(Unauthorized, match="another Web PubSub"):
        await open_socket(frames, Socket("s", session.id, THERE), session.call_connection_id, "0")
    assert await open_socket(frames, Socket("s", session.id, HERE), session.call_connection_id, "0")


@pytest.mark.parametrize("asks", ["a.example", "B.example", "c.example"])
async def test_each_resource_is_told_its_own_host_in_the_handshake_and_a_stranger_never_its_own(
    asks: str, azurite: str, cloud: Cloud
) -> None:
    two = "Endpoint=https://a.example;AccessKey=one,Endpoint=https://b.example;AccessKey=two"
    wiring = Wiring(read_settings(settings_of(azurite, cloud) | {"WEB_PUBSUB_CONNECTION_STRING": two}))
    origin = {"WebHook-Request-Origin": asks}
    request = func.HttpRequest("OPTIONS", "https://app.example/", headers=origin, body=b"")
    allowed = (await web_pubsub_events(request, wiring)).headers["WebHook-Allowed-Origin"]
    assert (allowed == asks.lower()) == (asks != "c.example")
