"""Timer triggers. With several hosts, the one that holds a timer's lock file fires it.

The real host holds a blob lease instead, which another host takes over up to a minute after a crash; a
lock file is free at once. A host that is only stopped (SIGSTOP) keeps its timers here.
"""

import asyncio
import fcntl
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .app import Function, invoke
from .errors import AppError, InvocationError
from .messages import TypedData
from .ncrontab import Schedule, parse_schedule

log = logging.getLogger(__name__)

LOCK_RETRY_SECONDS = 0.5
LONGEST_NAP_SECONDS = 30.0  # a laptop that slept notices it within this time
SHORTEST_MONITORED = timedelta(minutes=1)  # the real host keeps no status of timers more frequent than this


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer trigger as declared. `monitored`: its last and next run outlive the host."""

    function: Function
    schedule: Schedule
    run_on_startup: bool
    monitored: bool


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """When a monitored timer last ran, and when it is to run next."""

    last: datetime
    next: datetime


def declared_timer(function: Function, settings: Mapping[str, str]) -> Timer:
    """Reads the trigger, `%SETTING%` from `settings`. Raises AppError."""
    schedule = parse_schedule(_resolved(function.trigger["schedule"], function, settings))
    soon = schedule.next_after(datetime.now(UTC))
    monitored = function.trigger.get("useMonitor") is not False
    return Timer(
        function,
        schedule,
        run_on_startup=bool(function.trigger.get("runOnStartup")),
        monitored=monitored and schedule.next_after(soon) - soon >= SHORTEST_MONITORED,
    )


def _resolved(text: str, function: Function, settings: Mapping[str, str]) -> str:
    def setting(found: re.Match[str]) -> str:
        try:
            return settings[found[1]]
        except KeyError:
            raise AppError(
                f"The schedule of {function.name} names the setting {found[1]}, which is not set."
            ) from None

    return re.sub(r"%([^%\s]+)%", setting, text)


async def run_timer(timer: Timer, lock_dir: Path | None, stopping: asyncio.Event) -> None:
    """Fires the timer when it is due, one run after the other, until `stopping` is set.

    Without `lock_dir` nothing is shared with other hosts or kept for later.
    """
    if lock_dir is None:
        await _fire_when_due(timer, None, stopping)
        return
    async with _locked(lock_dir / f"{timer.function.name}.lock", stopping) as ours:
        if ours:
            await _fire_when_due(timer, lock_dir / f"{timer.function.name}.json", stopping)


@asynccontextmanager
async def _locked(path: Path, stopping: asyncio.Event) -> AsyncIterator[bool]:
    with path.open("a") as file:
        while not stopping.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await _nap(LOCK_RETRY_SECONDS, stopping)
            else:
                break
        yield not stopping.is_set()


async def _fire_when_due(timer: Timer, status_file: Path | None, stopping: asyncio.Event) -> None:
    status = _read_status(status_file) if timer.monitored else None
    past_due = status is not None and status.next < datetime.now(UTC)
    if past_due or timer.run_on_startup:
        status = await _fire(timer, status, status_file, is_past_due=past_due)
    due = status.next if status else timer.schedule.next_after(datetime.now(UTC))
    while await _reached(due, stopping):
        status = await _fire(timer, status, status_file, is_past_due=False)
        due = status.next


async def _fire(
    timer: Timer, status: ScheduleStatus | None, status_file: Path | None, *, is_past_due: bool
) -> ScheduleStatus:
    started = datetime.now(UTC)
    await fire(timer, status, is_past_due=is_past_due)
    after = ScheduleStatus(started, timer.schedule.next_after(datetime.now(UTC)))
    if timer.monitored and status_file is not None:
        _write_status(status_file, after)
    return after


async def fire(timer: Timer, status: ScheduleStatus | None = None, *, is_past_due: bool = False) -> None:
    """Invokes the timer's function once. A failure goes to the log: nobody waits for an answer."""
    try:
        await invoke(timer.function, TypedData(json=timer_info(timer, status, is_past_due=is_past_due)))
    except InvocationError as error:
        log.error("The timer %s failed.\n%s", timer.function.name, error)  # noqa: TRY400 - it is the traceback


def timer_info(timer: Timer, status: ScheduleStatus | None, *, is_past_due: bool) -> str:
    """The JSON that the real host gives to a timer's function."""
    shown = status and {
        "Last": status.last.isoformat(),
        "LastUpdated": status.last.isoformat(),
        "Next": status.next.isoformat(),
    }
    return json.dumps(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": shown if timer.monitored else None,
            "IsPastDue": is_past_due,
        }
    )


async def _reached(due: datetime, stopping: asyncio.Event) -> bool:
    """Waits for `due`; False if `stopping` was set before."""
    while not stopping.is_set():
        left = (due - datetime.now(UTC)).total_seconds()
        if left <= 0:
            return True
        await _nap(min(left, LONGEST_NAP_SECONDS), stopping)
    return False


async def _nap(seconds: float, stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return  # the nap is over


def _read_status(path: Path | None) -> ScheduleStatus | None:
    if path is None or not path.exists():
        return None
    kept = json.loads(path.read_text())
    return ScheduleStatus(datetime.fromisoformat(kept["last"]), datetime.fromisoformat(kept["next"]))


def _write_status(path: Path, status: ScheduleStatus) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"last": status.last.isoformat(), "next": status.next.isoformat()}))
    fresh.replace(path)
