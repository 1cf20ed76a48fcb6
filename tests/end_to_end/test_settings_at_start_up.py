"""Settings that contradict each other stop the app before it serves, and every mistake is listed."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.child_process import PROJECT, ChildProcess
from local.errors import ChildDiedError
from local.stack_plan import host_commands, make_plan
from tests.end_to_end.phones import ANSWER_RULES, COLLEAGUE, HOTLINE, RECEPTION, SWITCHBOARD

CONTRADICTORY: list[dict[str, Any]] = [
    {"to": HOTLINE, "answerAlone": True},
    {"to": HOTLINE, "connectTo": COLLEAGUE},
    {"to": SWITCHBOARD, "connectTo": COLLEAGUE, "answerAlone": True},
    {"to": "5550100", "answerAlone": True},
    {"to": RECEPTION},
    {"to": COLLEAGUE, "connectTo": HOTLINE},
    {"to": "+15550100009", "answerAlone": True, "locale": "en", "startAt": "later", "colour": "red"},
]
MISTAKES = [
    "ANSWER_RULES rule 1: another rule has the same to.",
    "ANSWER_RULES rule 2: another rule has the same to.",
    'ANSWER_RULES rule 3: Write either "connectTo"',
    "ANSWER_RULES rule 4: to is wrong. Write a phone number in E.164",
    'ANSWER_RULES rule 5: Write either "connectTo"',
    "ANSWER_RULES rule 6: connectTo is a number that a rule answers",
    "ANSWER_RULES rule 7: there is no field 'colour'.",
    "ANSWER_RULES rule 7: locale is wrong.",
    "ANSWER_RULES rule 7: startAt is wrong.",
]


async def complaints(folder: Path, **settings: str) -> str:
    """What a function host writes that cannot start with these settings."""
    command = host_commands(make_plan(1, keys=False), PROJECT, folder, settings)[0]
    host = ChildProcess(command, folder / "host.log")
    with pytest.raises(ChildDiedError):
        await host.start()
    return host.log.read_text()


async def test_contradictory_rules_are_all_listed(tmp_path: Path) -> None:
    written = await complaints(tmp_path, ANSWER_RULES=json.dumps(CONTRADICTORY))
    for mistake in MISTAKES:
        assert mistake in written


async def test_mistakes_of_several_settings_are_listed_together(tmp_path: Path) -> None:
    written = await complaints(
        tmp_path,
        ANSWER_RULES="[{",
        PUBLIC_URL="functions.example.com",
        RETENTION_DAYS="soon",
        EVENT_TOPIC_KEY="",
        LONGEST_SESSION_HOURS="0",
        SWEEP_SCHEDULE="each minute",
        ACS_RESOURCE_ID="/subscriptions/mine",
    )
    for name in (
        *("ANSWER_RULES", "PUBLIC_URL", "RETENTION_DAYS", "EVENT_TOPIC_ENDPOINT", "LONGEST_SESSION_HOURS"),
        *("SWEEP_SCHEDULE", "ACS_RESOURCE_ID"),
    ):
        assert f"\n- {name}" in written, written


async def test_each_mistake_is_a_line_on_stderr_that_azure_takes_for_an_error(tmp_path: Path) -> None:
    written = await complaints(tmp_path, RETENTION_DAYS="soon", LONGEST_SESSION_HOURS="0")
    for name in ("RETENTION_DAYS", "LONGEST_SESSION_HOURS"):
        assert f"\nerror: - {name} is not a whole number" in written, written


async def test_rules_that_are_right_let_it_start(tmp_path: Path) -> None:
    settings = {"ANSWER_RULES": json.dumps(ANSWER_RULES)}
    command = host_commands(make_plan(1, keys=False), PROJECT, tmp_path, settings)[0]
    host = ChildProcess(command, tmp_path / "host.log")
    await host.start()
    await host.stop()
