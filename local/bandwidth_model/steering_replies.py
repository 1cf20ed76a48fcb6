"""What whoever steers the stand-in is answered with."""

from collections.abc import Callable
from typing import Any

import msgspec

from local.bandwidth_model import endings, faults, hearing, setting_up, transcription, views
from local.bandwidth_model.state import Call, Reply, World
from local.bandwidth_model.steering import Application, DisturbWebhooks, InjectFault
from local.conversation import speech
from local.conversation.people import raw_id_of_text, spoken_by
from local.conversation.refusals import Refusal, bad, call_named
from local.conversation.steering import (
    Answering,
    DescribeCall,
    DropSocket,
    EndCall,
    Leave,
    ListCalls,
    ListFaults,
    Ring,
    Speak,
)

_ACCEPTED = Reply(202)
_NO_CONTENT = Reply(204)


def _register(world: World, application: Application) -> Reply:
    world.applications[application.application_id] = application
    return _NO_CONTENT


def _instruct(world: World, asked: Answering) -> Reply:
    """Who calls can have lines as well; they are heard if it is that number which calls."""
    target = raw_id_of_text(asked.target)
    others = {raw_id_of_text(line.speaker) for line in spoken_by(target, asked.script)} - {target}
    if len(others) > 1:
        raise bad(f"A call has two parties, but the script lets {', '.join(sorted(others))} speak besides.")
    world.answering[target] = asked
    return _NO_CONTENT


def _ring(world: World, asked: Ring) -> Reply:
    return Reply(201, views.brief(setting_up.ring(world, asked)))


def _speak(world: World, operation: Speak) -> Reply:
    call = _live(world, operation.sim_id)
    if hearing.track_of(call, operation.speaker) is None:
        raise bad(f"{operation.speaker} is not in the call.")
    speech.say(world, call, operation)
    return _ACCEPTED


def _leave(world: World, operation: Leave) -> Reply:
    """The call's own party hangs up by that; another one leaves it alone."""
    call = _live(world, operation.sim_id)
    leaving = raw_id_of_text(operation.raw_id)
    if leaving == raw_id_of_text(call.own_party):
        endings.end_call(world, call, "hangup")
    elif leaving in map(raw_id_of_text, call.joined):
        endings.far_side_leaves(call)
    else:
        raise bad(f"{operation.raw_id} is not in the call.")
    return _ACCEPTED


def _end_call(world: World, operation: EndCall) -> Reply:
    """The call's own party hangs up; a caller whom nobody answered gives up."""
    call = call_named(world, operation.sim_id)
    endings.end_call(world, call, "hangup" if call.state == "answered" else "cancel")
    return _ACCEPTED


def _drop_socket(world: World, operation: DropSocket) -> Reply:
    """No socket is opened again: for this provider `reopen` and `offsets` mean nothing."""
    having = [made for made in call_named(world, operation.sim_id).transcriptions if made.socket.open]
    if not having:
        raise Refusal(409, "noSocket", "No transcription of this call has an open socket.")
    for made in having:
        transcription.drop_socket(world, made)
    return _ACCEPTED


def _describe(world: World, operation: DescribeCall) -> Reply:
    return Reply(200, views.full(world, call_named(world, operation.sim_id)))


def _list_calls(world: World, _: ListCalls) -> Reply:
    return Reply(200, {"calls": [views.brief(call) for call in world.calls.values()]})


def _inject(world: World, fault: InjectFault) -> Reply:
    possible = faults.HAVE_CAUSES if fault.do == "cause" else faults.ARE_REQUESTS
    if fault.operation not in possible:
        raise bad(f"{fault.operation} cannot go wrong by {fault.do}.")
    world.faults.append(fault)
    return _NO_CONTENT


def _disturb(world: World, operation: DisturbWebhooks) -> Reply:
    world.webhook_faults = operation.webhooks
    return _NO_CONTENT


def _list_faults(world: World, _: ListFaults) -> Reply:
    return Reply(200, {"faults": msgspec.to_builtins(world.faults)})


def _live(world: World, sim_id: str) -> Call:
    call = call_named(world, sim_id)
    if call.state != "answered":
        raise bad(f"The call is {call.state}; nobody is there to speak or to leave.")
    return call


REPLIES: dict[type, Callable[[World, Any], Reply]] = {
    Application: _register,
    Answering: _instruct,
    Ring: _ring,
    Speak: _speak,
    Leave: _leave,
    EndCall: _end_call,
    DropSocket: _drop_socket,
    DescribeCall: _describe,
    ListCalls: _list_calls,
    InjectFault: _inject,
    DisturbWebhooks: _disturb,
    ListFaults: _list_faults,
}
"""By the type of the operation; each raises Refusal where it cannot be carried out."""
