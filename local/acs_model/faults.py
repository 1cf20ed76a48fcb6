"""Operations that go wrong on purpose, each as often as was asked."""

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
    RestOperation,
    StartTranscription,
    StopTranscription,
    Terminate,
    UpdateTranscription,
)
from local.acs_model.result_codes import Result, result_of
from local.acs_model.state import World
from local.acs_model.steering import FaultyOperation, InjectFault, SteeringOperation
from local.conversation.faults import take

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


def of_request(world: World, operation: RestOperation | SteeringOperation) -> InjectFault | None:
    """The fault of the request itself, if one is due: a status, or a time-out."""
    name = _NAMES.get(type(operation))
    return take(world.faults, lambda fault: fault.operation == name and fault.do != "code")


def outcome(world: World, name: FaultyOperation) -> Result | None:
    """The result code with which an accepted operation is to fail, if one is due."""
    fault = take(world.faults, lambda fault: fault.operation == name and fault.do == "code")
    return result_of(fault.code, fault.sub_code) if fault else None
