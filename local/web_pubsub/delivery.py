"""Messages to connections, and the ends of connections."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from aiohttp import WSCloseCode

from local.web_pubsub import subprotocol
from local.web_pubsub.connection import Connection, Message
from local.web_pubsub.errors import ReplayFull
from local.web_pubsub.events import tell_disconnected
from local.web_pubsub.service import Service
from local.web_pubsub.sockets import text

_log = logging.getLogger(__name__)

ENDED: Final = "The connection ended."  # the reasons are [E]
EXPIRED: Final = "The connection recovery timeout expired."
SERVER_CLOSED: Final = "Application server closed the connection."


def publish(service: Service, receivers: Iterable[Connection], message: Message) -> None:
    """Send a message to each of the receivers; waits for none of them."""
    for receiver in receivers:
        if not _send(service, receiver, message):
            # Too far behind: the socket breaks without a close frame, and there is no recovery.
            cut(service, receiver, ENDED)


def finish(service: Service, connection: Connection, reason: str) -> None:
    """The connection is over; what was already read is still brought to the event handler."""
    if not _over(service, connection, reason):
        return
    service.beside(connection.inbox.put(None))


def cut(service: Service, connection: Connection, reason: str) -> None:
    """The connection is over, and so is its event in flight."""
    if not _over(service, connection, reason):
        return
    _empty(connection)
    if connection.socket is not None:
        connection.socket.drop()
    if connection.worker is not None:
        connection.worker.cancel()


def close(service: Service, connection: Connection, reason: str) -> None:
    """The application's server closes the connection; its event in flight still ends."""
    said = f"{SERVER_CLOSED} Reason: {reason}" if reason else SERVER_CLOSED
    _empty(connection)
    finish(service, connection, said)
    if connection.socket is None:
        return
    if connection.speaks_json:
        connection.send(text(subprotocol.disconnected(reason or said)))
    connection.socket.close(WSCloseCode.OK, reason)


def break_off(service: Service, connection: Connection, code: int, reason: str) -> None:
    """The service closes the connection for what its client did or met; what was read is dropped."""
    _empty(connection)
    finish(service, connection, ENDED)
    if connection.socket is not None:
        connection.socket.close(code, reason)


def worker_ended(service: Service, connection: Connection, worker: asyncio.Task[None]) -> None:
    """Nothing more of the connection goes upstream but that it is gone."""
    if not worker.cancelled() and worker.exception() is not None:
        _log.error("A connection's requests failed.", exc_info=worker.exception())
        cut(service, connection, ENDED)
    if not service.stopping:
        tell_disconnected(service, connection, connection.end or ENDED)


def _send(service: Service, receiver: Connection, message: Message) -> bool:
    if receiver.end is not None:
        return True
    try:
        frame = message.frame_for(receiver)
    except ReplayFull:
        return False
    if not receiver.send(frame):
        return False
    service.hub(receiver.hub).counters.sent(len(frame.data))
    return True


def _over(service: Service, connection: Connection, reason: str) -> bool:
    if connection.end is not None:
        return False
    connection.end = reason
    service.hub(connection.hub).remove(connection)
    if connection.expiry is not None:
        connection.expiry.cancel()
    return True


def _empty(connection: Connection) -> None:
    while not connection.inbox.empty():
        connection.inbox.get_nowait()
