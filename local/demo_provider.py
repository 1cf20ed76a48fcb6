"""What the demos need to know of a provider of calls; all else is the same for each."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from .sample_calls import Apis
from .sample_meeting import Described, Meeting
from .stack import Stack
from .stack_plan import Plan


@dataclass(frozen=True)
class Provider:
    """One whose calls there are in a demo.

    `running` is the local cloud that serves them, and `address` where the provider's stand-in is steered. `twice`
    makes that send each callback twice; `drop` says how a transcript socket is dropped. Of a call that the stand-in
    describes, `awaits` tells whether a final is still to come, `staying` what of ours is in it, and `gaps` how many
    the transcript has to show after a drop.
    """

    running: Callable[..., AbstractAsyncContextManager[Stack]]
    address: Callable[[Plan], str]
    open_meeting: Callable[[Apis, float], Awaitable[Meeting]]
    twice: dict[str, Any]
    drop: dict[str, Any]
    awaits: Callable[[Described], bool]
    staying: Callable[[Described], list[str]]
    gaps: Callable[[Described], int]
