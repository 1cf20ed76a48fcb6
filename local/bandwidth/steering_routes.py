"""The `/sim` routes: the stand-in is steered, and asked what really happened."""

from aiohttp import web

from local.bandwidth.access_tokens import AccessTokens
from local.bandwidth.rest import error
from local.bandwidth.stage import Stage
from local.bandwidth_model.steering import Application, DisturbWebhooks, InjectFault
from local.model_routes import steering_routes


def routes(stage: Stage, tokens: AccessTokens) -> list[web.RouteDef]:
    """Every way to steer."""

    async def revoke(_: web.Request) -> web.Response:
        tokens.revoke()
        return web.Response(status=204)

    own = {"/sim/applications": (Application,), "/sim/faults": (DisturbWebhooks, InjectFault)}
    return [*steering_routes(stage, _refuse, own), web.post("/sim/tokens/revoke", revoke)]


def _refuse(why: str) -> web.Response:
    return error(400, "validation", why)
