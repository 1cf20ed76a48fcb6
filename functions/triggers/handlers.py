"""Handlers by name, imported with their first call: a process imports what it is asked for, and no more."""

from collections.abc import Awaitable, Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

type AnyHandler = Callable[..., Awaitable[Any]]


def on_first_call(name: str) -> AnyHandler:
    """The handler `module.function` of a module beside this one, as `find_handler` finds it."""
    find = cache(partial(find_handler, name))

    async def handle(*arguments: Any) -> Any:
        return await find()(*arguments)

    return handle


def find_handler(name: str) -> AnyHandler:
    """The handler itself. Raises ImportError, AttributeError if there is none."""
    module, function = name.split(".")
    handler: AnyHandler = getattr(import_module(f"functions.triggers.{module}"), function)
    return handler
