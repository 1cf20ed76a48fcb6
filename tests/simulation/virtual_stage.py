"""Where a pure model of calls meets a simulated world: virtual time, its requests and its sockets."""

import asyncio
import itertools
from typing import Any, Protocol

from local.conversation.effects import Answer, BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import Request
from tests.simulation.hosts import Hosts
from tests.simulation.virtual_time import BEGIN_MS, virtual_now


class Model(Protocol):
    """A pure model: inputs and time (ms since 1970) go in, effects come out."""

    def next_due(self) -> int | None:
        """When something happens by itself next, or None."""

    def advance(self, now: int) -> list[Any]:
        """Let everything happen that is due by `now`."""

    def handle(self, event: Any, now: int) -> list[Any]:
        """Let `event` happen at `now`."""


class Opener(Protocol):
    """Whoever opens a transcript socket, and is told what becomes of it."""

    def happened(self, event: Any) -> None:
        """Something happened to it."""


class Sockets(Protocol):
    """Where transcript sockets end."""

    def open(self, opener: Opener, socket_id: str, session_id: str, connection: str | None) -> None:
        """Begin to open a socket."""

    def send(self, effect: SendFrame) -> None:
        """A frame on its way."""

    def close(self, socket_id: str) -> None:
        """A clean close."""

    def cut(self, socket_id: str) -> None:
        """A broken connection."""


class VirtualStage:
    """Runs one model on the loop's time; what it wants besides answers and frames, its own stage does (`do_own`)."""

    def __init__(self, model: Model, hosts: Hosts) -> None:
        self.model = model
        self.hosts = hosts
        self.sockets: Sockets
        self.number = itertools.count()
        self.waiting: dict[str, asyncio.Future[Answer]] = {}
        self.timer: asyncio.TimerHandle | None = None

    def now(self) -> int:
        """Milliseconds since 1970."""
        return virtual_now()

    async def ask(self, operation: Any) -> Answer:
        """The answer to a request; never, if the model loses it."""
        request = f"request-{next(self.number)}"
        future = self.waiting[request] = asyncio.get_running_loop().create_future()
        self.happened(Request(request, operation))
        answer: Answer = await future
        return answer

    def happened(self, event: Any) -> None:
        """Tell the model, and do what it wants done."""
        self.perform(self.model.handle(event, self.now()))

    def perform(self, effects: list[Any]) -> None:
        """Carry effects into the world, then wait for the model's next moment."""
        for effect in effects:
            self.do(effect)
        if self.timer is not None:
            self.timer.cancel()
        due = self.model.next_due()
        loop = asyncio.get_running_loop()
        self.timer = None if due is None else loop.call_at((due - BEGIN_MS) / 1000, self.advance)

    def advance(self) -> None:
        """The model's next moment has come."""
        self.perform(self.model.advance(self.now()))

    def do(self, effect: Any) -> None:
        """Carry one effect into the world."""
        match effect:
            case Answer():
                future = self.waiting.pop(effect.request_id)
                if not future.done():
                    future.set_result(effect)
            case SendFrame():
                self.sockets.send(effect)
            case CloseSocket():
                self.sockets.close(effect.socket_id)
            case BreakSocket():
                self.sockets.cut(effect.socket_id)
            case _:
                self.do_own(effect)

    def do_own(self, effect: Any) -> None:
        """Do what only this model wants done."""
        raise NotImplementedError(type(effect).__name__)
