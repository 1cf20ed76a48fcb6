"""An HTTP service on the machine itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from local.tls import TlsSite

_HANDLERS_END_WITHIN = 1.0  # seconds, when the server stops


@asynccontextmanager
async def serving_here(
    application: web.Application, port: int, tls: TlsSite | None = None
) -> AsyncIterator[str]:
    """Serves on 127.0.0.1 until the block ends, with TLS beside it if asked to; gives the address.

    Port 0 takes a free one. A client that gives up ends its request: a lost answer waits no longer than its client.
    """
    runner = web.AppRunner(
        application, access_log=None, handler_cancellation=True, shutdown_timeout=_HANDLERS_END_WITHIN
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        if tls is not None:
            await tls.start(runner)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
