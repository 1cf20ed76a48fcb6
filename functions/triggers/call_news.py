"""What Event Grid's news of calls says, in our words.

Shapes: Microsoft's "Voice and video calling events", and a recorded IncomingCall.
"""

import re

import msgspec

from functions.errors import InputRefused
from functions.lifecycle.raw_ids import is_bot
from functions.lifecycle.session import IncomingCall
from functions.triggers.acs_events import READING_ERRORS, Identifier
from functions.triggers.event_grid_schemas import News

LONGEST_RAW_ID = 256
LONGEST_SERVER_CALL = 4096
LONGEST_CONTEXT = 16_384
LONGEST_NAME = 256
BLANKS = re.compile(r"[\x00-\x20\x7f]+")


class IncomingCallData(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody rings."""

    to: Identifier
    server_call_id: str
    incoming_call_context: str
    caller: Identifier = msgspec.field(name="from")
    caller_display_name: str | None = None


class Person(msgspec.Struct, frozen=True, rename="camel"):
    """A participant: documented as an identifier within, read also as one by itself."""

    communication_identifier: Identifier | None = None
    raw_id: str = ""


class ParticipantData(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody came into a call."""

    server_call_id: str
    user: Person
    display_name: str | None = None


class CallData(msgspec.Struct, frozen=True, rename="camel"):
    """A call that is over."""

    server_call_id: str


class NamedPerson(msgspec.Struct, frozen=True):
    """The name of somebody in a call."""

    server_call_id: str
    raw_id: str
    name: str


def read_incoming_call(news: News) -> IncomingCall:
    """The call that rings. Raises InputRefused."""
    data = read_data(news, IncomingCallData)
    return IncomingCall(
        caller=within(data.caller.raw_id, LONGEST_RAW_ID),
        called=within(data.to.raw_id, LONGEST_RAW_ID),
        server_call_id=within(data.server_call_id, LONGEST_SERVER_CALL),
        context=within(data.incoming_call_context, LONGEST_CONTEXT),
    )


def read_named_person(news: News) -> NamedPerson | None:
    """Who came into which call, unless it is a bot or nameless. Raises InputRefused."""
    data = read_data(news, ParticipantData)
    identifier = data.user.communication_identifier
    raw_id = within(identifier.raw_id if identifier else data.user.raw_id, LONGEST_RAW_ID)
    name = shown_name(data.display_name)
    if not name or is_bot(raw_id):
        return None
    return NamedPerson(within(data.server_call_id, LONGEST_SERVER_CALL), raw_id, name)


def read_named_caller(news: News) -> NamedPerson | None:
    """Who calls, unless nameless: of a phone ACS tells the name here only. Raises InputRefused."""
    data = read_data(news, IncomingCallData)
    name = shown_name(data.caller_display_name)
    return NamedPerson(data.server_call_id, data.caller.raw_id, name) if name else None


def shown_name(text: str | None) -> str:
    """A display name on one line, not too long."""
    return BLANKS.sub(" ", text or "").strip()[:LONGEST_NAME]


def read_ended_call(news: News) -> str:
    """The server call id of the call that is over. Raises InputRefused."""
    return within(read_data(news, CallData).server_call_id, LONGEST_SERVER_CALL)


def read_data[Data](news: News, form: type[Data]) -> Data:
    """The event's data in its form. Raises InputRefused, which tells nothing of what it holds."""
    try:
        return msgspec.json.decode(news.data, type=form)
    except READING_ERRORS:
        raise odd() from None


def within(text: str, longest: int) -> str:
    """An id that is neither empty nor too long. Raises InputRefused."""
    if not 0 < len(text) <= longest:
        raise odd()
    return text


def odd() -> InputRefused:
    """An event that does not say what its type promises."""
    return InputRefused(
        "The event's data is not in the form of its type.",
        field="data",
        remedy="Send it as Communication Services does.",
    )
