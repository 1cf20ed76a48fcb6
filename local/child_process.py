"""A process of the local cloud: started, awaited, stopped, killed, started again."""

import asyncio
import ctypes
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import ChildDiedError, NotReadyError

PROJECT = Path(__file__).parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 13.0  # the functions host lets invocations end for ten
LOOK_SECONDS = 0.02
LAST_LOG_LINES = 20
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _kill_with_parent() -> Callable[[], None] | None:
    """What a child does first on Linux so that it dies with a parent that is killed hard; None elsewhere."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


KILL_WITH_PARENT = _kill_with_parent()


@dataclass(frozen=True, slots=True)
class Command:
    """How to run a process: `ready` is a pattern of the line by which it says that it serves.

    `settings` are added to this process's environment; `end_signal` asks it to end.
    """

    name: str
    arguments: Sequence[str]
    settings: Mapping[str, str]
    ready: str = r"^ready http://"
    end_signal: signal.Signals = signal.SIGTERM


class ChildProcess:
    """A process in a group of its own; what it prints goes to `log`."""

    def __init__(self, command: Command, log: Path) -> None:
        self.command = command
        self.log = log
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False

    @property
    def name(self) -> str:
        """The name by which people know the process."""
        return self.command.name

    @property
    def pid(self) -> int:
        """The process id. Raises ChildDiedError if it does not run."""
        return self._running().pid

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            raise ChildDiedError(f"{self.name} does not run.")
        return self._process

    async def start(self) -> None:
        """Starts it and waits until it is ready. Raises ChildDiedError or NotReadyError."""
        self._ending = False
        written_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command.arguments,
                env={**os.environ, **self.command.settings},
                cwd=PROJECT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=KILL_WITH_PARENT,
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._says_ready(written_before)
        except TimeoutError:
            await self.kill()
            raise NotReadyError(
                f"{self.name} is not ready after {START_SECONDS:.0f} s.\n{self.last_lines()}"
            ) from None

    async def _says_ready(self, written_before: int) -> None:
        pattern = re.compile(self.command.ready.encode(), re.MULTILINE)
        while not pattern.search(self.log.read_bytes()[written_before:]):
            self.check()
            await asyncio.sleep(LOOK_SECONDS)

    def check(self) -> None:
        """Raises ChildDiedError if it ended without being asked to."""
        if self._process is None or self._process.returncode is None or self._ending:
            return
        raise ChildDiedError(f"{self.name} ended with {self._process.returncode}.\n{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LOG_LINES:])

    async def ended(self) -> None:
        """Waits for its end, whatever the reason."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """Asks it to end, and kills it if it does not. Nothing happens if it ended before."""
        self._signal(signal.SIGCONT)
        self._signal(self.command.end_signal)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.ended()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Ends it with SIGKILL, as a crash would."""
        self._signal(signal.SIGKILL)
        await self.ended()

    def pause(self) -> None:
        """Stands still (SIGSTOP): connections stay, nobody answers."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Goes on after `pause`."""
        os.killpg(self.pid, signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._ending = self._ending or number != signal.SIGCONT
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return  # it ended just now


def python_command(
    name: str, module: str, *arguments: str, settings: Mapping[str, str] | None = None
) -> Command:
    """A module of this project as a process, which is imported from the project's folder."""
    return Command(name, (sys.executable, "-m", module, *arguments), settings or {})
