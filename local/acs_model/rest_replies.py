"""What each request over REST is answered with."""

from collections.abc import Callable
from typing import Any

from local.acs_model import (
    connections,
    faults,
    identifiers,
    incoming,
    invitations,
    placed,
    presence,
    transcription,
    transcription_updates,
    views,
)
from local.acs_model.requests import (
    AddParticipant,
    AnswerCall,
    Connect,
    CreateCall,
    GetConnection,
    GetParticipant,
    HangUp,
    ListParticipants,
    RedirectCall,
    RejectCall,
    StartTranscription,
    StopTranscription,
    Terminate,
    TranscriptionBody,
    UpdateTranscription,
)
from local.acs_model.state import Connection, Reply, World
from local.acs_model.steering import FaultyOperation
from local.conversation.refusals import Refusal

_ACCEPTED = Reply(202)
_NO_CONTENT = Reply(204)


def _connect(world: World, operation: Connect) -> Reply:
    return _made(200, connections.connect(world, operation))


def _create(world: World, operation: CreateCall) -> Reply:
    return _made(201, placed.create(world, operation))


def _answer(world: World, operation: AnswerCall) -> Reply:
    return _made(200, incoming.answer(world, operation))


def _made(status: int, connection: Connection) -> Reply:
    after = connection if connection.call.manners.callback_first else None
    return Reply(status, views.properties(connection), after)


def _reject(world: World, operation: RejectCall) -> Reply:
    incoming.reject(world, operation)
    return _NO_CONTENT


def _redirect(world: World, operation: RedirectCall) -> Reply:
    incoming.redirect(world, operation)
    return _NO_CONTENT


def _add_participant(world: World, operation: AddParticipant) -> Reply:
    return Reply(202, invitations.add_participant(world, operation))


def _get(world: World, operation: GetConnection) -> Reply:
    return Reply(200, views.properties(connections.find(world, operation.connection_id)))


def _hang_up(world: World, operation: HangUp) -> Reply:
    connections.hang_up(world, operation)
    return _NO_CONTENT


def _terminate(world: World, operation: Terminate) -> Reply:
    connections.terminate(world, operation)
    return _NO_CONTENT


type Change = Callable[[World, Connection, TranscriptionBody], None]
type ChangeOperation = StartTranscription | StopTranscription | UpdateTranscription


def _changing(name: FaultyOperation, change: Change) -> Callable[[World, ChangeOperation], Reply]:
    """Accepts a change of a transcription; it fails later if that was asked for."""

    def reply(world: World, operation: ChangeOperation) -> Reply:
        connection = connections.find(world, operation.connection_id)
        failure = faults.outcome(world, name)
        if failure is None:
            change(world, connection, operation.body)
        else:
            transcription.fail_later(world, connection, failure, operation.body)
        return _ACCEPTED

    return reply


def _list_participants(world: World, operation: ListParticipants) -> Reply:
    return Reply(200, views.participants(connections.find(world, operation.connection_id).call))


def _get_participant(world: World, operation: GetParticipant) -> Reply:
    call = connections.find(world, operation.connection_id).call
    if operation.raw_id not in presence.raw_ids(call):
        raise Refusal(404, "8522", "Participant not found.")
    return Reply(200, identifiers.participant(operation.raw_id))


REPLIES: dict[type, Callable[[World, Any], Reply]] = {
    Connect: _connect,
    CreateCall: _create,
    AnswerCall: _answer,
    RejectCall: _reject,
    RedirectCall: _redirect,
    AddParticipant: _add_participant,
    GetConnection: _get,
    HangUp: _hang_up,
    Terminate: _terminate,
    StartTranscription: _changing("start", transcription.start),
    StopTranscription: _changing("stop", transcription.stop),
    UpdateTranscription: _changing("update", transcription_updates.update),
    ListParticipants: _list_participants,
    GetParticipant: _get_participant,
}
"""By the type of the operation; each raises Refusal where it cannot be carried out."""
