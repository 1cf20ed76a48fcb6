"""A client's connection: it outlives its socket when it is reliable."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property

from aiohttp.http import WSMsgType

from local.web_pubsub import subprotocol
from local.web_pubsub.payload import Payload
from local.web_pubsub.permissions import Permissions
from local.web_pubsub.reliable import AckHistory, Replay
from local.web_pubsub.sockets import Frame, Socket, text
from local.web_pubsub.subprotocol import ClientMessage

INBOX = 1_000  # messages read ahead of the event in flight; the socket waits beyond

type Inbox = asyncio.Queue[Payload | ClientMessage | None]  # None: no more will come


@dataclass(slots=True, eq=False)
class Connection:
    """Everything that is known of one client."""

    id: str
    hub: str
    user_id: str | None
    groups: set[str]
    permissions: Permissions
    origin: str  # the host that the client came to
    subprotocol: str | None = None
    sends_to: str | None = None  # a simple client's group, in the mode sendToGroup
    state: str = ""  # ce-connectionState
    cookies: dict[str, str] = field(default_factory=dict)
    events: int = 0  # the next ce-id
    reconnection_token: str = ""
    acks: AckHistory = field(default_factory=AckHistory)
    replay: Replay = field(default_factory=Replay)
    inbox: Inbox = field(default_factory=lambda: asyncio.Queue(INBOX))
    socket: Socket | None = None
    worker: asyncio.Task[None] | None = None
    expiry: asyncio.TimerHandle | None = None
    end: str | None = None  # why it ended
    frames_received: int = 0
    events_delivered: int = 0

    @property
    def speaks_json(self) -> bool:
        """Whether the client has chosen one of the service's subprotocols: else it is a simple one."""
        return self.subprotocol in subprotocol.SUPPORTED

    @property
    def reliable(self) -> bool:
        """Whether a broken socket can be recovered."""
        return self.subprotocol == subprotocol.RELIABLE

    def send(self, frame: Frame) -> bool:
        """Hand a frame to the socket; False when its reader is too far behind."""
        return self.socket is None or self.socket.send(frame)


class Message:
    """A message on its way to many: encoded once for each subprotocol."""

    def __init__(self, payload: Payload, group: str | None = None, from_user: str | None = None) -> None:
        self.payload = payload
        self._group = group
        self._from_user = from_user

    @cached_property
    def bare(self) -> Frame:
        """What a simple client gets: the data alone."""
        binary = self.payload.data_type == "binary"
        return Frame(WSMsgType.BINARY, self.payload.body) if binary else text(self.payload.body)

    @cached_property
    def json(self) -> bytes:
        """The message in the JSON subprotocol, without a sequence id."""
        if self._group is None:
            return subprotocol.server_message(self.payload)
        return subprotocol.group_message(self._group, self._from_user, self.payload)

    def frame_for(self, connection: Connection) -> Frame:
        """The frame for one client. Raises ReplayFull."""
        if not connection.speaks_json:
            return self.bare
        if not connection.reliable:
            return self.json_frame
        return text(connection.replay.number(self.json))

    @cached_property
    def json_frame(self) -> Frame:
        """The frame for JSON clients that are not reliable."""
        return text(self.json)
