"""Call Automation's callbacks: CloudEvents in an array, with ACS's token and the session's ticket.

Shapes: callbacks recorded by Microsoft's SDK tests; order and single delivery are not promised by anybody.
"""

import logging
import re
from collections.abc import Callable

import azure.functions as func
import msgspec

from functions.errors import InputRefused
from functions.lifecycle import events
from functions.lifecycle.events import Event, Outcome
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.raw_ids import is_bot
from functions.lifecycle.redaction import redact_message
from functions.services.applying import apply
from functions.services.ports import Stored
from functions.services.wired import Services
from functions.triggers.acs_events import LARGEST_BODY, LONGEST_ID, PREFIX, READING_ERRORS, Identifier
from functions.triggers.answers import answer_empty
from functions.triggers.tickets import check_ticket

LOG = logging.getLogger("verbatim.callbacks")
ENOUGH_PEOPLE = 3
"""Two of those in a call may be ourselves: a third one is somebody else."""
ATTEMPT = re.compile(r"[0-9]{1,9}", re.ASCII)


class ResultInformation(msgspec.Struct, frozen=True, rename="camel"):
    """How something went; nothing of it is promised to be there."""

    code: int | None = None
    sub_code: int | None = None
    message: str | None = None


class Participant(msgspec.Struct, frozen=True):
    """Somebody in the call."""

    identifier: Identifier


class CallbackData(msgspec.Struct, frozen=True, rename="camel"):
    """What the events that matter have in common."""

    call_connection_id: str
    server_call_id: str | None = None
    correlation_id: str | None = None
    operation_context: str | None = None
    result_information: ResultInformation | None = None
    participants: tuple[Participant, ...] = ()
    sequence_number: int = 0


class CloudEvent(msgspec.Struct, frozen=True):
    """A callback's envelope; what it holds is read only if its type matters."""

    id: str
    source: str
    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")


DECODER = msgspec.json.Decoder(list[CloudEvent])


async def receive_call_events(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Let the session know what happened to its call."""
    await services.check_callback(req.headers.get("Authorization"))
    session_id = req.route_params["id"]
    known: Stored | None = await check_ticket(services, session_id, req.params.get("ticket", ""))
    for callback in read_callbacks(req.get_body()):
        await take_in(services, session_id, callback, known)
        known = None  # the first callback may have changed it
    return answer_empty(200)


def read_callbacks(body: bytes) -> list[CloudEvent]:
    """The callbacks in a body. Raises InputRefused."""
    remedy = "Send an array of CloudEvents 1.0, as Call Automation does."
    if len(body) > LARGEST_BODY:
        raise InputRefused(f"The body is larger than {LARGEST_BODY} bytes.", field="body", remedy=remedy)
    try:
        callbacks = DECODER.decode(body)
    except READING_ERRORS:
        raise InputRefused("The body is not an array of CloudEvents.", field="body", remedy=remedy) from None
    if any(len(callback.id) > LONGEST_ID or len(callback.source) > LONGEST_ID for callback in callbacks):
        raise InputRefused("An event's id or source is too long.", field="id", remedy=remedy)
    return callbacks


async def take_in(
    services: Services, session_id: str, callback: CloudEvent, known: Stored | None = None
) -> None:
    """Apply one callback; a session that was just read need not be read again."""
    happened = Occurrence(callback.source, callback.id, read_event(callback))
    await apply(services.sessions, session_id, happened, known)


def read_event(callback: CloudEvent) -> Event:
    """The callback in the machine's words; one of an unknown type, or that cannot be read, is only noted.

    So one odd callback does not cost those that came with it.
    """
    name = callback.type.removeprefix(PREFIX)
    read = READERS.get(name)
    if read is None:
        return events.CallbackNoted(name[:128])
    try:
        return read(data_of(callback))
    except READING_ERRORS as error:
        LOG.warning("a %s could not be read: %s", name, type(error).__name__)
        return events.CallbackNoted(f"{name} (unreadable)")


def data_of(callback: CloudEvent) -> CallbackData:
    """What a callback says. Raises msgspec.MsgspecError if it does not say it."""
    return msgspec.json.decode(callback.data, type=CallbackData)


def attempt_of(data: CallbackData) -> int | None:
    """The attempt in the operation context, if it is one of ours."""
    text = data.operation_context or ""
    return int(text) if ATTEMPT.fullmatch(text) else None


def outcome_of(data: CallbackData) -> Outcome:
    """The result, if there is one."""
    told = data.result_information or ResultInformation()
    return Outcome(told.code or 200, told.sub_code or 0, redact_message(told.message or ""))


def people_of(data: CallbackData) -> tuple[str, ...]:
    """The first few in the call who are no bots."""
    people = [participant.identifier.raw_id for participant in data.participants]
    return tuple(raw_id for raw_id in people if not is_bot(raw_id))[:ENOUGH_PEOPLE]


def connect_failed(data: CallbackData) -> events.ConnectFailed:
    """A call that could not be joined, placed or answered."""
    return events.ConnectFailed(data.call_connection_id, attempt_of(data), outcome_of(data))


READERS: dict[str, Callable[[CallbackData], Event]] = {
    "CallConnected": lambda data: events.CallConnected(
        data.call_connection_id, attempt_of(data), data.server_call_id, data.correlation_id
    ),
    "ConnectFailed": connect_failed,
    "CreateCallFailed": connect_failed,
    "AnswerFailed": connect_failed,
    "CallDisconnected": lambda data: events.CallDisconnected(data.call_connection_id, outcome_of(data)),
    "ParticipantsUpdated": lambda data: events.ParticipantsChanged(
        data.call_connection_id, people_of(data), data.sequence_number
    ),
    "AddParticipantSucceeded": lambda data: events.InvitationAccepted(data.call_connection_id),
    "AddParticipantFailed": lambda data: events.InvitationFailed(data.call_connection_id, outcome_of(data)),
    "TranscriptionStarted": lambda data: events.TranscriptionStarted(data.call_connection_id),
    "TranscriptionStopped": lambda data: events.TranscriptionStopped(data.call_connection_id),
    "TranscriptionUpdated": lambda data: events.TranscriptionUpdated(data.call_connection_id),
    "TranscriptionResumed": lambda data: events.TranscriptionResumed(data.call_connection_id),
    "TranscriptionFailed": lambda data: events.TranscriptionFailed(data.call_connection_id, outcome_of(data)),
}
