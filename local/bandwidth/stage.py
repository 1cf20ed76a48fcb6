"""The model of calls in the world: its webhooks sent, its sockets opened."""

import aiohttp

from local.bandwidth.webhook_sender import deliver
from local.bandwidth_model import Voice
from local.bandwidth_model.effects import Effect, OpenSocket, SendWebhook
from local.model_stage import ModelStage
from local.transcript_socket import Opening


class Stage(ModelStage):
    """Runs one model in real time."""

    def __init__(self, voice: Voice, session: aiohttp.ClientSession) -> None:
        super().__init__(voice, session)
        self._http = session

    def perform(self, effect: Effect) -> None:
        """Send or open."""
        match effect:
            case SendWebhook():
                self.spawn(self._deliver(effect))
            case OpenSocket():
                self.open_socket(Opening(effect.socket_id, effect.url))
            case _:
                super().perform(effect)

    async def _deliver(self, webhook: SendWebhook) -> None:
        self.happened(await deliver(self._http, webhook))
