"""A Function App whose timers write a line for each run to the file that RUNS_FILE names.

A run of `every_second` lasts as long as there is a file `hold` beside it.
"""

import asyncio
import json
import os
import time
from pathlib import Path

import azure.functions as func
from azure.functions.timer import TimerRequest

app = func.FunctionApp()


def note(timer: str, event: str, **more: object) -> None:
    line = {"timer": timer, "event": event, "pid": os.getpid(), "at": time.time(), **more}
    with Path(os.environ["RUNS_FILE"]).open("a") as runs:
        runs.write(json.dumps(line) + "\n")


@app.timer_trigger(arg_name="timer", schedule="* * * * * *", use_monitor=False)
async def every_second(timer: func.TimerRequest) -> None:
    note("every_second", "started")
    while Path(os.environ["RUNS_FILE"]).with_name("hold").exists():  # noqa: ASYNC110 - the test is in another process
        await asyncio.sleep(0.01)
    note("every_second", "ended")


def full(timer: func.TimerRequest) -> object:
    """All that the runtime gives; the public type declares `past_due` only."""
    assert isinstance(timer, TimerRequest)
    return timer.to_dict()


@app.timer_trigger(arg_name="timer", schedule="%YEARLY%", run_on_startup=True)
async def at_start(timer: func.TimerRequest) -> None:
    note("at_start", "ran", given=full(timer))


@app.timer_trigger(arg_name="timer", schedule="00:00:01")
async def goes_sour(timer: func.TimerRequest) -> None:
    raise LookupError("the timer is sour")
