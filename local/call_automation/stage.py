"""Where the model meets the world: real time, and its effects carried out."""

import asyncio
import json
import logging
import time
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

import aiohttp
from yarl import URL

from local.call_automation.event_publisher import EventPublisher
from local.call_automation.tokens import CALLBACK_SECONDS, SOCKET_SECONDS, Signer
from local.call_automation.transcript_socket import TranscriptSocket
from local.call_model import Calls
from local.call_model.effects import (
    Answer,
    BreakSocket,
    CloseSocket,
    Effect,
    OpenSocket,
    PublishEvent,
    SendCallback,
    SendFrame,
)
from local.call_model.inputs import CallbackAnswered, Input, Request

_log = logging.getLogger(__name__)
_CALLBACK_SECONDS = 30


class Stage:
    """Runs one model in real time. Without a publisher, what it would publish is dropped."""

    def __init__(
        self,
        calls: Calls,
        signer: Signer,
        session: aiohttp.ClientSession,
        publisher: EventPublisher | None = None,
    ) -> None:
        self._calls = calls
        self._signer = signer
        self._session = session
        self._publisher = publisher
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

    def happened(self, event: Input) -> None:
        """Something happened outside: tell the model, and do what it wants done."""
        self._perform(self._calls.handle(event, _now()))

    async def close(self) -> None:
        """Stop everything that is under way."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _advance(self) -> None:
        self._perform(self._calls.advance(_now()))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            self._do(effect)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._calls.next_due()
        wait = None if due is None else max(0, due - _now()) / 1000
        self._timer = None if wait is None else asyncio.get_running_loop().call_later(wait, self._advance)

    def _do(self, effect: Effect) -> None:
        match effect:
            case Answer():
                self._answer(effect)
            case SendCallback():
                self._spawn(self._post(effect))
            case OpenSocket():
                self._open_socket(effect)
            case SendFrame():
                self._sockets[effect.socket_id][0].send(effect)
            case CloseSocket():
                self._close_socket(effect.socket_id)
            case BreakSocket():
                self._break_socket(effect.socket_id)
            case PublishEvent():
                self._publish(effect)

    def _publish(self, publishing: PublishEvent) -> None:
        if self._publisher is not None:
            self._publisher.publish(publishing.event)

    def _answer(self, answer: Answer) -> None:
        waiting = self._waiting.get(answer.request_id)
        if waiting is not None and not waiting.done():  # else the client has gone
            waiting.set_result(answer)

    def _open_socket(self, opening: OpenSocket) -> None:
        token = self._signer.token(SOCKET_SECONDS)
        socket = TranscriptSocket(opening, token, self.happened)
        task = self._spawn(socket.run(self._session))
        self._sockets[opening.socket_id] = socket, task
        task.add_done_callback(lambda _: self._sockets.pop(opening.socket_id))

    def _close_socket(self, socket_id: str) -> None:
        if socket_id in self._sockets:  # else the server was faster
            self._sockets[socket_id][0].close()

    def _break_socket(self, socket_id: str) -> None:
        if socket_id in self._sockets:
            socket, task = self._sockets[socket_id]
            socket.cut()
            task.cancel()

    async def _post(self, callback: SendCallback) -> None:
        status = await self._status_of(callback)
        _log.info("%s answered with %s", callback.event["type"], status)
        self.happened(CallbackAnswered(callback.delivery_id, status))

    async def _status_of(self, callback: SendCallback) -> int | None:
        """Post as an array of one, with a new token; None where no answer came."""
        headers = {
            "Authorization": f"Bearer {self._signer.token(CALLBACK_SECONDS)}",
            "Content-Type": "application/json; charset=utf-8",
        }
        body = json.dumps([callback.event]).encode()
        limit = aiohttp.ClientTimeout(total=_CALLBACK_SECONDS)
        try:
            async with self._session.post(
                URL(callback.url, encoded=True), data=body, headers=headers, timeout=limit
            ) as response:
                return response.status
        except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: no such URL can be
            # Its text could hold the URL, and that a ticket.
            _log.warning("%s not delivered: %s", callback.event["type"], type(error).__name__)
            return None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("a task of the stand-in failed", exc_info=task.exception())


def _now() -> int:
    return time.time_ns() // 1_000_000
