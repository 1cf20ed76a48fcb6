"""What whoever steers the stand-in is answered with."""

from collections.abc import Callable
from typing import Any

import msgspec

from local.acs_model import callbacks, connections, faults, incoming, presence, ringing, transcription, views
from local.acs_model.result_codes import CONVERSATION_ENDED
from local.acs_model.state import Reply, World
from local.acs_model.steering import DisturbCallbacks, InjectFault, Join, MakeCall
from local.conversation.people import raw_id_of_text
from local.conversation.refusals import Refusal, bad, call_named
from local.conversation.speech import say
from local.conversation.steering import (
    Answering,
    DescribeCall,
    DropSocket,
    EndCall,
    Leave,
    Line,
    ListCalls,
    ListFaults,
    Ring,
    Speak,
    Speaker,
)

_ACCEPTED = Reply(202)
_NO_CONTENT = Reply(204)


def _make_call(world: World, made: MakeCall) -> Reply:
    _check_script(made.script, {speaker.raw_id for speaker in made.speakers})
    live = [call for call in world.calls.values() if call.ended_at is None]
    if made.group_call_id and made.group_call_id in {call.group_call_id for call in live}:
        raise bad(f"A call of the group {made.group_call_id} is under way already.")
    if made.room_id and made.room_id in {call.room_id for call in live}:
        raise bad(f"A call in the room {made.room_id} is under way already.")
    return Reply(201, views.brief(presence.make_call(world, made)))


def _ring(world: World, asked: Ring) -> Reply:
    caller = raw_id_of_text(asked.caller)
    script = ringing.spoken_by(caller, asked.script)
    _check_script(script, {caller, *(speaker.raw_id for speaker in asked.speakers)})
    return Reply(201, views.ringing(incoming.ring(world, asked)))


def _instruct(world: World, asked: Answering) -> Reply:
    target = raw_id_of_text(asked.target)
    _check_script(ringing.spoken_by(target, asked.script), {target})
    world.answering[target] = asked
    return _NO_CONTENT


def _check_script(script: tuple[Line, ...], known: set[str]) -> None:
    strangers = {line.speaker for line in script} - known
    if strangers:
        raise bad(f"The script lets {', '.join(sorted(strangers))} speak, who is not among the speakers.")


def _speak(world: World, operation: Speak) -> Reply:
    call = call_named(world, operation.sim_id)
    if call.ended_at is not None:
        raise bad("The call has ended; nobody is there to speak.")
    if operation.speaker not in presence.raw_ids(call):
        raise bad(f"{operation.speaker} is not in the call.")
    say(world, call, operation)
    return _ACCEPTED


def _join(world: World, operation: Join) -> Reply:
    call = call_named(world, operation.sim_id)
    if call.ended_at is not None:
        raise bad("The call has ended; nobody can join it.")
    if operation.raw_id in presence.raw_ids(call):
        raise bad(f"{operation.raw_id} is in the call already.")
    if presence.rings(call):
        raise bad("The call still rings; nobody can join it.")
    presence.come_in(world, call, Speaker(raw_id=operation.raw_id, display_name=operation.display_name))
    presence.tell_participants(world, call)
    return _ACCEPTED


def _leave(world: World, operation: Leave) -> Reply:
    call = call_named(world, operation.sim_id)
    leaving = [person for person in call.people if person.raw_id == operation.raw_id]
    if not leaving:
        raise bad(f"{operation.raw_id} is not in the call.")
    connections.person_leaves(world, call, leaving[0])
    return _ACCEPTED


def _end_call(world: World, operation: EndCall) -> Reply:
    connections.end_call(world, call_named(world, operation.sim_id), CONVERSATION_ENDED)
    return _ACCEPTED


def _drop_socket(world: World, operation: DropSocket) -> Reply:
    call = call_named(world, operation.sim_id)
    having = [connection for connection in call.connections if connection.transcription.socket.id]
    if not having:
        raise Refusal(409, "noSocket", "No connection of this call has a transcript socket.")
    for connection in having:
        transcription.drop_socket(world, connection, operation.reopen, restart=operation.offsets == "restart")
    return _ACCEPTED


def _describe(world: World, operation: DescribeCall) -> Reply:
    return Reply(200, views.full(world, call_named(world, operation.sim_id)))


def _list_calls(world: World, _: ListCalls) -> Reply:
    return Reply(200, {"calls": [views.brief(call) for call in world.calls.values()]})


def _inject(world: World, fault: InjectFault) -> Reply:
    if fault.do == "code" and fault.operation not in faults.FAIL_LATER:
        raise bad(f"{fault.operation} has no later outcome that could fail with a code.")
    world.faults.append(fault)
    return _NO_CONTENT


def _disturb(world: World, operation: DisturbCallbacks) -> Reply:
    world.callback_faults = operation.callbacks
    callbacks.hold_back(world, operation.hold)
    return _NO_CONTENT


def _list_faults(world: World, _: ListFaults) -> Reply:
    return Reply(200, {"faults": msgspec.to_builtins(world.faults)})


REPLIES: dict[type, Callable[[World, Any], Reply]] = {
    MakeCall: _make_call,
    Ring: _ring,
    Answering: _instruct,
    Speak: _speak,
    Join: _join,
    Leave: _leave,
    EndCall: _end_call,
    DropSocket: _drop_socket,
    DescribeCall: _describe,
    ListCalls: _list_calls,
    InjectFault: _inject,
    DisturbCallbacks: _disturb,
    ListFaults: _list_faults,
}
"""By the type of the operation; each raises Refusal where it cannot be carried out."""
