"""A message's data and its three kinds, as they go through REST, events and subprotocols. Pure."""

from dataclasses import dataclass
from typing import Literal

from local.web_pubsub.errors import UnsupportedContentType

type DataType = Literal["text", "json", "binary"]

MESSAGE_LIMIT = 1_048_576  # bytes, for a frame of a client and for a REST send

_CONTENT_TYPES: dict[DataType, str] = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "binary": "application/octet-stream",
}
_DATA_TYPES: dict[str, DataType] = {
    "text/plain": "text",
    "application/json": "json",
    "application/octet-stream": "binary",
}


@dataclass(frozen=True, slots=True)
class Payload:
    """Data on its way; `body` is UTF-8 for text and JSON."""

    data_type: DataType
    body: bytes

    @property
    def content_type(self) -> str:
        """How the data is announced to the event handler."""
        return _CONTENT_TYPES[self.data_type]


def data_type_of(content_type: str) -> DataType:
    """The kind that a Content-Type announces. Raises UnsupportedContentType."""
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        return _DATA_TYPES[media_type]
    except KeyError:
        raise UnsupportedContentType(f"{media_type or 'no type'} is not supported.") from None
