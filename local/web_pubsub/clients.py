"""The client endpoint: coming in, recovery, and the reading of a socket."""

import asyncio
import secrets
from functools import partial
from http import HTTPStatus

from aiohttp import WSCloseCode, web
from aiohttp.http import WebSocketError, WSMsgType

from local.web_pubsub import subprotocol
from local.web_pubsub.connection import Connection
from local.web_pubsub.delivery import ENDED, EXPIRED, cut, finish, worker_ended
from local.web_pubsub.errors import EventFailed, MalformedMessage, TokenRefused
from local.web_pubsub.events import admit, ask_to_connect, tell_connected
from local.web_pubsub.handshake import (
    accept,
    audiences,
    body_of_connect,
    chosen_subprotocol,
    newcomer,
    offered,
    token_of,
)
from local.web_pubsub.payload import Payload
from local.web_pubsub.requests import work
from local.web_pubsub.service import Service, now
from local.web_pubsub.sockets import Socket, text
from local.web_pubsub.subprotocol import ClientMessage, Ping, SendToGroup, SequenceAck, UserEvent, payload_of
from local.web_pubsub.tokens import judge_client_token

_NOT_RECOVERED = "The connection cannot be recovered."


async def client_endpoint(service: Service, request: web.Request) -> web.StreamResponse:
    """`GET /client/hubs/{hub}`: a WebSocket, or the HTTP status that refuses it."""
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    if "awps_connection_id" in request.query:
        return await _recover(service, request)
    try:
        claims = judge_client_token(token_of(request), service.client_keys, list(audiences(request)), now())
        connection = newcomer(request, claims)
        answer = await ask_to_connect(service, connection, body_of_connect(request, claims))
    except TokenRefused:
        return web.Response(status=HTTPStatus.UNAUTHORIZED)
    except EventFailed as refusal:
        return web.Response(status=refusal.status)
    admit(connection, answer)
    connection.subprotocol = chosen_subprotocol(request, answer)
    return await _serve_newcomer(service, connection, request)


async def _serve_newcomer(
    service: Service, connection: Connection, request: web.Request
) -> web.StreamResponse:
    socket = await accept(request, connection.subprotocol)
    if connection.reliable:
        connection.reconnection_token = secrets.token_urlsafe(24)
    connection.socket = socket
    service.hub(connection.hub).add(connection)
    _greet(connection)
    tell_connected(service, connection)
    connection.worker = asyncio.create_task(work(service, connection))
    connection.worker.add_done_callback(partial(worker_ended, service, connection))
    return await _attend(service, connection, socket)


async def _recover(service: Service, request: web.Request) -> web.StreamResponse:
    # No access token is asked for: the reconnection token stands for it [E].
    hub = service.hub(request.match_info["hub"].lower())
    connection = hub.connections.get(request.query["awps_connection_id"])
    given = request.query.get("awps_reconnection_token", "")
    socket = await accept(request, next(offered(request), None))
    if connection is None or not connection.reliable or not _same(given, connection.reconnection_token):
        await socket.response.close(code=WSCloseCode.POLICY_VIOLATION, message=_NOT_RECOVERED.encode())
        return socket.response
    _move(connection, socket)
    return await _attend(service, connection, socket)


def _move(connection: Connection, socket: Socket) -> None:
    if connection.expiry is not None:
        connection.expiry.cancel()
        connection.expiry = None
    if connection.socket is not None:
        connection.socket.drop()
    connection.socket = socket
    _greet(connection)
    for message in connection.replay.pending():
        socket.send(text(message))


def _greet(connection: Connection) -> None:
    if not connection.speaks_json:
        return
    token = connection.reconnection_token or None
    connection.send(text(subprotocol.connected(connection.id, connection.user_id, token)))


async def _attend(service: Service, connection: Connection, socket: Socket) -> web.StreamResponse:
    writer = asyncio.create_task(socket.write())
    try:
        await _read(service, connection, socket)
    finally:
        _detach(service, connection, socket)
        if not socket.closing:
            writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
    return socket.response


async def _read(service: Service, connection: Connection, socket: Socket) -> None:
    while True:
        message = await socket.response.receive()
        match message.type:
            case WSMsgType.TEXT | WSMsgType.BINARY if connection.end is None:
                await _take(service, connection, message.data)
            case WSMsgType.TEXT | WSMsgType.BINARY:
                continue  # the socket is being closed: what still comes is too late
            case WSMsgType.CLOSE:
                await _closed_by_client(service, connection, socket, message.data, message.extra or "")
                return
            case WSMsgType.ERROR if isinstance(message.data, WebSocketError):
                # Too large, not UTF-8 or against the protocol: aiohttp has closed it so.
                finish(service, connection, ENDED)
                return
            case _:
                return  # broken, or closed by the service


async def _take(service: Service, connection: Connection, data: str | bytes) -> None:
    payload = Payload("text", data.encode()) if isinstance(data, str) else Payload("binary", data)
    connection.frames_received += 1
    service.hub(connection.hub).counters.received(len(payload.body))
    if connection.speaks_json:
        await _take_json(service, connection, payload)
    else:
        await connection.inbox.put(payload)


async def _take_json(service: Service, connection: Connection, payload: Payload) -> None:
    if payload.data_type == "binary":
        _reject(service, connection, WSCloseCode.UNSUPPORTED_DATA, "The subprotocol takes text frames.")
        return
    try:
        message = _decoded(payload.body)
    except MalformedMessage:
        _reject(service, connection, WSCloseCode.INVALID_TEXT, "This is no message of the subprotocol.")
        return
    if isinstance(message, Ping):
        connection.send(text(subprotocol.PONG))
    elif isinstance(message, SequenceAck):
        connection.replay.acknowledge(message.sequence_id)
    else:
        await connection.inbox.put(message)


def _decoded(frame: bytes) -> ClientMessage:
    message = subprotocol.decode(frame)
    if isinstance(message, SendToGroup | UserEvent):
        payload_of(message)  # raises while the frame can still be refused
    return message


def _reject(service: Service, connection: Connection, code: int, reason: str) -> None:
    if connection.socket is not None:
        connection.socket.close(code, reason)
    finish(service, connection, ENDED)


async def _closed_by_client(
    service: Service, connection: Connection, socket: Socket, code: int, reason: str
) -> None:
    await socket.response.close(code=code or WSCloseCode.OK, message=reason.encode())
    if code == WSCloseCode.OK or not connection.reliable:
        finish(service, connection, reason)  # a reliable client may come back after any other code [E]


def _detach(service: Service, connection: Connection, socket: Socket) -> None:
    """What an end of the socket means that nobody has given a reason for yet: it is broken."""
    if connection.socket is not socket or connection.end is not None:
        return  # another socket has taken over, or the service closed this one
    if not connection.reliable:
        cut(service, connection, ENDED)
        return
    connection.socket = None
    loop = asyncio.get_running_loop()
    connection.expiry = loop.call_later(service.settings.recovery, finish, service, connection, EXPIRED)


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())
