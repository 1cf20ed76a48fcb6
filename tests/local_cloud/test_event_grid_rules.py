"""What is pure in the Event Grid stand-in: the retry schedule and the two schemas."""

from typing import Any

import pytest

from local.event_grid.errors import MalformedEvent
from local.event_grid.faults import FaultOrder, Faults
from local.event_grid.messages import notification
from local.event_grid.retry_schedule import TIME_TO_LIVE, next_pause, succeeded
from local.event_grid.schemas import (
    CLOUD_EVENTS,
    EVENT_GRID,
    Schema,
    as_cloud_event,
    cloud_event,
    event_grid_event,
)
from local.event_grid.topics import Subscription
from tests.local_cloud import event_grid_process as samples

MINUTE, HOUR = 60, 3600


def pauses_until_dead(status: int | None) -> list[float]:
    statuses: list[int | None] = [status]
    pauses: list[float] = []
    while (pause := next_pause(statuses)) is not None:
        pauses.append(pause)
        statuses.append(status)
    return pauses


@pytest.mark.parametrize("status", [500, 404, 429, 302, 205, None])
def test_a_delivery_that_fails_is_tried_on_the_documented_schedule_for_a_day(status: int | None) -> None:
    assert pauses_until_dead(status) == [
        *(10, 30, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE),
        *(HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    ]
    assert sum(pauses_until_dead(status)) < TIME_TO_LIVE


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_repeating_cannot_mend_is_not_tried_again(status: int) -> None:
    assert next_pause([status]) is None
    assert next_pause([503, 500, status]) is None


def test_busy_and_slow_subscribers_are_given_more_time() -> None:
    assert next_pause([503]) == 30
    assert next_pause([408]) == 2 * MINUTE
    assert next_pause([503, 503, 503]) == MINUTE


def test_only_200_to_204_are_success() -> None:
    assert [status for status in range(100, 600) if succeeded(status)] == [200, 201, 202, 203, 204]
    assert not succeeded(None)


def test_an_event_of_a_call_becomes_the_cloud_event_that_the_service_makes_of_it() -> None:
    given = samples.call_started()
    assert as_cloud_event(event_grid_event(given, "unused")) == {
        "specversion": "1.0",
        "id": given["id"],
        "source": given["topic"],
        "type": given["eventType"],
        "subject": given["subject"],
        "time": given["eventTime"],
        "data": given["data"],
    }


def test_a_cloud_event_goes_on_as_it_came() -> None:
    given = samples.cloud_event(traceparent="00-1-2-03", attempt=1, live=True, dataschema=None)
    assert as_cloud_event(cloud_event(given)) == given


def test_the_topic_and_the_versions_are_added_by_the_service() -> None:
    given = samples.call_started()
    for name in ("topic", "metadataVersion", "dataVersion"):
        del given[name]
    assert event_grid_event(given, "/topics/acs") == {
        **given,
        "topic": "/topics/acs",
        "dataVersion": "",
        "metadataVersion": "1",
    }


@pytest.mark.parametrize("missing", ["id", "subject", "data", "eventType", "eventTime"])
def test_an_event_without_what_its_schema_asks_for_is_refused(missing: str) -> None:
    given = samples.call_started()
    del given[missing]
    with pytest.raises(MalformedEvent, match=missing):
        event_grid_event(given, "unused")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": 7},
        {"source": None},
        {"specversion": "0.3"},
        {"type": ""},
        {"subject": ""},
        {"time": "yesterday"},
        {"time": "2026-01-02T03:04:05"},
        {"data_base64": "AAAA"},
        {"data": None, "data_base64": "not base64"},
        {"Upper": "case"},
        {"with-dash": "1"},
        {"nested": {"a": 1}},
        {"ratio": 0.5},
    ],
)
def test_what_is_no_cloud_event_1_0_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent):
        cloud_event(samples.cloud_event(**wrong))


@pytest.mark.parametrize("given", [None, "text", [], 1])
def test_what_is_no_object_is_no_event(given: object) -> None:
    with pytest.raises(MalformedEvent):
        cloud_event(given)
    with pytest.raises(MalformedEvent):
        event_grid_event(given, "unused")


def test_binary_data_travels_as_base64() -> None:
    given = samples.cloud_event(data_base64="AAEC")
    del given["data"]
    assert cloud_event(given) == given


@pytest.mark.parametrize(
    ("schema", "content_type", "version"),
    [
        (EVENT_GRID, "application/json; charset=utf-8", "1"),
        (CLOUD_EVENTS, "application/cloudevents+json; charset=utf-8", "1.0"),
    ],
)
def test_the_headers_of_a_notification_tell_its_schema_and_how_often_it_failed(
    schema: Schema, content_type: str, version: str
) -> None:
    subscription = Subscription("acs-1", "acs", "http://x", schema)
    headers = notification(subscription, event_grid_event(samples.call_started(), "unused"), 2).headers
    assert headers["Content-Type"] == content_type
    assert headers["aeg-event-type"] == "Notification"
    assert headers["aeg-subscription-name"] == "ACS-1"
    assert headers["aeg-delivery-count"] == "2"
    assert headers["aeg-metadata-version"] == version
    assert headers.get("aeg-data-version") == ("1.0" if schema == EVENT_GRID else None)


def test_an_order_of_faults_leaves_the_others_as_they_are() -> None:
    faults = Faults(repeat=1.0, shuffle=50)
    faults.order(FaultOrder(drop=1.0, shuffle=0))
    assert (faults.repeat, faults.drop, faults.shuffle) == (1.0, 1.0, 0)
    assert faults.repeats()
    assert faults.drops()
    assert faults.delay() == 0
