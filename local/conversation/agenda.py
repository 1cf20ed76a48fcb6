"""Virtual time: what a model does by itself, at which moment, and what it wants done outside."""

import heapq
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

type Deed = Callable[[], None]


@dataclass(slots=True)
class Agenda[Effect]:
    """The moment it is (ms since the epoch), what is due when, the source of chance, and effects not yet handed out."""

    random: Random
    now: int = 0
    effects: list[Effect] = field(default_factory=list)
    due: list[tuple[int, int, Deed]] = field(default_factory=list)
    order: "itertools.count[int]" = field(default_factory=itertools.count)

    def later(self, delay: float, deed: Deed) -> None:
        """Do this after so many ms; what is due at the same moment happens in the order it was put."""
        heapq.heappush(self.due, (self.now + round(delay), next(self.order), deed))

    def emit(self, effect: Effect) -> None:
        """Have this done outside."""
        self.effects.append(effect)

    def new_id(self) -> str:
        """A GUID from the seeded source."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def next_due(self) -> int | None:
        """When something happens by itself next (ms), or None."""
        return self.due[0][0] if self.due else None

    def advance(self, now: int) -> None:
        """Let everything happen that is due by `now` (ms), each thing at its own time."""
        while self.due and self.due[0][0] <= now:
            self.now, _, deed = heapq.heappop(self.due)
            deed()
        self.now = max(self.now, now)

    def drain(self) -> list[Effect]:
        """The effects since the last time, in order."""
        effects, self.effects = self.effects, []
        return effects
