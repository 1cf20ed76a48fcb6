"""The local cloud, running: Azurite, the stand-ins for Azure's services, the function hosts."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .azurite import azurite_command, connection_string
from .child_process import PROJECT, ChildProcess, Command
from .keyless import make_keyless
from .ports import free_ports
from .run_folder import in_use, new_run_dir
from .stack_bandwidth import bandwidth_command
from .stack_entra import EntraPlan, entra_command
from .stack_plan import (
    FunctionKeys,
    Plan,
    call_automation_command,
    event_grid_command,
    function_keys,
    host_commands,
    keys_file,
    make_plan,
    web_pubsub_commands,
)
from .subscriptions import handshakes

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stack:
    """A running local cloud: `plan` tells where its parts answer; processes can be paused, killed, started again."""

    plan: Plan
    run_dir: Path
    azurite: ChildProcess
    web_pubsubs: tuple[ChildProcess, ...]
    call_automation: ChildProcess
    event_grid: ChildProcess
    entra: ChildProcess | None
    bandwidth: ChildProcess | None
    hosts: tuple[ChildProcess, ...]

    @property
    def keys(self) -> FunctionKeys | None:
        """The function keys as first made, or None if none are enforced."""
        return function_keys(self.plan)

    @property
    def keys_file(self) -> Path:
        """The file that the hosts read keys from, again whenever it changes."""
        return keys_file(self.run_dir)

    @property
    def processes(self) -> tuple[ChildProcess, ...]:
        """All of them; the hosts come last, since they use the others."""
        return (*self.services, *self.hosts)

    @property
    def services(self) -> tuple[ChildProcess, ...]:
        """What the hosts use; any of them can start before the others."""
        chosen = (self.entra, self.bandwidth)
        always = (self.azurite, *self.web_pubsubs, self.call_automation, self.event_grid)
        return (*always, *(process for process in chosen if process is not None))

    def check(self) -> None:
        """Raises ChildDiedError if a process ended without being asked to."""
        for process in self.processes:
            process.check()

    def endpoints(self) -> dict[str, Any]:
        """What `local up` writes down for other programs."""
        found: dict[str, Any] = {
            "functions": self.plan.functions_url,
            "webPubSub": self.plan.web_pubsub_url,
            "callAutomation": self.plan.call_automation_url,
            "eventGrid": self.plan.event_grid_url,
            "tables": self.plan.tables,
            "hosts": self.plan.own_urls,
            "pids": {process.name: process.pid for process in self.processes},
        }
        keys = {} if self.keys is None else {"keys": self.keys}
        entra = {} if self.plan.entra is None else {"entra": self.plan.entra.endpoint()}
        bandwidth = {} if self.plan.bandwidth is None else {"bandwidth": self.plan.bandwidth.endpoint()}
        several = [each.url for each in self.plan.web_pubsubs]
        web_pubsubs = {"webPubSubs": several} if len(several) > 1 else {}
        return {**found, **keys, **entra, **bandwidth, **web_pubsubs}


@asynccontextmanager
async def running_stack(  # noqa: PLR0913 - what a caller may choose, each with a default
    *,
    hosts: int = 1,
    keys: bool = False,
    entra: bool = False,
    identity: bool = False,
    bandwidth: bool = False,
    web_pubsubs: int = 1,
    app_dir: Path = PROJECT,
    settings: Mapping[str, str] | None = None,
    cors: Iterable[str] = (),
    tables_dir: Path | None = None,
    run_dir: Path | None = None,
    progress: Progress = lambda _line: None,
) -> AsyncIterator[Stack]:
    """Starts the local cloud, and ends all of it afterwards.

    With `entra` people sign in; with `identity` no service has an access key; with `bandwidth` its calls are served as
    well; `web_pubsubs` share the sessions. `settings` are added to the app's settings; pages of the origins in `cors`
    may call the app; tables are kept in `tables_dir`, else in memory; logs go to `run_dir`, else to a new folder in
    `.local`. Raises LocalCloudError if a process cannot start, or ended on its own.
    """
    folder = run_dir or new_run_dir()
    entra_plan = EntraPlan(free_ports(1)[0], signs_in=entra) if entra or identity else None
    keyless = make_keyless(folder, entra_plan, web_pubsubs) if entra_plan and identity else None
    plan = make_plan(
        hosts,
        keys=keys,
        entra=entra_plan,
        keyless=keyless,
        bandwidth=bandwidth,
        web_pubsubs=web_pubsubs,
    )
    _write_keys(plan, folder)

    def process(command: Command) -> ChildProcess:
        return ChildProcess(command, folder / f"{command.name}.log")

    stack = Stack(
        plan,
        folder,
        process(azurite_command(plan.tables_port, tables_dir, keyless.certificate if keyless else None)),
        tuple(map(process, web_pubsub_commands(plan))),
        process(call_automation_command(plan)),
        process(event_grid_command(plan)),
        None if plan.entra is None else process(entra_command(plan.entra, plan.functions_url, web_pubsubs)),
        None if plan.bandwidth is None else process(bandwidth_command(plan.bandwidth, plan.functions_url)),
        tuple(map(process, host_commands(plan, app_dir, folder, settings or {}, cors))),
    )
    progress(f"logs are in {folder}")
    with in_use(folder):
        try:
            await _start(stack.services, progress)
            await _start(stack.hosts, progress)
            await handshakes(plan.event_grid_url)
            yield stack
            stack.check()
        finally:
            await _stop(stack.hosts)
            await _stop(stack.services)


def _write_keys(plan: Plan, folder: Path) -> None:
    keys = function_keys(plan)
    if keys is None:
        return
    path = keys_file(folder)
    path.touch(mode=0o600)
    path.write_text(json.dumps(keys, indent=2))


async def _start(processes: Iterable[ChildProcess], progress: Progress) -> None:
    async def start(process: ChildProcess) -> None:
        await process.start()
        progress(f"{process.name} is ready (pid {process.pid})")

    starting = [asyncio.create_task(start(process)) for process in processes]
    try:
        await asyncio.gather(*starting)
    finally:
        for task in starting:
            task.cancel()
        await asyncio.wait(starting)


async def _stop(processes: Iterable[ChildProcess]) -> None:
    await asyncio.gather(*(process.stop() for process in processes))


@asynccontextmanager
async def running_azurite(run_dir: Path) -> AsyncIterator[str]:
    """Azurite's table service alone, in memory: its connection string. The log goes to `run_dir`."""
    port = free_ports(1)[0]
    azurite = ChildProcess(azurite_command(port), run_dir / "azurite.log")
    await azurite.start()
    try:
        yield connection_string(port)
        azurite.check()
    finally:
        await azurite.stop()
