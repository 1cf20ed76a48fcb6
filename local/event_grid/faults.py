"""Disturbances of deliveries that a test or the demo asks for over `/sim/faults`. Pure but for chance."""

import random
from dataclasses import dataclass
from typing import Annotated

import msgspec

type _Chance = Annotated[float, msgspec.Meta(ge=0, le=1)]
type _Milliseconds = Annotated[float, msgspec.Meta(ge=0)]


class FaultOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /sim/faults`: what is absent stays as it is."""

    repeat: _Chance | None = None
    drop: _Chance | None = None
    shuffle: _Milliseconds | None = None


@dataclass(slots=True)
class Faults:
    """The disturbances in force, from the next try on.

    `repeat`: how likely a delivered event comes once more, as if its answer had been lost.
    `drop`: how likely a try gets lost on its way; the schedule makes up for it.
    `shuffle`: up to so many milliseconds are waited before each try, so that events overtake each other.
    """

    repeat: float = 0.0
    drop: float = 0.0
    shuffle: float = 0.0

    def order(self, order: FaultOrder) -> None:
        """Put new faults in force."""
        for name in order.__struct_fields__:
            given = getattr(order, name)
            if given is not None:
                setattr(self, name, given)

    def repeats(self) -> bool:
        """Whether this delivered event comes once more."""
        return random.random() < self.repeat

    def drops(self) -> bool:
        """Whether this try gets lost."""
        return random.random() < self.drop

    def delay(self) -> float:
        """Seconds to wait before this try."""
        return random.uniform(0, self.shuffle) / 1000
