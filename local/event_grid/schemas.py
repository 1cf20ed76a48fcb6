"""The two schemas of events: what they ask for, and how the one becomes the other. Pure."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from local.event_grid.errors import MalformedEvent

type Schema = Literal["EventGridSchema", "CloudEventSchemaV1_0"]
type Event = dict[str, Any]

EVENT_GRID: Schema = "EventGridSchema"
CLOUD_EVENTS: Schema = "CloudEventSchemaV1_0"

_METADATA_VERSION = "1"
_EXTENSION = re.compile(r"[a-z0-9]+")

type _Text = Annotated[str, msgspec.Meta(min_length=1)]
type _Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _EventGridEvent(msgspec.Struct, rename="camel"):
    id: _Text
    subject: str
    event_type: _Text
    event_time: _Moment
    data: Any
    data_version: str = ""
    topic: _Text | None = None
    metadata_version: Literal["1"] | None = None


class _CloudEvent(msgspec.Struct):
    """The attributes of CloudEvents 1.0; in its JSON, null is the same as absent."""

    id: _Text
    source: _Text
    specversion: Literal["1.0"]
    type: _Text
    subject: _Text | None = None
    time: _Moment | None = None
    datacontenttype: _Text | None = None
    dataschema: _Text | None = None
    data: Any = None
    data_base64: str | None = None


_CLOUD_EVENT_MEMBERS = frozenset(_CloudEvent.__struct_fields__)


def event_grid_event(given: object, topic: str) -> Event:
    """An event in EventGridSchema, with what the service itself adds: `topic`, and versions if left out.

    Raises MalformedEvent.
    """
    try:
        checked = msgspec.convert(given, _EventGridEvent)
    except msgspec.ValidationError as error:
        raise MalformedEvent(str(error)) from error
    assert isinstance(given, dict)  # noqa: S101 - a Struct is only made of an object
    return {
        **given,
        "topic": checked.topic or topic,
        "dataVersion": checked.data_version,
        "metadataVersion": _METADATA_VERSION,
    }


def cloud_event(given: object) -> Event:
    """A CloudEvent 1.0 as it came. Raises MalformedEvent."""
    try:
        checked = msgspec.convert(given, _CloudEvent)
    except msgspec.ValidationError as error:
        raise MalformedEvent(str(error)) from error
    assert isinstance(given, dict)  # noqa: S101 - a Struct is only made of an object
    _check_data(given, checked)
    for name in given.keys() - _CLOUD_EVENT_MEMBERS:
        _check_extension(name, given[name])
    return given


def _check_data(given: Event, checked: _CloudEvent) -> None:
    if checked.data_base64 is None:
        return
    if given.get("data") is not None:
        raise MalformedEvent("An event has `data` or `data_base64`, not both")
    try:
        base64.b64decode(checked.data_base64, validate=True)
    except binascii.Error as error:
        raise MalformedEvent("`data_base64` is not base64") from error


def _check_extension(name: str, value: object) -> None:
    if not _EXTENSION.fullmatch(name):
        raise MalformedEvent(f"`{name}` is no name of an attribute: lower-case letters and digits only")
    if value is not None and not isinstance(value, str | bool | int):
        raise MalformedEvent(f"`{name}` is an attribute, and holds a string, a number or a boolean")


def type_of(event: Event) -> str:
    """What subscriptions filter by, in either schema."""
    return str(event["eventType"] if "eventType" in event else event["type"])


def as_cloud_event(event: Event) -> Event:
    """An event of either schema as a CloudEvent: the topic is its source. The data version has no place there [D]."""
    if "specversion" in event:
        return event
    return {
        "id": event["id"],
        "source": event["topic"],
        "subject": event["subject"],
        "data": event["data"],
        "type": event["eventType"],
        "time": event["eventTime"],
        "specversion": "1.0",
    }
