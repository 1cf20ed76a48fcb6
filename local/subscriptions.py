"""The functions' subscription to events of calls: what happens before they have shaken hands is told to nobody."""

import aiohttp

from .api import Api
from .demo_waiting import holds_within
from .errors import NotReadyError

HANDSHAKE_SECONDS = 60.0


async def handshakes(event_grid_url: str) -> None:
    """Waits until Event Grid has asked each endpoint, and it said yes or no. Raises NotReadyError."""
    async with aiohttp.ClientSession() as http:
        event_grid = Api(http, event_grid_url)
        if not await holds_within(HANDSHAKE_SECONDS, lambda: are_answered(event_grid)):
            raise NotReadyError(f"The functions did not answer Event Grid within {HANDSHAKE_SECONDS:.0f} s.")


async def are_answered(event_grid: Api) -> bool:
    """Whether each endpoint was there and said something."""
    subscriptions = (await event_grid.get("/sim/subscriptions"))["subscriptions"]
    return all(one["answered"] for one in subscriptions)
