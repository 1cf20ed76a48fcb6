"""The app's timers: due work, and what was kept long enough."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import azure.functions as func

from functions.triggers.handlers import AnyHandler, finder

if TYPE_CHECKING:
    from functions.services.wired import Services


def add_timers(app: func.Blueprint, services: "Services") -> None:
    """Declare the sweep, whose period is the finest deadline that a session can have, and the erasing."""
    schedules = {
        "sweep_due_work": services.settings.sweep_schedule,
        "erase_old_sessions": services.settings.retention_schedule,
    }
    for name, schedule in schedules.items():
        run = on_schedule(finder(f"upkeep.{name}"), services)
        run.__name__ = name
        app.function_name(name)(app.timer_trigger(arg_name="timer", schedule=schedule)(run))


def on_schedule(
    find: Callable[[], AnyHandler], services: "Services"
) -> Callable[[func.TimerRequest], Awaitable[None]]:
    """The work that is found, as a function of the app."""

    async def run(timer: func.TimerRequest) -> None:
        await find()(timer, services)

    return run
