"""The Event Grid stand-in with the real client."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.messaging import CloudEvent
from azure.eventgrid import aio

from local.event_grid.schemas import CLOUD_EVENTS
from tests.local_cloud.event_grid_process import TOPIC_KEY, EventGrid, running_subscriber, served
from tests.waiting import until


@pytest.fixture
async def grid() -> AsyncIterator[EventGrid]:
    async with served() as running:
        yield running


def publisher(grid: EventGrid, key: str) -> Any:
    return aio.EventGridPublisherClient(grid.topic_endpoint, AzureKeyCredential(key), retry_total=0)


async def test_the_client_publishes_one_event_or_several(grid: EventGrid) -> None:
    event = CloudEvent(
        "/verbatim", "Verbatim.Session.Failed", data={"ö": 1}, subject="s", extensions={"a": "1"}
    )
    binary = CloudEvent("/verbatim", "Verbatim.Session.Failed", data=b"\x00\x01")
    async with running_subscriber() as subscriber, publisher(grid, TOPIC_KEY) as client:
        await grid.subscribe("verbatim", subscriber.url, CLOUD_EVENTS)
        await client.send(event)
        await client.send([event, binary])
        await until(lambda: len(subscriber.notified) == 3)
        bodies = [seen.body for seen in subscriber.notified]
    received: dict[str, CloudEvent[Any]] = {body["id"]: CloudEvent.from_dict(body) for body in bodies}
    assert received[event.id].data == {"ö": 1}
    assert received[event.id].subject == "s"
    assert received[event.id].extensions == {"a": "1"}
    assert received[event.id].time == event.time
    assert received[binary.id].data == b"\x00\x01"


async def test_the_client_understands_why_it_was_refused(grid: EventGrid) -> None:
    async with publisher(grid, "wrong") as client:
        with pytest.raises(ClientAuthenticationError, match=r"\(Unauthorized\)"):
            await client.send(CloudEvent("/verbatim", "Verbatim.Session.Failed"))
    async with publisher(grid, TOPIC_KEY) as client:
        with pytest.raises(HttpResponseError, match=r"\(BadRequest\)") as refused:
            await client.send(CloudEvent("/verbatim", ""))
        assert refused.value.status_code == 400


@pytest.mark.filterwarnings(
    "ignore:Sending a large body:ResourceWarning"
)  # aiohttp's, of the client's request
async def test_the_client_understands_that_it_sent_too_much(grid: EventGrid) -> None:
    async with publisher(grid, TOPIC_KEY) as client:
        with pytest.raises(HttpResponseError, match=r"\(RequestEntityTooLarge\)"):
            await client.send(CloudEvent("/verbatim", "Verbatim.Session.Failed", data="x" * 2**20))
