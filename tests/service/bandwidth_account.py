"""An account at Bandwidth for tests: its token endpoint, its REST interface, and calls that do as they are told.

It only writes down what it is asked; a test says what happens to a call, and the webhooks go out as documented: first
without credentials, then with them if they are asked for.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import aiohttp
from aiohttp import encode_basic_auth, web

from functions.lifecycle.times import rfc3339
from local.http_site import serving_here
from tests.service.bed import Clock

ACCOUNT, APPLICATION = "9900000", "7fc9698a-b04a-468b-9e8f-91238c0d0086"
CLIENT = ("a-client", "its secret")
WEBHOOKS = ("bandwidth", "comes with this")
ROOT = f"/api/v2/accounts/{ACCOUNT}"


@dataclass
class Call:
    """A call as the account knows it."""

    id: str
    caller: str
    to: str
    direction: str = "outbound"
    state: str = "queued"
    answer_url: str = ""
    fallback_url: str = ""
    answered: bool = False
    scripts: list[Element] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        """The verbs of the newest script."""
        return [verb.tag for verb in self.scripts[-1]]

    def verb(self, tag: str) -> Element:
        """A verb of the newest script."""
        found = self.scripts[-1].find(tag)
        assert found is not None, self.verbs
        return found


@dataclass
class Account:
    """What was asked, and the answers that a test wants: statuses by method and path, used up one by one."""

    http: aiohttp.ClientSession
    url: str = ""
    calls: dict[str, Call] = field(default_factory=dict)
    tokens: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    expires_in: int = 3600

    # --- what the app asks

    async def grant(self, request: web.Request) -> web.Response:
        form = await request.post()
        if request.headers.get("Authorization") != encode_basic_auth(*CLIENT):
            return web.json_response({"error": "invalid_client"}, status=401)
        assert form["grant_type"] == "client_credentials"
        self.tokens += 1
        token = f"token-{self.tokens}"
        return web.json_response({"access_token": token, "expires_in": self.expires_in})

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path.removeprefix(ROOT)))
        refused = self.refuse(request.headers.get("Authorization", ""))
        return refused or await self.carry_out(request)

    def refuse(self, authorization: str) -> web.Response | None:
        token = authorization.removeprefix("Bearer ")
        if not token.startswith("token-") or token in self.withdrawn:
            return error(401)
        status = self.statuses.pop(0) if self.statuses else 0
        return error(status, {"Retry-After": "0"}) if status else None

    async def carry_out(self, request: web.Request) -> web.Response:
        call = self.calls.get(request.match_info.get("call", ""))
        if request.path == f"{ROOT}/calls":
            return self.place(await request.json())
        if call is None:
            return error(404)
        if request.method == "GET":
            return web.json_response(
                {"callId": call.id, "state": call.state, "from": call.caller, "to": call.to}
            )
        if request.method == "PUT":
            return self.push(call, await request.text(), request.content_type)
        assert await request.json() == {"state": "completed"}
        call.state = "disconnected"
        return web.Response()

    def place(self, asked: dict[str, Any]) -> web.Response:
        assert asked["applicationId"] == APPLICATION
        call = Call(
            f"c-{len(self.calls)}",
            asked["from"],
            asked["to"],
            answer_url=asked["answerUrl"],
            fallback_url=asked["answerFallbackUrl"],
        )
        self.calls[call.id] = call
        return web.json_response({"callId": call.id}, status=201)

    def push(self, call: Call, script: str, kind: str) -> web.Response:
        assert kind == "application/xml"
        if call.state != "answered":
            return error(409)
        call.scripts.append(read_script(script))
        return web.Response(status=204)

    # --- what happens to a call

    async def pick_up(self, call: Call) -> None:
        """The callee answers; the call then does what the answer to that says."""
        call.state, call.answered = "answered", True
        body = await self.tell(call.answer_url, call, "answer")
        call.scripts.append(read_script(body))

    async def ring(self, url: str, caller: str, to: str) -> Call:
        """Somebody calls a number of the account."""
        call = Call(f"c-{len(self.calls)}", caller, to, direction="inbound", state="answered", answered=True)
        self.calls[call.id] = call
        call.scripts.append(read_script(await self.tell(url, call, "initiate")))
        return call

    async def transcription(self, call: Call, name: str, spelling: str = "transcription", **more: Any) -> str:
        """News of the transcription that the newest script started."""
        started = call.verb("StartTranscription")
        about = {spelling: {"name": started.get("name"), "tracks": ["inbound", "outbound"]}}
        return await self.tell(
            started.get("transcriptionEventUrl", ""), call, f"realTimeTranscription{name}", **about | more
        )

    async def disconnect(self, call: Call, cause: str = "hangup") -> None:
        call.state = "disconnected"
        assert await self.tell(call.answer_url, call, "disconnect", cause=cause) == ""

    async def tell(self, url: str, call: Call, name: str, **more: Any) -> str:
        """Sends a webhook by challenge; what is answered."""
        body = webhook(call, name, **more)
        known = {"Authorization": encode_basic_auth(*WEBHOOKS)}
        async with self.http.post(url, data=body) as response:
            assert response.status == 401, await response.text()
            assert response.headers["WWW-Authenticate"].startswith("Basic ")
        async with self.http.post(url, data=body, headers=known) as response:
            assert response.status == (200 if name in ("answer", "initiate") else 204), await response.text()
            return await response.text()


def webhook(call: Call, name: str, **more: Any) -> bytes:
    now = rfc3339(Clock()())
    told = {
        "eventType": name,
        "eventTime": now,
        "accountId": ACCOUNT,
        "applicationId": APPLICATION,
        "callId": call.id,
        "callUrl": f"https://voice.example{ROOT}/calls/{call.id}",
        "direction": call.direction,
        "from": call.caller,
        "to": call.to,
        "startTime": now,
        **({"answerTime": now} if call.answered else {}),
        **more,
    }
    return json.dumps(told).encode()


def read_script(text: str) -> Element:
    root = fromstring(text)  # noqa: S314 -- our own app wrote it
    assert root.tag == "Response"
    return root


def error(status: int, headers: dict[str, str] | None = None) -> web.Response:
    told = {"type": "test", "description": f"status {status}", "id": "1"}
    return web.json_response(told, status=status, headers=headers)


@asynccontextmanager
async def running_account() -> AsyncIterator[Account]:
    async with aiohttp.ClientSession() as http:
        account = Account(http)
        app = web.Application()
        app.router.add_post("/api/v1/oauth2/token", account.grant)
        app.router.add_post(f"{ROOT}/calls", account.answer)
        for path in ("calls/{call}", "calls/{call}/bxml"):
            app.router.add_route("*", f"{ROOT}/{path}", account.answer)
        async with serving_here(app, 0) as account.url:
            yield account
