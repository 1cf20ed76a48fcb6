"""Handlers by name, imported with their first call: a process imports what it is asked for, and no more."""

from collections.abc import Awaitable, Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

type AnyHandler = Callable[..., Awaitable[Any]]


def finder(name: str) -> Callable[[], AnyHandler]:
    """Finds the handler `module.function` of a module beside this one, once."""
    return cache(partial(find_handler, name))


def find_handler(name: str) -> AnyHandler:
    """The handler itself. Raises ImportError, AttributeError if there is none."""
    module, function = name.split(".")
    handler: AnyHandler = getattr(import_module(f"functions.triggers.{module}"), function)
    return handler
