"""ACS in a simulated world: the pure call model on virtual time, its callbacks and sockets carried into the world."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from local.acs_model import Calls
from local.acs_model.effects import OpenSocket, PublishEvent, SendCallback
from local.acs_model.inputs import CallbackAnswered
from tests.simulation.hosts import Hosts
from tests.simulation.virtual_stage import VirtualStage

TALKING = 2
"""So many people make a conversation; one alone may be a caller for whom nobody came."""


class Acs(VirtualStage):
    """Runs the model. `asked` are our requests: when (ms since 1970), which, about which connection."""

    def __init__(
        self,
        seed: int,
        hosts: Hosts,
        post: Callable[[SendCallback], Awaitable[int | None]],
        publish: Callable[[dict[str, Any]], Coroutine[Any, Any, None]],
    ) -> None:
        self.calls = Calls(seed)
        super().__init__(self.calls, hosts)
        self.post = post
        self.publish = publish
        self.asked: list[tuple[int, str, str]] = []
        self.hung_up_on: set[str] = set()
        self.is_known_to_be_in_call: Callable[[str], bool]

    def be_calm(self) -> None:
        """Nothing that was to go wrong goes wrong any more."""
        self.calls._world.faults.clear()

    def is_talked_on(self, connection_id: str) -> bool:
        """Whether people talk with each other through a connection of ours."""
        connection = self.calls._world.connections.get(connection_id)
        if connection is None or connection.state != "connected" or connection.parties.kind == "connect":
            return False
        return len(connection.call.people) >= TALKING

    def do_own(self, effect: Any) -> None:
        """Carry what only ACS does into the world; a socket's URL ends in its session's id."""
        match effect:
            case SendCallback():
                self.hosts.world_task(self.call_back(effect))
            case PublishEvent():
                self.hosts.world_task(self.publish(effect.event))
            case OpenSocket():
                session_id = effect.url.rpartition("/")[2]
                self.sockets.open(self, effect.socket_id, session_id, effect.call_connection_id)

    async def call_back(self, callback: SendCallback) -> None:
        """Post a callback and tell the model how it went."""
        self.happened(CallbackAnswered(callback.delivery_id, await self.post(callback)))
