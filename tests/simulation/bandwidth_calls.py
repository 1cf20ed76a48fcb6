"""The port Calls in a simulated world of Bandwidth's calls: the real adapter, whose requests go to the model.

The network in between loses and delays; what a request is tried again for, and what an answer means, is the adapter's.
"""

import asyncio
from typing import Any, Self, cast

import msgspec
from azure.core.exceptions import ServiceRequestError

from functions.adapters.bandwidth import BandwidthCalls, BandwidthSettings
from functions.adapters.bandwidth_api import TRY_SECONDS, Answer, BandwidthApi
from functions.adapters.bandwidth_token import BandwidthToken
from functions.adapters.web_pubsub import WebPubSub
from local.bandwidth_model.requests import (
    CreateBody,
    CreateCall,
    GetCall,
    ModifyBody,
    ModifyCall,
    ReplaceBxml,
    RestOperation,
)
from tests.simulation.bandwidth import ACCOUNT, SOCKETS, Bandwidth
from tests.simulation.mishaps import Mishaps
from tests.simulation.web_pubsub import ONE

APP = "https://functions.example"
"""Where Bandwidth reaches us."""
APPLICATION = "ours"
WEBHOOKS = ("bandwidth", "comes with this")
NO_TOKEN = 0.01
"""How often Web PubSub gives no address for a socket."""


class SimulatedWebPubSub:
    """As much of WebPubSub, and of the client that it opens, as makes a socket's address; it bears the session's id."""

    def __init__(self, mishaps: Mishaps) -> None:
        self.mishaps = mishaps

    def hub(self, name: str) -> Self:
        """There is one."""
        del name
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def get_client_access_token(self, *, user_id: str, **_: Any) -> dict[str, str]:
        """An address; without an access key it comes over the network."""
        await self.mishaps.network_delay()
        if self.mishaps.happens(NO_TOKEN):
            raise ServiceRequestError("no answer")
        return {"url": f"wss://{SOCKETS}/client/hubs/transcript?access_token={user_id}"}


class SimulatedApi(BandwidthApi):
    """The adapter's own way to ask, but for the wire."""

    def __init__(self, bandwidth: Bandwidth, mishaps: Mishaps) -> None:
        super().__init__("", BandwidthToken("", "", ""), hidden=WEBHOOKS[1])
        self.bandwidth = bandwidth
        self.mishaps = mishaps

    async def ask(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        """One request. Raises TimeoutError."""
        del kind
        operation = read_operation(method, path, body)
        if isinstance(operation, ModifyCall):
            self.bandwidth.end_by_us(operation.call_id)
        async with asyncio.timeout(TRY_SECONDS):
            await self.mishaps.network_delay()
            answer = await self.bandwidth.ask(operation)
            await self.mishaps.network_delay()
        told = b"" if answer.body is None else msgspec.json.encode(answer.body)
        retry_after = answer.headers.get("Retry-After")
        return Answer(answer.status, told, None if retry_after is None else float(retry_after))

    async def put_script(self, call_id: str, script: bytes) -> None:
        """Give a call another script: one, however often it has to be sent."""
        self.bandwidth.give(call_id, script.decode())
        await super().put_script(call_id, script)


def read_operation(method: str, path: str, body: bytes) -> RestOperation:
    """What a request asks for, by the same shapes as the stand-in on the wire."""
    _, _, rest = path.partition("/")
    call_id, _, of_call = rest.partition("/")
    match method, call_id, of_call:
        case "POST", "", "":
            return CreateCall(msgspec.json.decode(body, type=CreateBody))
        case "POST", _, "":
            return ModifyCall(call_id, msgspec.json.decode(body, type=ModifyBody))
        case "PUT", _, "bxml":
            return ReplaceBxml(call_id, body.decode())
        case "GET", _, "":
            return GetCall(call_id)
    raise NotImplementedError(method, path)


def bandwidth_calls(bandwidth: Bandwidth, mishaps: Mishaps) -> BandwidthCalls:
    """The real adapter in this world."""
    settings = BandwidthSettings(
        account_id=ACCOUNT,
        application_id=APPLICATION,
        client_id="",
        client_secret="",
        webhook_user=WEBHOOKS[0],
        webhook_password=WEBHOOKS[1],
        api_url="",
        token_url="",
        public_url=APP,
        web_pubsubs={ONE: cast("WebPubSub", SimulatedWebPubSub(mishaps))},
    )
    calls = BandwidthCalls(settings)
    calls.api = SimulatedApi(bandwidth, mishaps)
    return calls
