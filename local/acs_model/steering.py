"""What may be asked of the stand-in itself: make a call, let someone speak, break something, look."""

from typing import Literal

from local.conversation.steering import (
    Answering,
    CallbackFaults,
    DescribeCall,
    DropSocket,
    EndCall,
    Fault,
    Leave,
    Line,
    ListCalls,
    ListFaults,
    Manners,
    Ring,
    Speak,
    Speaker,
    Steering,
    Text,
)

FaultyOperation = Literal[
    "connect",
    "create",
    "answer",
    "reject",
    "redirect",
    "add-participant",
    "get",
    "hang-up",
    "terminate",
    "start",
    "stop",
    "update",
    "participants",
]


CallbackName = Literal[
    "CallConnected",
    "ConnectFailed",
    "CreateCallFailed",
    "AnswerFailed",
    "CallDisconnected",
    "ParticipantsUpdated",
    "AddParticipantSucceeded",
    "AddParticipantFailed",
    "TranscriptionStarted",
    "TranscriptionStopped",
    "TranscriptionUpdated",
    "TranscriptionFailed",
    "TranscriptionResumed",
]


class MakeCall(Manners, frozen=True, kw_only=True):
    """A call that is under way, with people in it who follow a script."""

    speakers: tuple[Speaker, ...] = ()
    script: tuple[Line, ...] = ()
    group_call_id: Text | None = None
    room_id: Text | None = None


class Join(Steering, frozen=True):
    """A person comes into the call."""

    sim_id: str
    raw_id: Text
    display_name: str = ""


class InjectFault(Fault, frozen=True):
    """The next `times` requests of an operation go wrong in this way."""

    operation: FaultyOperation
    do: Literal["status", "timeout-before", "timeout-after", "code"]
    code: int = 500
    sub_code: int = 9999


class DisturbCallbacks(Steering, frozen=True):
    """From now on callbacks go astray like this; those whose names are in `hold` wait until they no longer are."""

    callbacks: CallbackFaults = CallbackFaults()
    hold: tuple[CallbackName, ...] = ()


type SteeringOperation = (
    MakeCall
    | Ring
    | Answering
    | Speak
    | Join
    | Leave
    | EndCall
    | DropSocket
    | DescribeCall
    | ListCalls
    | InjectFault
    | DisturbCallbacks
    | ListFaults
)
