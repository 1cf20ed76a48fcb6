"""The model of calls in the world: its callbacks posted, its sockets opened, its events published."""

import json
import logging

import aiohttp
from yarl import URL

from local.acs_model import Calls
from local.acs_model.effects import Effect, OpenSocket, PublishEvent, SendCallback
from local.acs_model.inputs import CallbackAnswered
from local.call_automation.event_publisher import EventPublisher
from local.call_automation.tokens import CALLBACK_SECONDS, SOCKET_SECONDS, Signer
from local.model_stage import ModelStage
from local.transcript_socket import Opening

_log = logging.getLogger(__name__)
_CALLBACK_SECONDS = 30


class Stage(ModelStage):
    """Runs one model in real time. Without a publisher, what it would publish is dropped."""

    def __init__(
        self,
        calls: Calls,
        signer: Signer,
        session: aiohttp.ClientSession,
        publisher: EventPublisher | None = None,
    ) -> None:
        super().__init__(calls, session)
        self._signer = signer
        self._publisher = publisher

    def perform(self, effect: Effect) -> None:
        """Post, open or publish."""
        match effect:
            case SendCallback():
                self.spawn(self._post(effect))
            case OpenSocket():
                self.open_socket(Opening(effect.socket_id, effect.url, self._headers(effect)))
            case PublishEvent():
                self._publish(effect)
            case _:
                super().perform(effect)

    def _headers(self, opening: OpenSocket) -> dict[str, str]:
        """A token and two ids, as ACS sends them."""
        return {
            "Authorization": f"Bearer {self._signer.token(SOCKET_SECONDS)}",
            "x-ms-call-connection-id": opening.call_connection_id,
            "x-ms-call-correlation-id": opening.correlation_id,
        }

    def _publish(self, publishing: PublishEvent) -> None:
        if self._publisher is not None:
            self._publisher.publish(publishing.event)

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
