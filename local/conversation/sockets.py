"""Transcript sockets as a model has them: named, used, closed, broken."""

from typing import Any

from local.conversation.effects import BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import FrameReceived, SocketOpened
from local.conversation.state import AnyWorld, Conversations, Hearing, Socket


def name[Socketed](world: Conversations[Any, Any, Socketed], socket: Socket, whose: Socketed) -> str:
    """The id of a socket that is to be opened now."""
    socket.id = world.new_id()
    world.sockets[socket.id] = whose
    return socket.id


def opened[Socketed](world: Conversations[Any, Any, Socketed], event: SocketOpened) -> Socketed | None:
    """Whose socket is open now; one that nobody waits for any more is closed."""
    if event.socket_id not in world.sockets:
        world.emit(CloseSocket(event.socket_id))
    return world.sockets.get(event.socket_id)


def send(world: AnyWorld, socket: Socket, payload: str, hearing: Hearing | None = None) -> None:
    """Send a frame if the socket is open; else it is gone, as in reality: nothing is replayed.

    It is a final if it bears a hearing: then the hearing is told when the frame has been read.
    """
    if socket.id is None or not socket.open:
        return
    confirm = None
    if hearing is not None:
        confirm = world.new_id()
        world.awaited[confirm] = hearing
    world.emit(SendFrame(socket.id, payload, socket.binary, confirm))


def received(world: AnyWorld, frame: FrameReceived) -> None:
    """A final has been read."""
    world.awaited.pop(frame.frame_id).received = True


def close(world: AnyWorld, socket: Socket) -> None:
    """Close the socket, if there is one."""
    if socket.id is not None:
        world.emit(CloseSocket(socket.id))
        forget(world, socket)


def cut(world: AnyWorld, socket: Socket) -> None:
    """Break the socket, if there is one."""
    if socket.id is not None:
        world.emit(BreakSocket(socket.id))
        forget(world, socket)


def forget(world: AnyWorld, socket: Socket) -> None:
    """The socket is gone."""
    if socket.id is not None:
        del world.sockets[socket.id]
    socket.id = None
    socket.open = False
