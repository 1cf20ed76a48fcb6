"""The `/sim` routes: the stand-in is steered, and asked what really happened."""

from aiohttp import web

from local.acs_model.steering import DisturbCallbacks, InjectFault, Join, MakeCall
from local.call_automation.rest import error
from local.call_automation.stage import Stage
from local.model_routes import steering_routes


def routes(stage: Stage) -> list[web.RouteDef]:
    """Every way to steer."""
    return steering_routes(
        stage,
        _refuse,
        {
            "/sim/calls": (MakeCall,),
            "/sim/calls/{simId}/join": (Join,),
            "/sim/faults": (DisturbCallbacks, InjectFault),
        },
    )


def _refuse(why: str) -> web.Response:
    return error(400, "badRequest", why)
