"""What can happen to the model from outside."""

from dataclasses import dataclass

from local.acs_model.requests import RestOperation
from local.acs_model.steering import SteeringOperation
from local.conversation.inputs import Request, SocketInput


@dataclass(frozen=True, slots=True)
class CallbackAnswered:
    """A callback was posted; `status` is None where no HTTP answer came."""

    delivery_id: str
    status: int | None


type Input = Request[RestOperation | SteeringOperation] | SocketInput | CallbackAnswered
