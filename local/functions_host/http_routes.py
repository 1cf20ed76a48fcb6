"""Route templates of HTTP triggers, and which function answers a request.

As in ASP.NET, which routes for the real host: case is ignored, a literal segment wins over a constrained
parameter, that over a free one, that over a catch-all.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from .app import Function
from .errors import RouteError

ALL_METHODS = ("GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS", "TRACE", "CONNECT", "QUERY")
LITERAL, CONSTRAINED, FREE, CATCH_ALL_CONSTRAINED, CATCH_ALL = range(5)

Constraint = Callable[[str], bool]


def _pattern(regex: str) -> Constraint:
    compiled = re.compile(regex, re.IGNORECASE)
    return lambda value: compiled.fullmatch(value) is not None


PLAIN_CONSTRAINTS: dict[str, Constraint] = {
    "alpha": _pattern(r"[a-z]*"),
    "bool": _pattern(r"true|false"),
    "decimal": _pattern(r"[+-]?\d+(\.\d+)?"),
    "double": _pattern(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?"),
    "guid": _pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}"),
    "int": _pattern(r"[+-]?\d{1,10}"),
    "long": _pattern(r"[+-]?\d{1,19}"),
    "required": bool,
}
INTEGER = PLAIN_CONSTRAINTS["long"]
NUMERIC_CONSTRAINTS: dict[str, Callable[[list[int]], Constraint]] = {
    "length": lambda n: lambda value: n[0] <= len(value) <= n[-1],
    "max": lambda n: lambda value: INTEGER(value) and int(value) <= n[0],
    "maxlength": lambda n: lambda value: len(value) <= n[0],
    "min": lambda n: lambda value: INTEGER(value) and int(value) >= n[0],
    "minlength": lambda n: lambda value: len(value) >= n[0],
    "range": lambda n: lambda value: INTEGER(value) and n[0] <= int(value) <= n[-1],
}

PARAMETER = re.compile(
    r"\{(?P<stars>\*{0,2})(?P<name>\w+)(?P<constraints>(?::[^:{}=?]+)*)(?:=(?P<default>[^{}]*))?(?P<optional>\??)\}"
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route template, compiled. `precedence` sorts: the lesser one wins."""

    function: Function
    regex: re.Pattern[str]
    constraints: tuple[tuple[str, Constraint], ...]
    defaults: dict[str, str]
    precedence: tuple[int, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """The route parameters that `path` gives, or None if this is not its route."""
        found = self.regex.fullmatch(path)
        if found is None:
            return None
        given = {name: value for name, value in found.groupdict().items() if value}
        if any(name in given and not holds(given[name]) for name, holds in self.constraints):
            return None
        return {**self.defaults, **given}


def compile_route(template: str, function: Function) -> Route:
    """Reads a template such as `/api/sessions/{id:guid}/{format?}`. Raises RouteError."""
    regex = ""
    precedence = []
    parameters: list[re.Match[str]] = []
    for segment in template.strip("/").split("/"):
        inside = list(PARAMETER.finditer(segment))
        if len(re.findall(r"[{}]", segment)) != 2 * len(inside):
            raise RouteError(
                f"The route {template!r} of {function.name} has a segment {segment!r} that cannot be read."
            )
        regex += _segment_regex(segment, inside)
        precedence.append(_rank(inside))
        parameters += inside
    constraints = tuple(
        (parameter["name"], _constraint(text, template))
        for parameter in parameters
        for text in parameter["constraints"].split(":")[1:]
    )
    defaults = {p["name"]: p["default"] for p in parameters if p["default"] is not None}
    return Route(function, re.compile(regex, re.IGNORECASE), constraints, defaults, tuple(precedence))


def _segment_regex(segment: str, parameters: list[re.Match[str]]) -> str:
    if len(parameters) == 1 and parameters[0].group() == segment:
        return _whole_segment_regex(parameters[0])
    regex, end = "/", 0
    for parameter in parameters:
        regex += f"{re.escape(segment[end : parameter.start()])}(?P<{parameter['name']}>[^/]+?)"
        end = parameter.end()
    return regex + re.escape(segment[end:])


def _whole_segment_regex(parameter: re.Match[str]) -> str:
    name = parameter["name"]
    if parameter["stars"]:
        return f"(?:/(?P<{name}>.*))?"
    if parameter["optional"] or parameter["default"] is not None:
        return f"(?:/(?P<{name}>[^/]*))?"
    return f"/(?P<{name}>[^/]+)"


def _rank(parameters: list[re.Match[str]]) -> int:
    if not parameters:
        return LITERAL
    constrained = any(parameter["constraints"] for parameter in parameters)
    if parameters[0]["stars"]:
        return CATCH_ALL_CONSTRAINED if constrained else CATCH_ALL
    return CONSTRAINED if constrained or len(parameters) > 1 else FREE


def _constraint(text: str, template: str) -> Constraint:
    name, _, arguments = text.rstrip(")").partition("(")
    if name in PLAIN_CONSTRAINTS and not arguments:
        return PLAIN_CONSTRAINTS[name]
    numbers = [argument.strip() for argument in arguments.split(",")]
    if name in NUMERIC_CONSTRAINTS and all(INTEGER(number) for number in numbers):
        return NUMERIC_CONSTRAINTS[name]([int(number) for number in numbers])
    # ASP.NET also knows `datetime`, `float`, `file`, `regex(...)`.
    raise RouteError(f"The route {template!r} has a constraint {text!r} that this host does not know.")


class RouteTable:
    """All routes of the app by method: literal ones in a dictionary, the others in order of precedence."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        self._declared: dict[tuple[str, str], Function] = {}
        self._literal: dict[tuple[str, str], Function] = {}
        self._others: dict[str, list[Route]] = {}
        for function in functions:
            template = f"{prefix.strip('/')}/{function.trigger['route'].strip('/')}".strip("/")
            route = compile_route(template, function)
            for method in function.trigger.get("methods") or ALL_METHODS:
                self._add(method.upper(), template, route)
        for routes in self._others.values():
            routes.sort(key=lambda route: route.precedence)

    def _add(self, method: str, template: str, route: Route) -> None:
        place = method, f"/{template}".lower()
        other = self._declared.setdefault(place, route.function)
        if other is not route.function:
            raise RouteError(f"{other.name} and {route.function.name} both answer {method} {template}.")
        if "{" in template:
            self._others.setdefault(method, []).append(route)
        else:
            self._literal[place] = route.function

    def find(self, method: str, raw_path: str) -> tuple[Function, dict[str, str]] | None:
        """The function that answers and its route parameters. `raw_path` is as sent, without the query."""
        path = _decoded(raw_path)
        if len(path) > 1 and path.endswith("/"):
            path = path[:-1]
        literal = self._literal.get((method, path.lower()))
        if literal is not None:
            return literal, {}
        for route in self._others.get(method, ()):
            parameters = route.match(path)
            if parameters is not None:
                return route.function, parameters
        return None


def _decoded(raw_path: str) -> str:
    if "%" not in raw_path:
        return raw_path
    # Kestrel decodes everything but an encoded slash.
    return unquote(re.sub("%2f", "%252F", raw_path, flags=re.IGNORECASE))
