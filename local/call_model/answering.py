"""What each request is answered with: over REST, and to whoever steers."""

from collections.abc import Callable
from typing import Any

from local.call_model import connections, faults, identifiers, transcription, views
from local.call_model.requests import (
    Connect,
    GetConnection,
    GetParticipant,
    HangUp,
    ListParticipants,
    StartTranscription,
    StopTranscription,
    Terminate,
    UpdateTranscription,
)
from local.call_model.result_codes import CONVERSATION_ENDED, UPDATE_AFTER_CONNECT, Refusal
from local.call_model.speech import say
from local.call_model.state import Call, Reply, World
from local.call_model.steering import (
    DescribeCall,
    DisturbCallbacks,
    DropSocket,
    EndCall,
    InjectFault,
    Join,
    Leave,
    ListCalls,
    MakeCall,
    Speak,
    Speaker,
)

_ACCEPTED = Reply(202)
_NO_CONTENT = Reply(204)


def reply_to(world: World, operation: object) -> Reply:
    """Carry out a request. Raises Refusal where it cannot be."""
    return _REPLIES[type(operation)](world, operation)


def _connect(world: World, operation: Connect) -> Reply:
    connection = connections.connect(world, operation)
    after = connection if connection.call.made.callback_first else None
    return Reply(200, views.properties(connection), after)


def _get(world: World, operation: GetConnection) -> Reply:
    return Reply(200, views.properties(connections.find(world, operation.connection_id)))


def _hang_up(world: World, operation: HangUp) -> Reply:
    connections.hang_up(world, operation)
    return _NO_CONTENT


def _terminate(world: World, operation: Terminate) -> Reply:
    connections.terminate(world, operation)
    return _NO_CONTENT


def _start(world: World, operation: StartTranscription) -> Reply:
    connection = connections.find(world, operation.connection_id)
    failure = faults.outcome(world, "start")
    if failure is None:
        transcription.start(world, connection, operation.body)
    else:
        transcription.fail_later(world, connection, failure, operation.body)
    return _ACCEPTED


def _stop(world: World, operation: StopTranscription) -> Reply:
    connection = connections.find(world, operation.connection_id)
    failure = faults.outcome(world, "stop")
    if failure is None:
        transcription.stop(world, connection, operation.body)
    else:
        transcription.fail_later(world, connection, failure, operation.body)
    return _ACCEPTED


def _update(world: World, operation: UpdateTranscription) -> Reply:
    # Every connection here was made with Connect, where an update is accepted and then fails [D].
    connection = connections.find(world, operation.connection_id)
    failure = faults.outcome(world, "update") or UPDATE_AFTER_CONNECT
    transcription.fail_later(world, connection, failure, operation.body)
    return _ACCEPTED


def _list_participants(world: World, operation: ListParticipants) -> Reply:
    return Reply(200, views.participants(connections.find(world, operation.connection_id).call))


def _get_participant(world: World, operation: GetParticipant) -> Reply:
    call = connections.find(world, operation.connection_id).call
    if operation.raw_id not in connections.raw_ids(call):
        raise Refusal(404, "8522", "Participant not found.")
    return Reply(200, identifiers.participant(operation.raw_id))


def _make_call(world: World, made: MakeCall) -> Reply:
    known = {speaker.raw_id for speaker in made.speakers}
    strangers = {line.speaker for line in made.script} - known
    if strangers:
        raise _bad(f"The script lets {', '.join(sorted(strangers))} speak, who is not among the speakers.")
    live = [call.made for call in world.calls.values() if call.ended_at is None]
    if made.group_call_id and made.group_call_id in {call.group_call_id for call in live}:
        raise _bad(f"A call of the group {made.group_call_id} is under way already.")
    if made.room_id and made.room_id in {call.room_id for call in live}:
        raise _bad(f"A call in the room {made.room_id} is under way already.")
    return Reply(201, views.brief(connections.make_call(world, made)))


def _speak(world: World, operation: Speak) -> Reply:
    call = _call(world, operation.sim_id)
    if call.ended_at is not None:
        raise _bad("The call has ended; nobody is there to speak.")
    if operation.speaker not in connections.raw_ids(call):
        raise _bad(f"{operation.speaker} is not in the call.")
    say(world, call, operation)
    return _ACCEPTED


def _join(world: World, operation: Join) -> Reply:
    call = _call(world, operation.sim_id)
    if call.ended_at is not None:
        raise _bad("The call has ended; nobody can join it.")
    if operation.raw_id in connections.raw_ids(call):
        raise _bad(f"{operation.raw_id} is in the call already.")
    call.people.append(Speaker(raw_id=operation.raw_id, display_name=operation.display_name))
    connections.tell_participants(world, call)
    return _ACCEPTED


def _leave(world: World, operation: Leave) -> Reply:
    call = _call(world, operation.sim_id)
    staying = [person for person in call.people if person.raw_id != operation.raw_id]
    if len(staying) == len(call.people):
        raise _bad(f"{operation.raw_id} is not in the call.")
    call.people = staying
    connections.tell_participants(world, call)
    return _ACCEPTED


def _end_call(world: World, operation: EndCall) -> Reply:
    connections.end_call(world, _call(world, operation.sim_id), CONVERSATION_ENDED)
    return _ACCEPTED


def _drop_socket(world: World, operation: DropSocket) -> Reply:
    call = _call(world, operation.sim_id)
    having = [connection for connection in call.connections if connection.transcription.socket_id]
    if not having:
        raise Refusal(409, "noSocket", "No connection of this call has a transcript socket.")
    for connection in having:
        transcription.drop_socket(world, connection, operation.reopen, restart=operation.offsets == "restart")
    return _ACCEPTED


def _describe(world: World, operation: DescribeCall) -> Reply:
    return Reply(200, views.full(world, _call(world, operation.sim_id)))


def _list_calls(world: World, _: ListCalls) -> Reply:
    return Reply(200, {"calls": [views.brief(call) for call in world.calls.values()]})


def _inject(world: World, fault: InjectFault) -> Reply:
    if fault.do == "code" and fault.operation not in _CAN_FAIL_LATER:
        raise _bad(f"{fault.operation} has no later outcome that could fail with a code.")
    world.faults.append(fault)
    return _NO_CONTENT


def _disturb(world: World, operation: DisturbCallbacks) -> Reply:
    world.callback_faults = operation.callbacks
    return _NO_CONTENT


def _call(world: World, sim_id: str) -> Call:
    if sim_id not in world.calls:
        raise Refusal(404, "noSuchCall", f"There is no call {sim_id}.")
    return world.calls[sim_id]


def _bad(sentence: str) -> Refusal:
    return Refusal(400, "badRequest", sentence)


_CAN_FAIL_LATER = ("connect", "start", "stop", "update")
_REPLIES: dict[type, Callable[[World, Any], Reply]] = {
    Connect: _connect,
    GetConnection: _get,
    HangUp: _hang_up,
    Terminate: _terminate,
    StartTranscription: _start,
    StopTranscription: _stop,
    UpdateTranscription: _update,
    ListParticipants: _list_participants,
    GetParticipant: _get_participant,
    MakeCall: _make_call,
    Speak: _speak,
    Join: _join,
    Leave: _leave,
    EndCall: _end_call,
    DropSocket: _drop_socket,
    DescribeCall: _describe,
    ListCalls: _list_calls,
    InjectFault: _inject,
    DisturbCallbacks: _disturb,
}
