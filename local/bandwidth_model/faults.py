"""Operations that go wrong on purpose, each as often as was asked."""

from local.bandwidth_model.requests import (
    CreateCall,
    DeleteTranscription,
    GetCall,
    GetTranscription,
    ListTranscriptions,
    ModifyCall,
    ReplaceBxml,
    RestOperation,
)
from local.bandwidth_model.state import World
from local.bandwidth_model.steering import FaultyOperation, InjectFault, SteeringOperation
from local.conversation.faults import take

_NAMES: dict[type, FaultyOperation] = {
    CreateCall: "create",
    GetCall: "get",
    ModifyCall: "modify",
    ReplaceBxml: "replace-bxml",
    ListTranscriptions: "transcriptions",
    GetTranscription: "transcriptions",
    DeleteTranscription: "transcriptions",
}
HAVE_CAUSES = frozenset({"create", "start-transcription", "transcribe"})
"""What can come to an end of its own, with a cause."""
ARE_REQUESTS = frozenset(_NAMES.values())
"""What is asked over REST, and can be answered with a status or not at all."""


def of_request(world: World, operation: RestOperation | SteeringOperation) -> InjectFault | None:
    """The fault of the request itself, if one is due: a status, or a time-out."""
    name = _NAMES.get(type(operation))
    return take(world.faults, lambda fault: fault.operation == name and fault.do != "cause")


def cause_of(world: World, name: FaultyOperation) -> str | None:
    """The cause by which what was begun is to end, if one is due."""
    fault = take(world.faults, lambda fault: fault.operation == name and fault.do == "cause")
    return fault.cause if fault else None
