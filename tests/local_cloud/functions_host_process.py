"""A functions host as a process of its own, for tests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from local.child_process import ChildProcess, python_command
from local.ports import free_ports

APPS = Path(__file__).parent / "apps"


@dataclass(frozen=True, slots=True)
class Host:
    process: ChildProcess
    url: str
    own_url: str
    client: aiohttp.ClientSession

    def log(self) -> str:
        return self.process.log.read_text()

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(self.url + path, headers=headers) as response:
            return response.status, await response.text()


@asynccontextmanager
async def running_host(
    app_dir: Path,
    folder: Path,
    *options: str,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Host]:
    """Runs the app of `app_dir`; the log goes to `folder`."""
    free, own_port = free_ports(2)
    shared_port = port or free
    arguments = ("--app-dir", str(app_dir), "--port", str(shared_port), "--own-port", str(own_port), *options)
    command = python_command("functions", "local.functions_host", *arguments, settings=settings)
    process = ChildProcess(command, folder / f"functions-{own_port}.log")
    await process.start()
    try:
        async with aiohttp.ClientSession() as client:
            yield Host(process, f"http://127.0.0.1:{shared_port}", f"http://127.0.0.1:{own_port}", client)
    finally:
        await process.stop()
