"""What the timers do: due work, and what was kept long enough."""

import logging

import azure.functions as func

from functions.services.erasure import erase_old, forget_starts
from functions.services.upkeep import sweep
from functions.services.wired import Services

LOG = logging.getLogger("verbatim.upkeep")


async def sweep_due_work(timer: func.TimerRequest, services: Services) -> None:
    """Do what is due."""
    worked = await sweep(services.sessions)
    if worked:
        LOG.info("%d timers were due%s", worked, ", and the sweep was late" if timer.past_due else "")


async def erase_old_sessions(timer: func.TimerRequest, services: Services) -> None:
    """Erase what was kept long enough."""
    del timer
    await forget_names(services)
    await forget_claims(services)
    await erase_sessions(services)


async def forget_names(services: Services) -> None:
    """Forget names of people in calls that no session asked for in time."""
    forgotten = await services.sessions.names.erase_older(services.now())
    if forgotten:
        LOG.info("%d names of people in calls were forgotten", forgotten)


async def forget_claims(services: Services) -> None:
    """Forget the calls of yesterday's starts that came to nothing, whether or not sessions are kept for ever."""
    forgotten = await forget_starts(services.sessions)
    if forgotten:
        LOG.info("%d starts that never made their session were forgotten", forgotten)


async def erase_sessions(services: Services) -> None:
    """Erase the sessions whose retention is over, where the deployment has one."""
    days = services.settings.retention_days
    erased = await erase_old(services.sessions, days) if days else 0
    if erased:
        LOG.info("%d sessions were erased after %d days", erased, days)
