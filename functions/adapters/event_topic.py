"""An Event Grid topic of our own, for those who follow sessions: one CloudEvent a request.

Form and limits: Microsoft's page "Publish events to Azure Event Grid custom topics using access keys".
"""

from functools import cached_property

import aiohttp

from functions.errors import CallRefused, Unavailable

TOTAL_SECONDS = 10
API_VERSION = "2018-01-01"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
REFUSALS = frozenset({400, 401, 403, 404, 413})
"""Statuses that a repeat of the same request will get again."""


class EventGridTopic:
    """Fills the port EventTopic. `endpoint` is the topic's URL, without a query."""

    def __init__(self, endpoint: str, access_key: str) -> None:
        self.endpoint = endpoint
        self.headers = {"aeg-sas-key": access_key, "Content-Type": CONTENT_TYPE}

    @cached_property
    def http(self) -> aiohttp.ClientSession:
        """The connections to the topic, kept from the first event on."""
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS))

    async def publish(self, event: bytes) -> None:
        """Publish a CloudEvent. Raises CallRefused, Unavailable."""
        status = await self.post(event)
        if status in REFUSALS:
            raise CallRefused(f"The event topic answered {status}.", code=status, sub_code=0)
        if not 200 <= status < 300:  # noqa: PLR2004 -- HTTP's
            raise Unavailable(f"The event topic answered {status}.")

    async def post(self, event: bytes) -> int:
        """The status of the topic's answer; a redirection is not followed, since the key would go along."""
        try:
            async with self.http.post(
                self.endpoint,
                params={"api-version": API_VERSION},
                headers=self.headers,
                data=event,
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"The event topic: {type(error).__name__}.") from error
