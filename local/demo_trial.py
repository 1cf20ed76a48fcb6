"""What the demo with faults needs to know of a provider of calls."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from .api import Api
from .demo_provider import Provider
from .mishaps import Diary, Progress
from .sample_calls import Kind
from .stack import Stack
from .stack_plan import Plan


@dataclass(frozen=True)
class Trial:
    """Calls of one provider, and what they go through.

    `rules` say which calls that ring are answered; `kinds` are the calls, for as long as its block lasts. `disturb`
    goes wrong from the start, `mishaps` while people talk.
    """

    provider: Provider
    rules: list[dict[str, Any]]
    kinds: Callable[[Plan], AbstractAsyncContextManager[tuple[Kind, ...]]]
    disturb: Callable[[Stack, Api, Diary], Awaitable[None]]
    mishaps: Callable[[Stack, Api, Progress, Diary], Awaitable[None]]
