from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest
from playwright.async_api import Browser

from local.ports import free_ports
from local.stack import Stack, running_stack
from tests.browser.embedder import Embedder, Viewer, open_viewer, serving
from tests.browser.simulated_call import Phone, small_talk

type OpenViewer = Callable[[], Awaitable[Viewer]]


@pytest.fixture(scope="module")
async def embedder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Embedder]:
    """A site whose origin the service lets in, and which has the service's key."""
    (port,) = free_ports(1)
    origin = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("embedder")
    async with (
        running_stack(keys=True, cors=[origin], run_dir=folder, settings=SHORT) as stack,
        aiohttp.ClientSession() as client,
    ):
        site = Embedder(stack, client, origin)
        async with serving(site, port):
            yield site


SHORT = {"CAPTIONS_ACCESS_MINUTES": "1"}


@pytest.fixture
def guarded_phone(embedder: Embedder) -> Phone:
    return Phone(embedder.stack, embedder.client)


@pytest.fixture
async def viewers(browser: Browser, embedder: Embedder) -> AsyncIterator[OpenViewer]:
    """Opens tabs on the embedder's page."""
    async with AsyncExitStack() as tabs:
        yield lambda: tabs.enter_async_context(open_viewer(browser, embedder.origin))


async def test_who_joins_late_gets_every_final_once_and_in_order(
    embedder: Embedder, guarded_phone: Phone, viewers: OpenViewer
) -> None:
    call = await guarded_phone.call(small_talk(14), speed=3)
    session_id = await embedder.start(call)
    early = await viewers()
    await early.watch(session_id)
    await early.has_told(session_id, lambda told: len(told["finals"]) >= 5)
    late = await viewers()
    await late.watch(session_id)
    await early.hears(session_id, call, 14)
    await late.hears(session_id, call, 14)
    told = await late.told(session_id)
    assert told["earlier"] >= 4
    assert told["connections"] == ["connecting", "live"]
    assert told["problems"] == []
    assert late.complaints == early.complaints == []
