"""Puts the service together and serves it on the machine itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import WSCloseCode, web

from local.web_pubsub.clients import client_endpoint
from local.web_pubsub.faults import Faults
from local.web_pubsub.payload import MESSAGE_LIMIT
from local.web_pubsub.rest import rest_routes
from local.web_pubsub.service import Service, Settings
from local.web_pubsub.steering import steering_routes
from local.web_pubsub.upstream import Upstream, upstream_session

_HANDLERS_END_WITHIN = 2.0  # seconds, when the server stops
_HEADER_LIMIT = 64 * 1024  # bytes: an access token in the query can be long


@asynccontextmanager
async def serving(settings: Settings, port: int) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address. Port 0 takes a free one."""
    async with upstream_session() as session:
        faults = Faults(repeat_events=settings.repeat_events)
        service = Service(settings, faults, Upstream(session, settings.retries, faults))
        for name in settings.hubs:
            service.hub(name)
        runner = web.AppRunner(
            _app(service),
            access_log=None,
            shutdown_timeout=_HANDLERS_END_WITHIN,
            max_line_size=_HEADER_LIMIT,
            max_field_size=_HEADER_LIMIT,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
            await site.start()
            if settings.tls is not None:
                await settings.tls.start(runner)
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def _app(service: Service) -> web.Application:
    app = web.Application(client_max_size=MESSAGE_LIMIT)
    app.router.add_get("/client/hubs/{hub}", _clients(service), allow_head=False)
    app.router.add_routes(rest_routes(service))
    app.router.add_routes(steering_routes(service))

    async def stop(_: web.Application) -> None:
        await _stop(service)

    app.on_shutdown.append(stop)
    return app


def _clients(service: Service) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await client_endpoint(service, request)

    return answer


async def _stop(service: Service) -> None:
    service.stopping = True
    connections = [connection for hub in service.hubs.values() for connection in hub.everyone()]
    workers = [connection.worker for connection in connections if connection.worker is not None]
    for worker in workers:
        worker.cancel()
    for connection in connections:
        if connection.socket is not None:
            connection.socket.close(WSCloseCode.GOING_AWAY, "The service stops.")
    await asyncio.gather(*workers, return_exceptions=True)
    await service.close()
