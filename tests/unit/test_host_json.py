"""What host.json says of logs: frames must not write two lines each, and what is worth reading must not be cut off."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LEVELS: dict[str, str] = json.loads((ROOT / "host.json").read_text())["logging"]["logLevel"]
SAMPLING: dict[str, Any] = json.loads((ROOT / "host.json").read_text())["logging"]["applicationInsights"][
    "samplingSettings"
]


def handlers() -> Iterator[str]:
    """The functions of the app, which are called as their handlers are."""
    for path in (ROOT / "functions" / "triggers").glob("*.py"):
        tree = ast.parse(path.read_text())
        yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef))


@pytest.mark.parametrize("category", [name for name in LEVELS if name.startswith("Function.")])
def test_a_level_is_set_for_a_function_that_exists(category: str) -> None:
    _, function, kind = category.split(".")
    assert function in set(handlers())
    assert kind == "User"


def test_the_host_does_not_write_that_each_frame_began_and_ended() -> None:
    # Category `Function.<name>`: "Logs function started and completed" (configure-monitoring.md of azure-docs).
    assert LEVELS["default"] == "Warning"
    assert "Function" not in LEVELS
    assert "Function.web_pubsub_events" not in LEVELS


def test_requests_are_sampled_and_lines_and_exceptions_are_not() -> None:
    assert LEVELS["Host.Results"] == "Information"
    assert SAMPLING["isEnabled"] is True
    assert set(SAMPLING["excludedTypes"].split(";")) == {"Exception", "Trace"}
