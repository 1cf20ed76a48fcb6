"""The app: settings, wiring, blueprints."""

import os
import sys

import azure.functions as func

from functions.settings import read_settings_aloud
from functions.triggers.endpoints import add_endpoints
from functions.triggers.timers import add_timers
from functions.wiring import Wiring

services = Wiring(read_settings_aloud(os.environ, sys.stderr))
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # the library leaves it untyped
add_endpoints(blueprint, services)
add_timers(blueprint, services)
app = func.FunctionApp()
app.register_functions(blueprint)
