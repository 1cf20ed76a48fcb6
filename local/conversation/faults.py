"""What goes wrong on purpose: requests as often as was asked, callbacks as chance has it."""

from collections.abc import Callable

import msgspec

from local.conversation.state import AnyWorld
from local.conversation.steering import CallbackFaults, Fault


def take[Kind: Fault](faults: list[Kind], is_due: Callable[[Kind], bool]) -> Kind | None:
    """The first fault that is due, if any; it is in force once less from now on."""
    fault = next(filter(is_due, faults), None)
    if fault is None:
        return None
    at = faults.index(fault)
    if fault.times == 1:
        del faults[at]
    else:
        faults[at] = msgspec.structs.replace(fault, times=fault.times - 1)
    return fault


def delays_of_copies(world: AnyWorld, faults: CallbackFaults) -> list[float]:
    """In how many ms a callback is sent, once or twice; none if it gets lost."""
    if world.random.random() < faults.drop:
        return []
    copies = 2 if world.random.random() < faults.repeat else 1
    return [world.random.random() * faults.shuffle for _ in range(copies)]
