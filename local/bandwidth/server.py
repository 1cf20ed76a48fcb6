"""Puts the stand-in together and serves it on the machine itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from local.bandwidth import rest, steering_routes
from local.bandwidth.access_tokens import AccessTokens
from local.bandwidth.stage import Stage
from local.bandwidth_model import Voice
from local.bandwidth_model.steering import Application
from local.http_site import serving_here
from local.ports import free_ports


@dataclass(frozen=True, slots=True)
class Settings:
    """The account, its client, how long a token lives (seconds), a seed for chance, and a first application."""

    account_id: str
    client_id: str
    client_secret: str
    seed: int | str
    token_seconds: float = 3600
    application: Application | None = None


@asynccontextmanager
async def serving(settings: Settings, port: int) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address. Port 0 takes a free one."""
    port = port or free_ports(1)[0]  # the model tells URLs from the beginning
    address = f"http://127.0.0.1:{port}"
    tokens = AccessTokens(settings.client_id, settings.client_secret, settings.token_seconds)
    # Every transcript socket holds a connection for as long as its call lasts; webhooks need theirs beside them.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        stage = Stage(Voice(settings.seed, settings.account_id, address), session)
        if settings.application is not None:
            await stage.ask(settings.application)
        try:
            async with serving_here(_application(stage, tokens, settings.account_id), port):
                yield address
        finally:
            await stage.close()


def _application(stage: Stage, tokens: AccessTokens, account_id: str) -> web.Application:
    application = web.Application()
    application.add_routes(rest.routes(stage, tokens, account_id))
    application.add_routes(steering_routes.routes(stage, tokens))
    return application
