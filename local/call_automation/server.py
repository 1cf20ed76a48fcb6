"""Puts the stand-in together and serves it on the machine itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from local.acs_model import Calls
from local.call_automation import rest, steering_routes
from local.call_automation.event_publisher import publishing
from local.call_automation.stage import Stage
from local.call_automation.tokens import Signer
from local.entra_callers import EntraCallers
from local.http_site import serving_here
from local.tls import TlsSite


@dataclass(frozen=True, slots=True)
class Settings:
    """The Communication Services resource: its access key (base64), its immutable id, and a seed for chance.

    `event_grid_url` is where its events are posted; None drops them. Without a key, `callers` alone are let in.
    """

    access_key: str | None
    resource_id: str
    seed: int | str
    event_grid_url: str | None = None
    callers: EntraCallers | None = None
    tls: TlsSite | None = None


@asynccontextmanager
async def serving(settings: Settings, port: int) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address. Port 0 takes a free one."""
    signer = Signer(settings.resource_id)
    # Every transcript socket holds a connection for as long as its call lasts; callbacks need theirs beside them.
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        publishing(session, settings.event_grid_url) as publisher,
    ):
        stage = Stage(Calls(settings.seed), signer, session, publisher)
        application = _application(stage, signer, rest.checking(settings.access_key, settings.callers))
        try:
            async with serving_here(application, port, settings.tls) as address:
                yield address
        finally:
            await stage.close()


def _application(stage: Stage, signer: Signer, check: rest.Check) -> web.Application:
    async def keys(_: web.Request) -> web.Response:
        return web.json_response(signer.published())

    application = web.Application()
    application.add_routes(rest.routes(stage, check))
    application.add_routes(steering_routes.routes(stage))
    application.router.add_get("/calling/keys", keys, allow_head=False)
    return application
