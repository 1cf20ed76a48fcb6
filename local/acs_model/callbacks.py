"""Callbacks: CloudEvents in the recorded shape, their delivery, and how they go astray."""

from functools import partial
from typing import Any

from local.acs_model.effects import SendCallback
from local.acs_model.inputs import CallbackAnswered
from local.acs_model.requests import AddParticipantBody, TranscriptionBody
from local.acs_model.result_codes import PARTICIPANTS, Result, TranscriptionChange
from local.acs_model.state import CallbackRecord, Connection, Delivery, World
from local.acs_model.timestamps import rfc3339
from local.conversation.faults import delays_of_copies

type Operation = TranscriptionBody | AddParticipantBody

# How often ACS tries is not documented; a few times, with growing pauses, is the guess here [I].
TRIES = 4
FIRST_PAUSE = 1000
_HTTP_SUCCESS = range(200, 300)


def send(world: World, connection: Connection, name: str, result: Result, **details: Any) -> None:
    """Send the event `name` to the connection's callback URL; `details` come first in its data."""
    event = _cloud_event(world, connection, name, details | _result_information(result))
    _dispatch(world, CallbackRecord(event, connection, connection.body.callback_uri, world.now))


def send_in_context(world: World, connection: Connection, name: str, result: Result) -> None:
    """Send the event `name` with the operation context of the connection."""
    send(world, connection, name, result, **_context(connection.body.operation_context))


def send_of_operation(
    world: World, connection: Connection, name: str, result: Result, operation: Operation, **details: Any
) -> None:
    """Send what became of an operation, with its context, to the URL that it named, if any."""
    data = details | _context(operation.operation_context) | _result_information(result)
    event = _cloud_event(world, connection, name, data)
    url = operation.operation_callback_uri or connection.body.callback_uri
    _dispatch(world, CallbackRecord(event, connection, url, world.now))


def send_transcription(
    world: World, connection: Connection, change: TranscriptionChange, operation: TranscriptionBody
) -> None:
    """Send a transcription's change."""
    update = {"transcriptionStatus": change.status, "transcriptionStatusDetails": change.detail}
    name = change.status[0].upper() + change.status[1:]
    send_of_operation(world, connection, name, change.result, operation, transcriptionUpdate=update)


def send_participants(world: World, connection: Connection, participants: list[dict[str, Any]]) -> None:
    """Send who is in the call now; each connection counts its own."""
    connection.participants_sent += 1
    details = {"participants": participants, "sequenceNumber": connection.participants_sent}
    send(world, connection, "ParticipantsUpdated", PARTICIPANTS, **details)


def hold_back(world: World, names: tuple[str, ...]) -> None:
    """From now on callbacks of these names wait; those that waited under another are sent."""
    waiting, world.hold, world.held = world.held, names, []
    for record in waiting:
        _send_or_hold(world, record)


def _dispatch(world: World, record: CallbackRecord) -> None:
    record.connection.call.callbacks.append(record)
    _send_or_hold(world, record)


def _send_or_hold(world: World, record: CallbackRecord) -> None:
    if record.event["type"].rpartition(".")[2] in world.hold:
        world.held.append(record)
        return
    delays = delays_of_copies(world, world.callback_faults)
    if not delays:
        record.dropped = True
        _release_answer(world, record)
    for delay in delays:
        world.later(delay, partial(_post, world, Delivery(record)))


def answered(world: World, answer: CallbackAnswered) -> None:
    """A post of a callback has an outcome: anything but success is tried again."""
    delivery = world.deliveries.pop(answer.delivery_id)
    record = delivery.record
    record.statuses.append(answer.status)
    _release_answer(world, record)
    if answer.status in _HTTP_SUCCESS or delivery.tries == TRIES:
        return
    pause = record.connection.call.scaled(FIRST_PAUSE * 2 ** (delivery.tries - 1))
    world.later(pause, partial(_post, world, delivery))


def _release_answer(world: World, record: CallbackRecord) -> None:
    # The answer to connect may have waited for how joining came out (`callbackFirst`).
    connection = record.connection
    if connection.announced or record.event["type"] == "Microsoft.Communication.ParticipantsUpdated":
        return
    connection.announced = True
    for answer in connection.withheld:
        world.emit(answer)
    connection.withheld.clear()


def _post(world: World, delivery: Delivery) -> None:
    delivery.tries += 1
    delivery_id = world.new_id()
    world.deliveries[delivery_id] = delivery
    world.emit(SendCallback(delivery_id, delivery.record.url, delivery.record.event))


def _context(context: str | None) -> dict[str, str]:
    return {} if context is None else {"operationContext": context}


def _result_information(result: Result) -> dict[str, Any]:
    shown = {"code": result.code, "subCode": result.sub_code, "message": result.message}
    return {"resultInformation": shown}


def _cloud_event(world: World, connection: Connection, name: str, details: dict[str, Any]) -> dict[str, Any]:
    source = f"calling/callConnections/{connection.connection_id}"
    event_type = f"Microsoft.Communication.{name}"
    data = details | {
        "version": "2024-09-01-preview",
        "callConnectionId": connection.connection_id,
        "serverCallId": connection.call.server_call_id,
        "correlationId": connection.call.correlation_id,
        "publicEventType": event_type,
    }
    return {
        "id": world.new_id(),
        "source": source,
        "type": event_type,
        "data": data,
        "time": rfc3339(world.now, world.random.randrange(10_000)),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": source,
    }
