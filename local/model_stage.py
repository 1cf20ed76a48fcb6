"""Where a model of calls meets the world: real time, its requests and its sockets."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import aiohttp

from local.conversation.effects import Answer, BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import Request
from local.conversation.model import Model
from local.transcript_socket import Opening, TranscriptSocket

_log = logging.getLogger(__name__)


class ModelStage:
    """Runs one model in real time; what a model wants besides answers and frames, its own stage does (`perform`)."""

    def __init__(self, model: Model[Any, Any, Any], session: aiohttp.ClientSession) -> None:
        self._model = model
        self._session = session
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._sockets: dict[str, tuple[TranscriptSocket, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, operation: Any) -> Answer:
        """Ask the model; waits as long as the model keeps its answer back, for ever if it loses it."""
        request_id = str(uuid4())
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = waiting
        try:
            self.happened(Request(request_id, operation))
            return await waiting
        finally:
            del self._waiting[request_id]

    def happened(self, event: Any) -> None:
        """Something happened outside: tell the model, and do what it wants done."""
        self._do_all(self._model.handle(event, _now()))

    async def close(self) -> None:
        """Stop everything that is under way."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def perform(self, effect: Any) -> None:
        """Do what only this model wants done."""
        raise NotImplementedError(type(effect).__name__)

    def open_socket(self, opening: Opening) -> None:
        """Open a transcript socket."""
        socket = TranscriptSocket(opening, self.happened)
        task = self.spawn(socket.run(self._session))
        self._sockets[opening.socket_id] = socket, task
        task.add_done_callback(lambda _: self._sockets.pop(opening.socket_id))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work that goes on beside, until the stage closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _advance(self) -> None:
        self._do_all(self._model.advance(_now()))

    def _do_all(self, effects: list[Any]) -> None:
        for effect in effects:
            self._do(effect)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._model.next_due()
        wait = None if due is None else max(0, due - _now()) / 1000
        self._timer = None if wait is None else asyncio.get_running_loop().call_later(wait, self._advance)

    def _do(self, effect: Any) -> None:
        match effect:
            case Answer():
                self._answer(effect)
            case SendFrame():
                self._sockets[effect.socket_id][0].send(effect)
            case CloseSocket():
                self._close_socket(effect.socket_id)
            case BreakSocket():
                self._break_socket(effect.socket_id)
            case _:
                self.perform(effect)

    def _answer(self, answer: Answer) -> None:
        waiting = self._waiting.get(answer.request_id)
        if waiting is not None and not waiting.done():  # else the client has gone
            waiting.set_result(answer)

    def _close_socket(self, socket_id: str) -> None:
        if socket_id in self._sockets:  # else the server was faster
            self._sockets[socket_id][0].close()

    def _break_socket(self, socket_id: str) -> None:
        if socket_id in self._sockets:
            socket, task = self._sockets[socket_id]
            socket.cut()
            task.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a task of the stand-in failed", exc_info=task.exception())


def _now() -> int:
    return time.time_ns() // 1_000_000
