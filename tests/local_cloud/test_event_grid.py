"""The Event Grid stand-in over HTTP: who may publish, who is asked, what arrives and how often."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from azure.core.messaging import CloudEvent

from local.errors import ChildDiedError
from local.event_grid.schemas import CLOUD_EVENTS, EVENT_GRID
from local.event_grid.service import Wanted
from local.ports import free_ports
from tests.local_cloud.event_grid_process import (
    TOPIC_KEY,
    EventGrid,
    Subscriber,
    call_started,
    cloud_event,
    running_event_grid,
    running_subscriber,
    served,
)
from tests.local_cloud.web_pubsub_process import until_async
from tests.waiting import until

BATCH = "application/cloudevents-batch+json"
MEGABYTE = 1024 * 1024


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    async with running_subscriber() as running:
        yield running


@pytest.fixture
async def grid() -> AsyncIterator[EventGrid]:
    async with served() as running:
        yield running


async def until_state(grid: EventGrid, topic: str, event_id: str, state: str) -> dict[str, Any]:
    """The event's only delivery, once it is as far as that."""

    async def is_there() -> bool:
        return bool((await grid.delivery(topic, event_id))["state"] == state)

    await until_async(is_there)
    return await grid.delivery(topic, event_id)


# --- Subscriptions


async def test_a_subscriber_in_event_grid_schema_gives_the_code_back(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    made = await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    (asked,) = subscriber.asked
    (event,) = asked.body
    assert asked.method == "POST"
    assert asked.query == "code=a%2Bb"
    assert asked.headers["aeg-event-type"] == "SubscriptionValidation"
    assert asked.headers["aeg-subscription-name"] == made["name"].upper()
    assert event["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    assert set(event) == {
        *("id", "topic", "subject", "data"),
        *("eventType", "eventTime", "dataVersion", "metadataVersion"),
    }
    assert await grid.subscriptions() == [made]
    assert made["validated"]
    assert made["reason"] is None


async def test_a_subscriber_of_cloud_events_allows_the_origin(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    subscriber.allowed_origin = "eventgrid.azure.net"
    made = await grid.subscribe("verbatim", subscriber.url, CLOUD_EVENTS)
    (asked,) = subscriber.asked
    assert asked.method == "OPTIONS"
    assert asked.headers["WebHook-Request-Origin"] == "eventgrid.azure.net"
    assert made["validated"]


async def test_a_subscription_never_shows_the_key_in_its_endpoint(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    made = await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    assert made["endpoint"] == subscriber.url.partition("?")[0]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"validation_status": 202}, "202 instead of 200"),
        ({"validation_status": 404}, "404 instead of 200"),
        ({"code_from": lambda _: {"validationResponse": "another"}}, "validationResponse"),
        ({"code_from": lambda code: {"ValidationResponse": code}}, "validationResponse"),
        ({"code_from": lambda code: [code]}, "validationResponse"),
    ],
)
async def test_who_does_not_give_the_code_back_gets_no_events(
    grid: EventGrid, subscriber: Subscriber, wrong: dict[str, Any], reason: str
) -> None:
    for name, value in wrong.items():
        setattr(subscriber, name, value)
    body = {"topic": "acs", "endpoint": subscriber.url, "schema": EVENT_GRID}
    status, answer = await grid.sim("POST", "subscriptions", body)
    assert status == 400
    assert reason in answer["error"]["message"]
    (subscription,) = await grid.subscriptions()
    assert not subscription["validated"]
    assert reason in subscription["reason"]
    await grid.post_calls(call_started())
    assert await grid.deliveries("acs", "1") == []


@pytest.mark.parametrize(("origin", "status"), [(None, 200), ("example.org", 200), ("*", 204)])
async def test_who_does_not_allow_the_origin_gets_no_events(
    grid: EventGrid, subscriber: Subscriber, origin: str | None, status: int
) -> None:
    subscriber.allowed_origin, subscriber.validation_status = origin, status
    body = {"topic": "acs", "endpoint": subscriber.url, "schema": CLOUD_EVENTS}
    assert (await grid.sim("POST", "subscriptions", body))[0] == 400
    (subscription,) = await grid.subscriptions()
    assert not subscription["validated"]


