import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.local_cloud.functions_host_process import APPS, Host, running_host
from tests.waiting import until

YEARLY = "0 0 0 1 1 *"


@pytest.fixture
def runs_file(tmp_path: Path) -> Path:
    return tmp_path / "runs.jsonl"


def runs(runs_file: Path, timer: str) -> list[Any]:
    if not runs_file.exists():
        return []
    lines = [json.loads(line) for line in runs_file.read_text().splitlines()]
    return [line for line in lines if line["timer"] == timer]


def timer_host(runs_file: Path) -> AbstractAsyncContextManager[Host]:
    folder = runs_file.parent
    settings = {"RUNS_FILE": str(runs_file), "YEARLY": YEARLY}
    options = ("--lock-dir", str(folder / "locks"))
    return running_host(APPS / "timer_app", folder, *options, settings=settings)


def events(runs_file: Path) -> list[str]:
    return [run["event"] for run in runs(runs_file, "every_second")]


async def test_a_timer_never_overlaps_with_itself(runs_file: Path) -> None:
    hold = runs_file.with_name("hold")
    hold.touch()
    async with timer_host(runs_file) as host:

        def seconds_told() -> int:
            """How often another timer of every second fired."""
            return host.log().count("LookupError: the timer is sour")

        await until(lambda: events(runs_file) == ["started"])
        told = seconds_told()
        await until(lambda: seconds_told() >= told + 3)
        assert events(runs_file) == ["started"]
        hold.unlink()
        await until(lambda: len(events(runs_file)) >= 6)
    assert events(runs_file) == ["started", "ended"] * (len(events(runs_file)) // 2)


async def test_of_several_hosts_one_fires_a_timer_until_it_dies_and_then_another(runs_file: Path) -> None:
    def firing() -> set[int]:
        return {run["pid"] for run in runs(runs_file, "every_second")}

    async with timer_host(runs_file) as first, timer_host(runs_file) as second:
        await until(lambda: len(runs(runs_file, "every_second")) >= 5)
        assert firing() == {first.process.pid}
        successor = second.process.pid
        await first.process.kill()
        await until(lambda: successor in firing())


async def test_a_timer_that_runs_on_startup_gets_what_the_real_host_gives(runs_file: Path) -> None:
    async with timer_host(runs_file):
        await until(lambda: runs(runs_file, "at_start"))
    given = runs(runs_file, "at_start")[0]["given"]
    assert given == {"past_due": False, "schedule": {"AdjustForDST": True}, "schedule_status": {}}


async def test_a_run_that_was_missed_while_no_host_ran_comes_past_due(runs_file: Path) -> None:
    locks = runs_file.parent / "locks"
    locks.mkdir()
    missed = {"last": "2025-01-01T00:00:00+00:00", "next": "2026-01-01T00:00:00+00:00"}
    (locks / "at_start.json").write_text(json.dumps(missed))
    async with timer_host(runs_file):
        await until(lambda: runs(runs_file, "at_start"))
        await until(lambda: json.loads((locks / "at_start.json").read_text()) != missed)
    given = runs(runs_file, "at_start")[0]["given"]
    assert given["past_due"] is True
    assert given["schedule_status"]["Next"] == missed["next"]


async def test_a_timer_that_fails_is_logged_and_fires_again(runs_file: Path) -> None:
    async with timer_host(runs_file) as host:
        await until(lambda: host.log().count("LookupError: the timer is sour") >= 2)
    assert "The timer goes_sour failed." in host.log()


async def test_a_timer_can_be_run_by_hand(runs_file: Path) -> None:
    async with timer_host(runs_file) as host:
        await until(lambda: len(runs(runs_file, "at_start")) == 1)
        async with host.client.post(f"{host.url}/admin/functions/at_start", json={}) as response:
            assert response.status == 202
        await until(lambda: len(runs(runs_file, "at_start")) == 2)
