"""Operations that go wrong on purpose, each as often as was asked."""

import msgspec

from local.call_model.requests import (
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
    RestOperation,
    StartTranscription,
    StopTranscription,
    Terminate,
    UpdateTranscription,
)
from local.call_model.result_codes import Result, result_of
from local.call_model.state import World
from local.call_model.steering import FaultyOperation, InjectFault

_NAMES: dict[type, FaultyOperation] = {
    Connect: "connect",
    CreateCall: "create",
    AnswerCall: "answer",
    RejectCall: "reject",
    RedirectCall: "redirect",
    AddParticipant: "add-participant",
    GetConnection: "get",
    HangUp: "hang-up",
    Terminate: "terminate",
    StartTranscription: "start",
    StopTranscription: "stop",
    UpdateTranscription: "update",
    ListParticipants: "participants",
    GetParticipant: "participants",
}


FAIL_LATER = frozenset({"connect", "create", "answer", "add-participant", "start", "stop", "update"})
"""Operations that have a later outcome, which can be a failure with a code."""


def before_and_after(world: World, operation: RestOperation) -> InjectFault | None:
    """The fault of the request itself, if one is due: a status, or a time-out."""
    name = _NAMES[type(operation)]
    return _take(world, [f for f in world.faults if f.operation == name and f.do != "code"])


def outcome(world: World, name: FaultyOperation) -> Result | None:
    """The result code with which an accepted operation is to fail, if one is due."""
    fault = _take(world, [f for f in world.faults if f.operation == name and f.do == "code"])
    return result_of(fault.code, fault.sub_code) if fault else None


def _take(world: World, due: list[InjectFault]) -> InjectFault | None:
    if not due:
        return None
    at = world.faults.index(due[0])
    if due[0].times == 1:
        del world.faults[at]
    else:
        world.faults[at] = msgspec.structs.replace(due[0], times=due[0].times - 1)
    return due[0]
