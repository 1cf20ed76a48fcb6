"""The queries of workbook and alerts: right for Kusto, and about what the app really logs."""

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from functions.services.applying import COUNTED_STATES
from functions.services.counts import Line
from tests.infra.templates import INFRA, ROOT

QUERIES = sorted((INFRA / "queries").glob("*.kql"))
CODE = "\n".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))


def test_microsofts_own_parser_finds_no_mistake() -> None:
    node = shutil.which("node")
    assert node, "Node.js is not on PATH"
    command = [node, str(Path(__file__).parent / "kusto.cjs"), *map(str, QUERIES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603 -- our own
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def asked_for(pattern: str) -> set[str]:
    return {name for query in QUERIES for name in re.findall(pattern, query.read_text())}


def test_what_is_read_from_the_line_of_counts_is_in_it() -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(Line)}
    assert asked_for(r"line\.(\w+)") <= fields


@pytest.mark.parametrize("counted", sorted(asked_for(r"line\.done\.(\w+)")))
def test_what_is_counted_is_counted_by_the_code(counted: str) -> None:
    assert f'.count("{counted}")' in CODE or counted in COUNTED_STATES.values()


@pytest.mark.parametrize("words", sorted(asked_for(r'message (?:has|startswith) "([^"]+)"')))
def test_the_words_of_a_message_are_those_that_the_code_logs(words: str) -> None:
    assert words in CODE


@pytest.mark.parametrize("name", sorted(asked_for(r'name == "(\w+)"')))
def test_a_function_that_is_named_exists(name: str) -> None:
    assert f"async def {name}(" in CODE


def test_every_query_is_shown_and_every_alert_can_be_looked_up() -> None:
    shown, told = (
        set(re.findall(r"queries/([\w-]+)\.kql", (INFRA / "modules" / f"{module}.bicep").read_text()))
        for module in ("workbook", "alerts")
    )
    assert shown == {query.stem for query in QUERIES}
    assert told <= shown
