"""Another application of the same Bandwidth account: it has calls of its own, which are transcribed for it."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from .demo_waiting import until
from .http_site import serving_here
from .patient_api import PatientApi
from .stack_bandwidth import ACCOUNT_ID, CLIENT_ID, BandwidthPlan

NUMBER = "+15550100009"
APPLICATION_ID = "another-application"
CALLS_PATH = f"/api/v2/accounts/{ACCOUNT_ID}/calls"
ASKING = frozenset({"answer", "redirect"})
WAIT = "<?xml version='1.0' encoding='UTF-8'?><Response><Pause duration='86400'/></Response>"
"""What it wants its calls to do, whenever it is asked."""


class OtherApplication:
    """The application at `url`. `redirected` counts by call how often it was asked to take up where it was."""

    def __init__(self, http: aiohttp.ClientSession, bandwidth: BandwidthPlan) -> None:
        self.http = http
        self.bandwidth = bandwidth
        self.url = ""
        self.redirected: Counter[str] = Counter()

    @property
    def calls_url(self) -> str:
        """Where the account's calls are."""
        return f"{self.bandwidth.url}{CALLS_PATH}"

    async def hear(self, request: web.Request) -> web.Response:
        """A webhook."""
        event = await request.json()
        if event["eventType"] not in ASKING:
            return web.Response(status=204)
        self.redirected[event["callId"]] += event["eventType"] == "redirect"
        return web.Response(text=WAIT, content_type="application/xml")

    async def call(self, callee: str) -> str:
        """The id of a call to somebody, once they have picked up."""
        asked = {
            "from": NUMBER,
            "to": callee.removeprefix("4:"),
            "applicationId": APPLICATION_ID,
            "answerUrl": self.url,
        }
        api = PatientApi(self.http, self.bandwidth.url)
        bearer = {"Authorization": f"Bearer {await self.token()}"}
        made = await api.post(CALLS_PATH, asked, bearer)
        call_id: str = made["callId"]

        async def is_waiting() -> bool:
            return bool((await api.get(f"/sim/calls/{call_id}"))["running"] == "Pause")

        await until("another application's call is answered", is_waiting)
        return call_id

    async def token(self) -> str:
        """What opens the account."""
        client = {"Authorization": aiohttp.encode_basic_auth(CLIENT_ID, self.bandwidth.client_secret)}
        form = {"grant_type": "client_credentials"}
        url = self.bandwidth.token_url
        async with self.http.post(url, data=form, headers=client, raise_for_status=True) as response:
            token: str = (await response.json())["access_token"]
            return token


@asynccontextmanager
async def running_application(bandwidth: BandwidthPlan) -> AsyncIterator[OtherApplication]:
    """The application, serving until the block ends."""
    async with aiohttp.ClientSession() as http:
        application = OtherApplication(http, bandwidth)
        server = web.Application()
        server.router.add_post("/calls", application.hear)
        async with serving_here(server, 0) as address:
            application.url = f"{address}/calls"
            yield application
