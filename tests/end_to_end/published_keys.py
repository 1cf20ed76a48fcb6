"""ACS's published keys with one more among them, so that tests can sign tokens of every quality."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from local.call_automation.tokens import Signer
from local.ports import HOST, free_ports


@dataclass(slots=True)
class PublishedKeys:
    """Serves the keys at `url`: those found at `beside`, and the signer's."""

    url: str
    beside: str = ""
    signer: Signer = field(default_factory=lambda: Signer(""))

    async def answer(self, _: web.Request) -> web.Response:
        async with aiohttp.ClientSession() as http, http.get(self.beside) as response:
            published = await response.json()
        return web.json_response({"keys": published["keys"] + self.signer.published()["keys"]})


@asynccontextmanager
async def serving_keys() -> AsyncIterator[PublishedKeys]:
    """A key publisher on a free port."""
    (port,) = free_ports(1)
    keys = PublishedKeys(f"http://{HOST}:{port}/keys")
    app = web.Application()
    app.router.add_get("/keys", keys.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield keys
    finally:
        await runner.cleanup()
