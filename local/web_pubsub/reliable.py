"""What a reliable connection remembers: messages to replay and acks already given. Pure."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from local.web_pubsub.errors import ReplayFull
from local.web_pubsub.subprotocol import with_sequence_id

MESSAGES = 1_000
BYTES = 16 * 1024 * 1024
ACKS = 1_000  # ids remembered for a connection [E]


@dataclass(slots=True)
class Replay:
    """The messages that a reliable client has not acknowledged, oldest first, numbered from 1."""

    last: int = 0
    size: int = 0  # bytes
    unacknowledged: deque[tuple[int, bytes]] = field(default_factory=deque)

    def number(self, message: bytes) -> bytes:
        """The message with the next sequence id, kept until acknowledged. Raises ReplayFull."""
        numbered = with_sequence_id(message, self.last + 1)
        if len(self.unacknowledged) >= MESSAGES or self.size + len(numbered) > BYTES:
            raise ReplayFull("The client has left too many messages unacknowledged.")
        self.last += 1
        self.size += len(numbered)
        self.unacknowledged.append((self.last, numbered))
        return numbered

    def acknowledge(self, sequence_id: int) -> None:
        """The client has everything up to and with `sequence_id`."""
        while self.unacknowledged and self.unacknowledged[0][0] <= sequence_id:
            self.size -= len(self.unacknowledged.popleft()[1])

    def pending(self) -> list[bytes]:
        """What a recovered client is sent again, in order."""
        return [message for _, message in self.unacknowledged]


@dataclass(slots=True)
class AckHistory:
    """The ackIds that a connection has used."""

    seen: OrderedDict[int | None, None] = field(default_factory=OrderedDict)

    def used(self, ack_id: int | None) -> bool:
        """Whether something was done under this id already."""
        return ack_id in self.seen

    def remember(self, ack_id: int) -> None:
        """Something was done under this id: a repeat is a duplicate."""
        self.seen[ack_id] = None
        if len(self.seen) > ACKS:
            self.seen.popitem(last=False)
