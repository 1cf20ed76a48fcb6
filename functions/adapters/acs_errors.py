"""ACS's errors in our words, and which of them a repeat may get over."""

import asyncio
from collections.abc import Awaitable, Callable

from azure.core.exceptions import HttpResponseError

from functions.errors import CallRefused, Unavailable
from functions.lifecycle.redaction import redact_message

NOT_TAKEN = frozenset({429, 503})
"""Statuses that say that nothing was done, so that a repeat is no second request."""
PASSING = frozenset({408, 429})
SERVER_ERROR = 500
NOT_FOUND = 404
PAUSES_SECONDS = (0.5, 1, 2, 4)


def translate(error: HttpResponseError) -> CallRefused | Unavailable:
    """The error in our words."""
    status = error.status_code or 0
    if status in PASSING or status >= SERVER_ERROR:
        return Unavailable(f"ACS answered {status}.")
    code = getattr(error.error, "code", None) or ""
    message = getattr(error.error, "message", None) or error.reason or "ACS refused the request."
    return CallRefused(redact_message(message), code=status, sub_code=int(code) if code.isdigit() else 0)


async def until_taken[Answer](ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask again, some times, while ACS answers that it cannot take requests now; after that it is its error."""
    for pause in PAUSES_SECONDS:
        try:
            return await ask()
        except HttpResponseError as error:
            if error.status_code not in NOT_TAKEN:
                raise
        await asyncio.sleep(pause)
    return await ask()
