"""The door of every model of calls: inputs and time go in, effects come out."""

from collections.abc import Callable, Mapping
from typing import Any

from local.conversation.state import AnyWorld


class Model[World: AnyWorld, Input, Effect]:
    """A world, and what each type of input does to it. The same seed, inputs and times give the same effects."""

    def __init__(self, world: World, happens: Mapping[type, Callable[[World, Any], None]]) -> None:
        self._world = world
        self._happens = happens

    def next_due(self) -> int | None:
        """When something happens by itself next (ms), or None."""
        return self._world.next_due()

    def advance(self, now: int) -> list[Effect]:
        """Let everything happen that is due by `now` (ms), each thing at its own time."""
        self._world.advance(now)
        return self._world.drain()

    def handle(self, event: Input, now: int) -> list[Effect]:
        """Let `event` happen at `now` (ms), after everything that was due before it."""
        effects = self.advance(now)
        self._happens[type(event)](self._world, event)
        return effects + self._world.drain()
