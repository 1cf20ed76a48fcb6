"""What may be asked of the stand-in itself; what people do in a call is said as to the other stand-in for calls."""

from typing import Annotated, Literal

import msgspec

from local.conversation.steering import (
    Answering,
    CallbackFaults,
    DescribeCall,
    DropSocket,
    EndCall,
    Fault,
    Leave,
    ListCalls,
    ListFaults,
    Ring,
    Speak,
    Steering,
)

FaultyOperation = Literal[
    "create", "get", "modify", "replace-bxml", "transcriptions", "start-transcription", "transcribe"
]


class Application(Steering, frozen=True, kw_only=True):
    """A voice application: where calls to its numbers (all, if it names none) are announced.

    `username` and `password` are sent to its URLs when they are asked for.
    """

    application_id: Annotated[str, msgspec.Meta(min_length=1)]
    call_initiated_url: str
    call_status_url: str | None = None
    username: str = ""
    password: str = ""
    numbers: tuple[str, ...] = ()


class InjectFault(Fault, frozen=True):
    """The next `times` requests of an operation go wrong in this way.

    `cause` ends what was begun: a created call (`busy`, `rejected`, …), a transcription that was to start
    (`start-transcription`: Rejected) or one under way (`transcribe`: Stopped), with what it says.
    """

    operation: FaultyOperation
    do: Literal["status", "timeout-before", "timeout-after", "cause"]
    retry_after: int | None = None
    cause: str = "error"


class WebhookFaults(CallbackFaults, frozen=True):
    """How asynchronous webhooks go astray, and how they are spelt.

    The documentation's tables and its examples name a rejected or stopped transcription differently.
    """

    spelling: Literal["either", "realTimeTranscription", "transcription"] = "either"


class DisturbWebhooks(Steering, frozen=True):
    """From now on webhooks go astray like this."""

    webhooks: WebhookFaults


type SteeringOperation = (
    Application
    | Answering
    | Ring
    | Speak
    | Leave
    | EndCall
    | DropSocket
    | DescribeCall
    | ListCalls
    | InjectFault
    | DisturbWebhooks
    | ListFaults
)
