"""The app: settings, wiring, blueprints."""

import os

import azure.functions as func

from functions.settings import read_settings
from functions.triggers import (
    call_events,
    captions,
    event_grid,
    sessions,
    site,
    transcript_stream,
    transcripts,
)
from functions.triggers.answers import add_endpoints
from functions.triggers.upkeep import add_timers
from functions.wiring import Wiring

services = Wiring(read_settings(os.environ))
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # the library leaves it untyped
for module in (sessions, transcripts, captions, call_events, event_grid, transcript_stream, site):
    add_endpoints(blueprint, services, module.ENDPOINTS)
add_timers(blueprint, services)
app = func.FunctionApp()
app.register_functions(blueprint)
