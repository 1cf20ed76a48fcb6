"""Timers: due work."""

import logging

import azure.functions as func

from functions.services.upkeep import sweep
from functions.services.wired import Services

LOG = logging.getLogger("verbatim.upkeep")


def add_timers(app: func.Blueprint, services: Services) -> None:
    """Declare the sweep; its period is the finest deadline that a session can have."""

    async def sweep_due_work(timer: func.TimerRequest) -> None:
        looked_at = await sweep(services.sessions)
        if looked_at:
            LOG.info("%d timers were due%s", looked_at, ", and the sweep was late" if timer.past_due else "")

    declare = app.timer_trigger(arg_name="timer", schedule=services.settings.sweep_schedule)
    app.function_name("sweep_due_work")(declare(sweep_due_work))
