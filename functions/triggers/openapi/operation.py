"""What the contract tells of an operation beyond its route, methods and level, which its endpoint has."""

from typing import Any

import msgspec

type Doors = tuple[dict[str, list[str]], ...]
"""Security schemes with their scopes: all of one entry together, any of the entries."""

KEY: Doors = ({"functionKey": []}, {"functionKeyInQuery": []})
READ_TOKEN: Doors = ({"readToken": []},)


class Answer(msgspec.Struct, frozen=True):
    """An answer that is no problem.

    `forms` are the types that its JSON may have, with examples by name; `texts` are examples by media type, where it
    is no JSON. `links` are operations (by their ids) that go on with the `id` in it.
    """

    description: str
    forms: tuple[Any, ...] = ()
    examples: dict[str, Any] = {}
    texts: dict[str, str] = {}
    headers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of a route.

    `query` is the type that reads the parameters, `headers` the names of those that it reads besides; `forms` are the
    types that its body may have, with examples by name in `bodies`. `problems` are the statuses of its problem
    documents. `doors` are the ways to prove who asks, any of which will do; none where it is open.
    """

    tag: str
    summary: str
    description: str = ""
    query: type[msgspec.Struct] | None = None
    headers: tuple[str, ...] = ()
    forms: tuple[Any, ...] = ()
    bodies: dict[str, Any] = {}
    answers: dict[int, Answer]
    problems: tuple[int, ...] = ()
    doors: Doors = KEY
