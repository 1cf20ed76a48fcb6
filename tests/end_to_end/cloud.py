"""The local cloud as tests use it: the product's API with its key, and what stands in the tables."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from azure.data.tables.aio import TableServiceClient
from yarl import URL

from functions.adapters.tables.rows import open_tables
from local.api import Api
from local.call_automation.tokens import Signer
from local.stack import Stack, running_stack
from tests.end_to_end.published_keys import serving_keys

LOOK_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read in full."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """Its JSON."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running stack. `signer` has a key of its own that the functions find published beside ACS's.

    `credentials` are the headers that open the API.
    """

    stack: Stack
    http: aiohttp.ClientSession
    signer: Signer
    tables: TableServiceClient
    credentials: Mapping[str, str]

    async def ask(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any address; JSON, or bytes as they are."""
        content = {"data": BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        where = URL(url, encoded=True)
        async with self.http.request(method, where, headers=headers, **content) as response:
            return Answer(response.status, response.headers, await response.text())

    async def api(self, method: str, path: str, body: Any = None, host: int | None = None) -> Answer:
        """The product's API with what opens it, at the shared address or at one host's own."""
        plan = self.stack.plan
        url = plan.functions_url if host is None else plan.own_urls[host]
        return await self.ask(method, url + path, body, self.credentials)

    async def hears_event_grid(self) -> bool:
        """Whether Event Grid knows that the functions want its events."""
        answer = await self.ask("GET", f"{self.stack.plan.event_grid_url}/sim/subscriptions")
        return all(one["validated"] for one in answer.body["subscriptions"])

    def viewer_api(self) -> Api:
        """The API as the viewer of `local` uses it."""
        return Api(self.http, self.stack.plan.functions_url, self.stack.plan.host_key)


@asynccontextmanager
async def running_cloud(  # noqa: PLR0913 - what a test may choose, each with a default
    folder: Path,
    *,
    hosts: int,
    entra: bool = False,
    identity: bool = False,
    bandwidth: bool = False,
    web_pubsubs: int = 1,
    cors: Iterable[str] = (),
    **settings: str,
) -> AsyncIterator[Cloud]:
    """A stack that enforces function keys, with further settings of the app; logs go to `folder`.

    With `entra` people sign in; with `identity` it has no access keys; with `bandwidth` its calls are served. Pages of
    the origins in `cors` may call it.
    """
    async with serving_keys() as keys:
        # The tests ask for the sweeps that they wait for; nobody else's sweep comes between.
        given = {"ACS_CALLBACK_KEYS_URL": keys.url, "SWEEP_SCHEDULE": "0 0 0 1 1 *"} | settings
        async with (
            running_stack(
                hosts=hosts,
                keys=True,
                entra=entra,
                identity=identity,
                bandwidth=bandwidth,
                web_pubsubs=web_pubsubs,
                settings=given,
                cors=cors,
                run_dir=folder,
            ) as stack,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust(stack))) as http,
            tables_of(stack) as tables,
        ):
            keys.beside = f"{stack.plan.call_automation_url}/calling/keys"
            signer = Signer(stack.plan.acs_resource_id, keys.signer.key, keys.signer.key_id)
            running = Cloud(stack, http, signer, tables, await opening(stack, http))
            await eventually(running.hears_event_grid)
            yield running


async def opening(stack: Stack, http: aiohttp.ClientSession) -> Mapping[str, str]:
    """The headers that open the API: a function key, or a token of somebody who signed in."""
    entra = stack.plan.entra
    if entra is None or not entra.signs_in:
        return {"x-functions-key": stack.plan.host_key}
    async with http.post(f"{entra.url}/sim/tokens", raise_for_status=True) as response:
        return {"Authorization": f"Bearer {(await response.json())['token']}"}


def tables_of(stack: Stack) -> TableServiceClient:
    """The stack's tables, opened by their key; without TLS as the product opens them."""
    keyless = stack.plan.keyless
    if keyless is None:
        return open_tables(stack.plan.tables)
    trusted = str(keyless.certificate.certificate)
    return TableServiceClient.from_connection_string(stack.plan.tables, connection_verify=trusted)


def trust(stack: Stack) -> ssl.SSLContext:
    """Whom a client of the stack trusts."""
    keyless = stack.plan.keyless
    return keyless.certificate.client_context() if keyless else ssl.create_default_context()


async def eventually[Found](look: Callable[[], Awaitable[Found]], seconds: float = 60.0) -> Found:
    """What a look finds as soon as it is something; TimeoutError if nothing comes."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(LOOK_SECONDS)
    return found
