"""Puts the service together and serves it on the machine itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from local.event_grid.publishing import publishing_routes
from local.event_grid.service import Service, Settings
from local.event_grid.steering import steering_routes
from local.http_site import serving_here

BODY_LIMIT = 1024 * 1024  # bytes of one request [D: post-to-custom-topic]


@asynccontextmanager
async def serving(settings: Settings, port: int) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address. Port 0 takes a free one."""
    async with _subscribers(settings) as http:
        service = Service(settings, http)
        try:
            async with serving_here(_application(service), port, settings.tls) as address:
                for wanted in settings.subscriptions:
                    service.subscribe_when_there(wanted)
                yield address
        finally:
            await service.close()


def _subscribers(settings: Settings) -> aiohttp.ClientSession:
    # A connection for each event: no idle one breaks under it, and each of several function hosts gets its share.
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(settings.answer_within),
    )


def _application(service: Service) -> web.Application:
    application = web.Application(client_max_size=BODY_LIMIT)
    application.add_routes(publishing_routes(service))
    application.add_routes(steering_routes(service))
    return application
