"""Bandwidth's doors: HTTP Basic by challenge, and behind that the session's ticket in the query.

What is behind them is imported with the first webhook: a deployment without Bandwidth never needs it.
"""

import azure.functions as func

from functions.services.wired import Services


async def receive_bandwidth_events(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Take in news of a session's call."""
    services.check_webhook(req.headers.get("Authorization"))
    from functions.triggers.bandwidth_news import hear_of_call  # noqa: PLC0415 -- see above

    return await hear_of_call(req, services)


async def receive_bandwidth_call(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Take in news of calls to our numbers."""
    services.check_webhook(req.headers.get("Authorization"))
    from functions.triggers.bandwidth_news import hear_of_number  # noqa: PLC0415 -- see above

    return await hear_of_number(req, services)