async def test_a_subscriber_that_is_silent_for_too_long_is_not_validated() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections wait in its backlog
        async with served(answer_within=0.2) as grid:
            endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            body = {"topic": "acs", "endpoint": endpoint, "schema": EVENT_GRID}
            status, answer = await grid.sim("POST", "subscriptions", body)
            assert status == 400
            assert "in time" in answer["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"topic": "acs", "endpoint": "http://x"},
        {"topic": "other", "endpoint": "http://x", "schema": EVENT_GRID},
        {"topic": "acs", "endpoint": "x", "schema": EVENT_GRID},
        {"topic": "acs", "endpoint": "http://x", "schema": "CustomInputSchema"},
        {"topic": "acs", "endpoint": "http://x", "schema": EVENT_GRID, "filter": 1},
    ],
)
async def test_a_subscription_that_cannot_be_is_refused_unasked(
    grid: EventGrid, body: dict[str, Any]
) -> None:
    assert (await grid.sim("POST", "subscriptions", body))[0] == 400
    assert await grid.subscriptions() == []


async def test_cloud_events_cannot_be_delivered_in_event_grid_schema(grid: EventGrid) -> None:
    body = {"topic": "verbatim", "endpoint": "http://127.0.0.1:1/", "schema": EVENT_GRID}
    status, answer = await grid.sim("POST", "subscriptions", body)
    assert status == 400
    assert "verbatim" in answer["error"]["message"]


async def test_a_subscription_of_the_command_line_waits_for_its_endpoint() -> None:
    (port,) = free_ports(1)
    wanted = Wanted("acs", f"http://127.0.0.1:{port}/events", EVENT_GRID)
    async with served(subscriptions=(wanted,)) as grid:

        async def told_why_not() -> bool:
            return "does not answer" in str((await grid.subscriptions())[0]["reason"])

        async def validated() -> bool:
            return bool((await grid.subscriptions())[0]["validated"])

        await until_async(told_why_not)
        async with running_subscriber(port) as subscriber:
            await until_async(validated)
            await grid.post_calls(call_started("late"))
            await until(lambda: subscriber.ids == ["late"])


# --- Deliveries


async def test_an_event_of_a_call_arrives_in_an_array_of_one(grid: EventGrid, subscriber: Subscriber) -> None:
    made = await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    await grid.post_calls(call_started("a"), call_started("b"))
    await until(lambda: sorted(subscriber.ids) == ["a", "b"])
    for seen in subscriber.notified:
        assert seen.body == [call_started(seen.body[0]["id"])]
        assert seen.query == "code=a%2Bb"
        assert seen.headers["Content-Type"] == "application/json; charset=utf-8"
        assert seen.headers["aeg-event-type"] == "Notification"
        assert seen.headers["aeg-subscription-name"] == made["name"].upper()
        assert seen.headers["aeg-delivery-count"] == "0"
        assert seen.headers["aeg-data-version"] == "1.0"
        assert seen.headers["aeg-metadata-version"] == "1"


