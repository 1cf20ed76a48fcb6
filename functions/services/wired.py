"""What the triggers may use. `wiring.py` fills it, each part when it is first asked for."""

from collections.abc import Mapping
from typing import Protocol

from functions.lifecycle.session import Session
from functions.services.health import StorageCheck
from functions.services.ports import SegmentStore, SessionPorts, Viewers
from functions.services.transcript_stream import StreamPorts
from functions.settings import Settings


class Services(Protocol):
    """The parts of the running app."""

    @property
    def settings(self) -> Settings:
        """The deployment's settings."""

    @property
    def sessions(self) -> SessionPorts:
        """For the sessions' service."""

    @property
    def stream(self) -> StreamPorts:
        """For the frame path."""

    @property
    def segments(self) -> SegmentStore:
        """Stored transcripts."""

    @property
    def viewers(self) -> Mapping[str, Viewers]:
        """Those who read along, by the name of their Web PubSub resource."""

    @property
    def storage_check(self) -> StorageCheck:
        """Whether Table Storage answers."""

    def now(self) -> int:
        """Milliseconds since 1970."""

    async def check_event(self, connection_id: str, signature: str, authorization: str | None) -> str:
        """The name of the Web PubSub resource of ours that sent an event of this connection. Raises Unauthorized."""

    async def check_person(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears a token of Entra ID that opens the API."""

    def check_webhook(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears the name and password that Bandwidth was given."""

    async def answer_bandwidth(self, session: Session) -> bytes:
        """What a call of Bandwidth does that was just answered, as BXML."""

    async def check_callback(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears a token of ACS for our resource."""
