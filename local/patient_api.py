"""An API that may be away for a moment: asked again until it answers."""

import asyncio
from typing import Any

import aiohttp

from .api import Api, ApiError

PASSING = frozenset({429, 502, 503, 504})
PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.25


class PatientApi(Api):
    """Repeats what broke or was put off, for a minute. So whatever it is asked to do must bear a repeat."""

    async def ask(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        """The answer to a request, None if it is empty. Raises ApiError, or aiohttp's error after a minute."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                return await super().ask(method, path, body, headers)
            except (ApiError, aiohttp.ClientError) as error:
                for_good = isinstance(error, ApiError) and error.status not in PASSING
                if for_good or asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
