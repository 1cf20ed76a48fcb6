"""Faults that a test or the demo asks for over `/sim/faults`. Pure."""

from dataclasses import dataclass, field
from typing import Literal

import msgspec


class UpstreamFault(msgspec.Struct, kw_only=True, rename="camel"):
    """What befalls the next `times` tries of an event.

    `status`: the try is answered so, and the handler never sees it.
    `drop-connection`: the handler gets it, and its answer is lost.
    """

    event: str
    do: Literal["status", "drop-connection"]
    status: int = 503
    times: int = 1


class SendFault(msgspec.Struct, kw_only=True, rename="camel"):
    """The next `times` REST sends are answered with `status` and reach nobody."""

    status: int = 503
    times: int = 1


class FaultOrder(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The body of `POST /sim/faults`: what is absent stays as it is."""

    repeat_events: bool | None = None
    upstream: UpstreamFault | None = None
    sends: SendFault | None = None


@dataclass(slots=True)
class Faults:
    """The faults in force. `repeat_events` lasts; the others wear off."""

    repeat_events: bool = False
    upstream: dict[str, UpstreamFault] = field(default_factory=dict)
    sends: SendFault = field(default_factory=lambda: SendFault(times=0))

    def order(self, order: FaultOrder) -> None:
        """Put new faults in force; one for the same event replaces the older."""
        if order.repeat_events is not None:
            self.repeat_events = order.repeat_events
        if order.upstream is not None:
            self.upstream[order.upstream.event] = order.upstream
        if order.sends is not None:
            self.sends = order.sends

    def next_upstream(self, event: str) -> UpstreamFault | None:
        """The fault that this try of an event meets, if any."""
        fault = self.upstream.get(event)
        if fault is None or fault.times <= 0:
            return None
        fault.times -= 1
        return fault

    def next_send(self) -> int | None:
        """The status that this REST send is answered with, if it fails."""
        if self.sends.times <= 0:
            return None
        self.sends.times -= 1
        return self.sends.status
