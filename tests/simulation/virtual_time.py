"""An asyncio loop on which waiting costs nothing: when nobody can go on, time jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

BEGIN_MS = 1_795_222_417_000


class StandstillError(Exception):
    """Everybody waits for somebody else, and no timer runs."""


class JumpingSelector(selectors.SelectSelector):
    """Moves its loop's time on instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """What is ready now; nothing real ever is, so the wait is over at once."""
        if timeout is None:
            raise StandstillError
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is its selector's."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        """Seconds since the world began: small numbers, so that no fraction of a millisecond is lost."""
        return self.jumping.now


def virtual_now() -> int:
    """Milliseconds since 1970."""
    return BEGIN_MS + round(asyncio.get_running_loop().time() * 1000)


def run_virtually[Result](main: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
