"""The host's HTTP side: functions by route, keys, and the few pages of the host itself."""

import asyncio
import logging
import time
from collections.abc import Iterable
from functools import partial

from aiohttp.web import BaseRequest, Response, Server, ServerRunner, TCPSite, json_response

from .app import Function, invoke
from .cors import Origins, answer_preflight, open_to_origin
from .errors import InvocationError
from .http_messages import request_value, response
from .http_routes import RouteTable
from .keys import KeysFile
from .timers import Timer, fire

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_BODY_BYTES = 100 * 1024 * 1024  # the real host's limit; more is answered 413
MAX_LINE_BYTES = 64 * 1024  # of an address: long ones are the app's to refuse, so that it can be seen
SHUTDOWN_SECONDS = 10.0
BACKLOG = 1024


class FunctionsServer:
    """Answers requests. Without `keys` every caller is admitted, as `func start` does it.

    Pages of `origins`, besides the app's own, may read what it answers.
    """

    def __init__(
        self, routes: RouteTable, keys: KeysFile | None, timers: Iterable[Timer], origins: Origins
    ) -> None:
        self._routes = routes
        self._keys = keys
        self._origins = origins
        self._timers = {timer.function.name.lower(): timer for timer in timers}
        self._fired: set[asyncio.Task[None]] = set()
        self._started = time.monotonic()

    async def answer(self, request: BaseRequest) -> Response:
        """The response of the function that the request is for, or of the host."""
        preflight = answer_preflight(request, self._origins)
        if preflight is not None:
            return preflight
        answer = await self._answer(request)
        open_to_origin(request, answer, self._origins)
        return answer

    async def _answer(self, request: BaseRequest) -> Response:
        path = request.rel_url.raw_path
        found = self._routes.find(request.method, path)
        if found is None:
            return self._host_page(request, path.lower())
        function, parameters = found
        if self._keys is not None and not self._keys.current().admit(function, _key(request)):
            return Response(status=401)
        return await _answer_of(function, request, parameters)

    def _host_page(self, request: BaseRequest, path: str) -> Response:
        if path.startswith("/admin/"):
            return self._admin_page(request, path)
        if path == "/" and request.method == "GET":
            return Response(text="The functions host is running.")
        return Response(status=404)

    def _admin_page(self, request: BaseRequest, path: str) -> Response:
        if path == "/admin/host/ping":
            return Response()
        if self._keys is not None and not self._keys.current().admit_master(_key(request)):
            return Response(status=401)
        if path == "/admin/host/status" and request.method == "GET":
            return self._status()
        if path.startswith("/admin/functions/") and request.method == "POST":
            return self._fire_now(path.removeprefix("/admin/functions/"))
        return Response(status=404)

    def _status(self) -> Response:
        uptime_ms = int((time.monotonic() - self._started) * 1000)
        return json_response(
            {"id": "local", "state": "Running", "version": "4.0", "processUptime": uptime_ms}
        )

    def _fire_now(self, name: str) -> Response:
        """Azure's way to run a timer by hand: 202, and the run goes on whatever the schedule does."""
        timer = self._timers.get(name)
        if timer is None:
            return Response(status=404)
        run = asyncio.create_task(fire(timer))
        self._fired.add(run)
        run.add_done_callback(self._fired.discard)
        return Response(status=202)

    @property
    def fired_by_hand(self) -> set[asyncio.Task[None]]:
        """The runs that were asked for by hand and still go on."""
        return set(self._fired)


def _key(request: BaseRequest) -> bytes:
    key = request.headers.get("x-functions-key") or request.query.get("code", "")
    return key.encode(errors="surrogateescape")  # as which bytes that are no text come from a header


async def _answer_of(function: Function, request: BaseRequest, parameters: dict[str, str]) -> Response:
    value = await request_value(request, parameters)
    try:
        returned = await invoke(function, value, request.headers.get("traceparent"))
    except InvocationError as error:
        log.error("The function %s failed.\n%s", function.name, error)  # noqa: TRY400 - it is the traceback
        return Response(status=500)
    return response(returned)


async def serve(server: FunctionsServer, ports: Iterable[int]) -> ServerRunner:
    """Listens on each port, which other hosts may share: the kernel spreads connections (not requests).

    Raises OSError if a port is taken by something else.
    """
    web_server = Server(
        server.answer,
        request_factory=partial(BaseRequest, loop=asyncio.get_running_loop(), client_max_size=MAX_BODY_BYTES),
        access_log=None,
        auto_decompress=False,  # functions get the bytes as sent
        max_line_size=MAX_LINE_BYTES,
    )
    # aiohttp waits this long for handlers, then cancels the reading of requests and waits as long again.
    runner = ServerRunner(web_server, shutdown_timeout=SHUTDOWN_SECONDS / 2)
    await runner.setup()
    for port in ports:
        await TCPSite(runner, HOST, port, reuse_port=True, backlog=BACKLOG).start()
    return runner
