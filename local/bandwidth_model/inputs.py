"""What can happen to the model from outside; what sockets do is as for any calls."""

from dataclasses import dataclass

from local.bandwidth_model.requests import RestOperation
from local.bandwidth_model.steering import SteeringOperation
from local.conversation.inputs import Request, SocketInput


@dataclass(frozen=True, slots=True)
class WebhookAnswered:
    """A webhook was sent; `status` is None where no HTTP answer came. `body` counts where BXML is asked for."""

    delivery_id: str
    status: int | None
    body: str = ""


type Input = Request[RestOperation | SteeringOperation] | SocketInput | WebhookAnswered
