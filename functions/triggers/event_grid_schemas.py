"""What Event Grid delivers, in either of its schemas, as one kind of news."""

import logging
from datetime import UTC, datetime

import msgspec

from functions.errors import InputRefused
from functions.triggers.acs_events import LARGEST_BODY, LONGEST_ID, READING_ERRORS

LOG = logging.getLogger("verbatim.event_grid")
MS = 1000
BODY_REMEDY = "Subscribe with EventGridSchema or CloudEventSchemaV1_0."


class News(msgspec.Struct, frozen=True):
    """An event; `at` is ms since 1970, none where the event does not say when it was. `data` is read by its type."""

    id: str
    source: str
    type: str
    at: int | None
    data: msgspec.Raw


class EventGridEvent(msgspec.Struct, frozen=True, rename="camel"):
    """EventGridSchema."""

    id: str
    event_type: str
    topic: str = ""
    event_time: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")

    def news(self) -> News:
        """What it tells."""
        return News(self.id, self.topic, self.event_type, read_moment(self.event_time), self.data)


class CloudEvent(msgspec.Struct, frozen=True):
    """CloudEvents 1.0."""

    id: str
    source: str
    type: str
    specversion: str
    time: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")

    def news(self) -> News:
        """What it tells."""
        return News(self.id, self.source, self.type, read_moment(self.time or ""), self.data)


DECODERS = (msgspec.json.Decoder(CloudEvent), msgspec.json.Decoder(EventGridEvent))
ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def read_news(body: bytes) -> list[News]:
    """The events in a body, one alone or an array; odd ones are left out. Raises InputRefused if there are no others.

    A refusal is 400, which Event Grid does not send again (delivery-and-retry); 413 would do as well.
    """
    if len(body) > LARGEST_BODY:
        raise InputRefused(f"The body is larger than {LARGEST_BODY} bytes.", field="body", remedy=BODY_REMEDY)
    events = events_in(body)
    news = [one for one in map(read_event, events) if one is not None]
    if not news:
        raise InputRefused("The body holds no event.", field="body", remedy=BODY_REMEDY)
    if len(news) < len(events):
        LOG.warning("%d of %d events keep to no schema", len(events) - len(news), len(events))
    return news


def events_in(body: bytes) -> list[msgspec.Raw]:
    """The events, still as JSON. Raises InputRefused."""
    if not body.lstrip().startswith(b"["):
        return [msgspec.Raw(body)]
    try:
        return ARRAY.decode(body)
    except READING_ERRORS:
        raise InputRefused("The body is not JSON.", field="body", remedy=BODY_REMEDY) from None


def read_event(event: msgspec.Raw) -> News | None:
    """The event in the schema that it keeps to, or none: `specversion` tells a CloudEvent."""
    for decoder in DECODERS:
        try:
            news = decoder.decode(event).news()
        except READING_ERRORS:
            continue
        return news if len(news.id) <= LONGEST_ID and len(news.source) <= LONGEST_ID else None
    return None


def read_moment(text: str) -> int | None:
    """The moment in RFC 3339, ms since 1970; Event Grid writes seven decimals. None for another text."""
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * MS)
    except (ValueError, OverflowError):
        return None