async def test_an_event_of_a_call_arrives_as_a_cloud_event_where_these_are_wanted(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    await grid.subscribe("acs", subscriber.url, CLOUD_EVENTS)
    await grid.post_calls(call_started())
    await until(lambda: subscriber.notified)
    (seen,) = subscriber.notified
    assert seen.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    parsed: CloudEvent[Any] = CloudEvent.from_dict(seen.body)
    assert parsed.type == "Microsoft.Communication.CallStarted"
    assert parsed.source == call_started()["topic"]
    assert parsed.data == call_started()["data"]


async def test_a_subscription_gets_only_the_types_that_it_asked_for(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    incoming = "Microsoft.Communication.IncomingCall"
    await grid.subscribe("acs", subscriber.url, EVENT_GRID, includedEventTypes=[incoming])
    await grid.post_calls(call_started("other"), call_started("wanted", eventType=incoming))
    await until(lambda: subscriber.notified)
    assert subscriber.ids == ["wanted"]
    assert await grid.deliveries("acs", "other") == []


async def test_every_subscription_gets_every_event(grid: EventGrid, subscriber: Subscriber) -> None:
    first = await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    second = await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    await grid.post_calls(call_started())
    await until(lambda: subscriber.ids == ["1", "1"])
    assert [each["subscription"] for each in await grid.deliveries("acs", "1")] == [
        first["name"],
        second["name"],
    ]


async def test_a_delivery_that_fails_is_repeated_until_it_succeeds(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    subscriber.statuses = [500, 404, 302]
    await grid.post_calls(call_started())
    delivery = await until_state(grid, "acs", "1", "delivered")
    assert delivery["statuses"] == [500, 404, 302, 200]
    assert [seen.headers["aeg-delivery-count"] for seen in subscriber.notified] == ["0", "1", "2", "3"]


async def test_a_delivery_that_nobody_answers_is_repeated(subscriber: Subscriber) -> None:
    async def first_never(_: web.Request) -> web.Response:
        if len(subscriber.notified) == 1:
            await asyncio.Event().wait()
        return web.Response()

    async with served(answer_within=1.0) as grid:
        await grid.subscribe("acs", subscriber.url, EVENT_GRID)
        subscriber.answer = first_never
        await grid.post_calls(call_started())
        statuses = (await until_state(grid, "acs", "1", "delivered"))["statuses"]
        assert (statuses[0], statuses[-1]) == (None, 200)


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_a_delivery_that_repeating_cannot_mend_is_dead_at_once(
    grid: EventGrid, subscriber: Subscriber, status: int
) -> None:
    await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    subscriber.statuses = [status]
    await grid.post_calls(call_started())
    assert (await until_state(grid, "acs", "1", "dead"))["statuses"] == [status]


async def test_a_delivery_that_always_fails_is_dead_after_a_day(subscriber: Subscriber) -> None:
    async with served(retry_speed=1_000_000) as grid:
        await grid.subscribe("acs", subscriber.url, EVENT_GRID)
        subscriber.statuses = [500] * 20
        await grid.post_calls(call_started())
        assert (await until_state(grid, "acs", "1", "dead"))["statuses"] == [500] * 11


async def test_nothing_is_tried_again_before_its_time(subscriber: Subscriber) -> None:
    async with served(retry_speed=1.0) as grid:
        await grid.subscribe("acs", subscriber.url, EVENT_GRID)
        subscriber.statuses = [500]
        await grid.post_calls(call_started("slow"))

        async def has_failed() -> bool:
            return bool((await grid.delivery("acs", "slow"))["statuses"])

        await until_async(has_failed)
        await grid.post_calls(call_started("other"))
        await until_state(grid, "acs", "other", "delivered")
        assert await grid.delivery("acs", "slow") == {
            "subscription": "acs-1",
            "statuses": [500],
            "state": "pending",
        }


# --- Faults


async def test_a_repeated_delivery_comes_twice(grid: EventGrid, subscriber: Subscriber) -> None:
    await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    assert await grid.sim("POST", "faults", {"repeat": 1.0, "shuffle": 0}) == (
        200,
        {"repeat": 1.0, "drop": 0.0, "shuffle": 0.0},
    )
    await grid.post_calls(call_started())
    await until(lambda: subscriber.ids == ["1", "1"])
    assert [seen.headers["aeg-delivery-count"] for seen in subscriber.notified] == ["0", "1"]


async def test_shuffled_deliveries_overtake_each_other_and_none_is_missing(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    await grid.sim("POST", "faults", {"shuffle": 300})
    sent = [f"{number:02}" for number in range(30)]
    await grid.post_calls(*map(call_started, sent))
    await until(lambda: len(subscriber.ids) == len(sent))
    assert sorted(subscriber.ids) == sent
    assert subscriber.ids != sent


async def test_a_dropped_try_never_arrives_and_is_made_up_for(
    grid: EventGrid, subscriber: Subscriber
) -> None:
    await grid.subscribe("acs", subscriber.url, EVENT_GRID)
    await grid.sim("POST", "faults", {"drop": 1.0})
    await grid.post_calls(call_started())

    async def tried() -> bool:
        statuses = (await grid.delivery("acs", "1"))["statuses"]
        return len(statuses) >= 2 and set(statuses) == {None}

    await until_async(tried)
    assert subscriber.notified == []
    await grid.sim("POST", "faults", {"drop": 0.0})
    assert (await until_state(grid, "acs", "1", "delivered"))["statuses"][-1] == 200


@pytest.mark.parametrize("order", [{"repeat": 2}, {"drop": -1}, {"shuffle": -1}, {"lose": 1}, []])
async def test_an_order_of_faults_that_makes_no_sense_is_refused(grid: EventGrid, order: Any) -> None:
    assert (await grid.sim("POST", "faults", order))[0] == 400


# --- Publishing


async def test_a_published_event_arrives_as_it_was_sent(grid: EventGrid, subscriber: Subscriber) -> None:
    await grid.subscribe("verbatim", subscriber.url, CLOUD_EVENTS)
    sent = cloud_event(traceparent="00-1-2-03")
    assert await grid.publish(sent) == (200, None)
    await until(lambda: subscriber.notified)
    (seen,) = subscriber.notified
    assert seen.body == sent
    assert seen.headers["aeg-metadata-version"] == "1.0"
    assert "aeg-data-version" not in seen.headers


async def test_a_batch_arrives_one_by_one(grid: EventGrid, subscriber: Subscriber) -> None:
    await grid.subscribe("verbatim", subscriber.url, CLOUD_EVENTS)
    assert (await grid.publish([cloud_event("a"), cloud_event("b")], f"{BATCH}; charset=utf-8"))[0] == 200
    await until(lambda: sorted(subscriber.ids) == ["a", "b"])


@pytest.mark.parametrize("key", [None, "", "wrong", "ключ"])
async def test_who_has_not_the_topics_key_publishes_nothing(grid: EventGrid, key: str | None) -> None:
    status, answer = await grid.publish(cloud_event(), key=key)
    assert status == 401
    assert answer["error"]["code"] == "Unauthorized"
    assert answer["error"]["details"][0]["code"] == "Unauthorized"
    assert TOPIC_KEY not in str(answer)
    assert (await grid.sim("GET", "topics/verbatim/events"))[1] == {"events": []}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (call_started(), "application/cloudevents+json"),
        (cloud_event(specversion="0.3"), "application/cloudevents+json"),
        ([cloud_event()], "application/cloudevents+json"),
        (cloud_event(), BATCH),
        ([], BATCH),
        ([cloud_event(), {"id": "2"}], BATCH),
        (b"{", "application/cloudevents+json"),
        (b"", "application/cloudevents+json"),
        (b'"\xff"', "application/cloudevents+json"),
    ],
)
async def test_what_is_no_cloud_event_is_refused_and_nothing_of_its_batch_taken(
    grid: EventGrid, body: Any, content_type: str
) -> None:
    status, answer = await grid.publish(body, content_type)
    assert status == 400
    assert answer["error"]["code"] == "BadRequest"
    assert answer["error"]["message"]
    assert (await grid.sim("GET", "topics/verbatim/events"))[1] == {"events": []}


async def test_a_request_of_a_megabyte_is_taken_and_a_larger_one_is_not(grid: EventGrid) -> None:
    empty = len(json.dumps(cloud_event(data="")))
    largest = cloud_event(data="x" * (MEGABYTE - empty))
    assert (await grid.publish(largest))[0] == 200
    status, answer = await grid.publish(cloud_event(data="x" * (MEGABYTE - empty + 1)))
    assert status == 413
    assert answer["error"]["code"] == "RequestEntityTooLarge"


@pytest.mark.parametrize("query", ["", "?api-version=", "?api-version=2017-01-01"])
async def test_the_version_of_the_api_has_to_be_given(grid: EventGrid, query: str) -> None:
    assert (await grid.publish(cloud_event(), query=query))[0] == 400


async def test_other_media_types_are_refused(grid: EventGrid) -> None:
    assert (await grid.publish(cloud_event(), "text/plain"))[0] == 415


@pytest.mark.parametrize("body", [{}, [], [{}], [cloud_event()], "text"])
async def test_the_system_topic_takes_events_in_event_grid_schema_only(grid: EventGrid, body: Any) -> None:
    status, answer = await grid.sim("POST", "topics/acs/events", body)
    assert status == 400
    assert answer["error"]["code"] == "BadRequest"


async def test_a_topic_that_is_not_there_has_no_events(grid: EventGrid) -> None:
    assert (await grid.sim("GET", "topics/other/events"))[0] == 404


# --- The process


async def test_the_process_serves_until_it_is_told_to_end(tmp_path: Path, subscriber: Subscriber) -> None:
    options = (
        *("--subscribe", f"acs={subscriber.url}"),
        *("--subscribe-cloud-events", f"verbatim={subscriber.url}"),
        *("--retry-speed", "1000"),
    )
    async with running_event_grid(tmp_path, *options) as (grid, process):

        async def all_validated() -> bool:
            return [each["validated"] for each in await grid.subscriptions()] == [True, True]

        await until_async(all_validated)
        subscriber.statuses = [503, 503]
        await grid.post_calls(call_started("call"))
        await grid.publish(cloud_event("session"))
        await until(lambda: {"call", "session"} <= set(subscriber.ids) and len(subscriber.ids) == 4)
        subscriber.statuses = [500] * 10
        await grid.post_calls(call_started("pending"))
        await until(lambda: "pending" in subscriber.ids)
        await process.stop()
        assert process.log.read_text().count("ready http://") == 1
        assert "Traceback" not in process.log.read_text()
        assert process._process is not None
        assert process._process.returncode == 0


@pytest.mark.parametrize(
    "wrong",
    [
        ("--subscribe", "acs"),
        ("--subscribe", "other=http://x"),
        ("--subscribe", "verbatim=http://x"),
        ("--subscribe", "acs=ftp://x"),
        ("--retry-speed", "0"),
        ("--retry-speed", "fast"),
    ],
)
async def test_a_command_line_that_makes_no_sense_is_told_so(tmp_path: Path, wrong: tuple[str, str]) -> None:
    with pytest.raises(ChildDiedError, match=f"argument {wrong[0]}"):
        async with running_event_grid(tmp_path, *wrong):
            pass
