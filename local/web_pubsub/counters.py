"""What a hub has carried, for cost and for loss: counted, never estimated."""

from dataclasses import dataclass

BILLING_STEP = 2_048  # bytes; outbound only, upstream posts included


@dataclass(slots=True)
class Counters:
    """Totals of one hub since the process started; sizes in bytes."""

    rest_sends: int = 0
    rest_send_bytes: int = 0
    upstream_requests: int = 0
    upstream_bytes: int = 0
    frames_received: int = 0
    frames_received_bytes: int = 0
    events_delivered: int = 0
    events_failed: int = 0
    messages_sent: int = 0
    messages_sent_bytes: int = 0
    billed_messages: int = 0
    connections_opened: int = 0
    connections_closed: int = 0

    def upstream(self, size: int) -> None:
        """One request went to the event handler."""
        self.upstream_requests += 1
        self.upstream_bytes += size
        self.billed_messages += billed(size)

    def sent(self, size: int) -> None:
        """One message went to one client."""
        self.messages_sent += 1
        self.messages_sent_bytes += size
        self.billed_messages += billed(size)

    def received(self, size: int) -> None:
        """One frame of a client was read in full."""
        self.frames_received += 1
        self.frames_received_bytes += size


def billed(size: int) -> int:
    """How many messages an outbound one of this size counts as."""
    return max(1, -(-size // BILLING_STEP))
