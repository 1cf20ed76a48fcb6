"""An Event Grid topic of our own, for those who follow sessions: one CloudEvent a request.

Form and limits: Microsoft's page "Publish events to Azure Event Grid custom topics using access keys"; the scope of
a token: "Authenticate Event Grid publishing clients using Microsoft Entra ID".
"""

from functools import cached_property

import aiohttp
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential

from functions.errors import CallRefused, Unavailable

TOTAL_SECONDS = 10
API_VERSION = "2018-01-01"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SCOPE = "https://eventgrid.azure.net/.default"
REFUSALS = frozenset({400, 401, 403, 404, 413})
"""Statuses that a repeat of the same request will get again."""
FORBIDDEN = frozenset({401, 403})
ROLE = (
    "Check EVENT_TOPIC_KEY; or, without it, that the app's managed identity has the role EventGrid Data Sender "
    "on the topic."
)


class EventGridTopic:
    """Fills the port EventTopic. `endpoint` is the topic's URL, without a query."""

    def __init__(self, endpoint: str, credential: AzureKeyCredential | AsyncTokenCredential) -> None:
        self.endpoint = endpoint
        self.credential = credential

    @cached_property
    def http(self) -> aiohttp.ClientSession:
        """The connections to the topic, kept from the first event on."""
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS))

    async def publish(self, event: bytes) -> None:
        """Publish a CloudEvent. Raises CallRefused, Unavailable."""
        status = await self.post(event)
        if status in REFUSALS:
            remedy = f" {ROLE}" if status in FORBIDDEN else ""
            raise CallRefused(f"The event topic answered {status}.{remedy}", code=status, sub_code=0)
        if not 200 <= status < 300:  # noqa: PLR2004 -- HTTP's
            raise Unavailable(f"The event topic answered {status}.")

    async def post(self, event: bytes) -> int:
        """The status of the topic's answer; a redirection is not followed, since the key would go along."""
        headers = await proof(self.credential) | {"Content-Type": CONTENT_TYPE}
        try:
            async with self.http.post(
                self.endpoint,
                params={"api-version": API_VERSION},
                headers=headers,
                data=event,
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"The event topic: {type(error).__name__}.") from error


async def proof(credential: AzureKeyCredential | AsyncTokenCredential) -> dict[str, str]:
    """The header by which the topic knows us. Raises Unavailable."""
    if isinstance(credential, AzureKeyCredential):
        return {"aeg-sas-key": credential.key}
    token = await credential.get_token(SCOPE)
    return {"Authorization": f"Bearer {token.token}"}
