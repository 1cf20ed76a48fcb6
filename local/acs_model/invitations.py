"""Participants that we add: they ring beside a call that goes on."""

from functools import partial
from typing import Any

from local.acs_model import connections, faults, identifiers, presence, ringing
from local.acs_model.callbacks import send_of_operation
from local.acs_model.requests import AddParticipant, AddParticipantBody
from local.acs_model.result_codes import COMPLETED, NO_ANSWER, NOT_ESTABLISHED, Result, bad_request
from local.acs_model.state import Connection, World
from local.conversation import people
from local.conversation.refusals import Refusal
from local.conversation.steering import Answering


def add_participant(world: World, operation: AddParticipant) -> dict[str, Any]:
    """Ring at somebody; the answer's body. Raises Refusal while not connected, or where they are in the call [I]."""
    connection = connections.find(world, operation.connection_id)
    body = operation.body
    raw_id = identifiers.raw_id_of(body.participant_to_add)
    _check(connection, body, raw_id)
    does = people.answering_of(world, raw_id)
    delay = people.time_to_pick_up(world, connection.call, does)
    failure = faults.outcome(world, "add-participant")
    if failure is None and not does.picks_up:
        failure = NO_ANSWER
        delay = connection.call.scaled(_patience(body))
    if failure is None:
        world.later(delay, partial(_picked_up, world, connection, body, does))
    else:
        world.later(delay, partial(_failed, world, connection, body, failure))
    context = {} if body.operation_context is None else {"operationContext": body.operation_context}
    return {"participant": identifiers.participant(raw_id), **context, "invitationId": world.new_id()}


def _check(connection: Connection, body: AddParticipantBody, raw_id: str) -> None:
    if connection.state != "connected":
        raise Refusal(NOT_ESTABLISHED.code, str(NOT_ESTABLISHED.sub_code), NOT_ESTABLISHED.message)
    if body.source_caller_id_number is None and raw_id.startswith("4:"):
        raise bad_request("A call to a phone needs the sourceCallerIdNumber.")  # as documented [D]
    if raw_id in presence.raw_ids(connection.call):
        raise bad_request(f"{raw_id} is in the call already.")


def _patience(body: AddParticipantBody) -> int:
    """How long it rings at most (ms)."""
    seconds = body.invitation_timeout_in_seconds
    return ringing.RINGS_FOR if seconds is None else seconds * 1000


def _picked_up(world: World, connection: Connection, body: AddParticipantBody, does: Answering) -> None:
    if connection.state != "connected":
        return
    call, raw_id = connection.call, identifiers.raw_id_of(body.participant_to_add)
    if raw_id not in presence.raw_ids(call):  # else they came in another way meanwhile
        ringing.pick_up(world, call, raw_id, does)
    _send(world, connection, body, "AddParticipantSucceeded", COMPLETED)
    presence.tell_participants(world, call)


def _failed(world: World, connection: Connection, body: AddParticipantBody, failure: Result) -> None:
    if connection.state == "connected":
        _send(world, connection, body, "AddParticipantFailed", failure)


def _send(world: World, connection: Connection, body: AddParticipantBody, name: str, result: Result) -> None:
    participant = identifiers.identifier(identifiers.raw_id_of(body.participant_to_add))
    send_of_operation(world, connection, name, result, body, participant=participant)
