"""A viewer of captions in the terminal, as a page would be one: joins, fetches what it missed, merges by id."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp

from .api import Api

SUBPROTOCOL = "json.webpubsub.azure.v1"

type Show = Callable[[dict[str, Any]], None]


class Viewer:
    """Reads one session along. `finals` holds what it has, by segment id, in no order.

    `live` holds the ids of those that came as live messages, even if a fetch had brought them sooner.
    """

    def __init__(self, api: Api, session_id: str, show: Show = lambda _message: None) -> None:
        self.api = api
        self.session_id = session_id
        self.show = show
        self.finals: dict[str, dict[str, Any]] = {}
        self.live: set[str] = set()
        self.shown: Counter[tuple[str, str]] = Counter()
        self.known: Counter[str] = Counter()
        self.session: dict[str, Any] = {}
        self.behind = asyncio.Event()

    async def watch(self, joined: asyncio.Event) -> None:
        """Read along until cancelled. `joined` is set once every later caption reaches this viewer."""
        access = await self.api.post(f"/api/sessions/{self.session_id}/captions")
        async with self.api.http.ws_connect(access["url"], protocols=[SUBPROTOCOL]) as socket:
            fetching = asyncio.create_task(self.catch_up(access["readToken"]))
            try:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self.receive(message.json(), joined)
            finally:
                fetching.cancel()
                with suppress(asyncio.CancelledError):
                    await fetching

    def receive(self, message: dict[str, Any], joined: asyncio.Event) -> None:
        """Take in one message of the subprotocol."""
        if message["type"] == "system" and message["event"] == "connected":
            self.behind.set()
            joined.set()
        if message["type"] == "message":
            self.take(message["data"])

    def take(self, data: dict[str, Any]) -> None:
        """Take in one caption or session message."""
        if data["type"] == "session":
            self.take_session(data)
        elif data["final"]:
            self.live.add(data["segmentId"])
            self.merge(data)
            if data["seq"] > self.known[data["stream"]]:
                self.behind.set()
        else:
            if data["seq"] > self.known[data["stream"]]:
                self.behind.set()
            self.show(data)

    def take_session(self, data: dict[str, Any]) -> None:
        """Take in how the session is now; an older revision is dropped."""
        if data["revision"] <= self.session.get("revision", 0):
            return
        if data["state"] != self.session.get("state"):
            self.behind.set()
        self.session = data
        self.show(data)

    def merge(self, final: dict[str, Any]) -> None:
        """Keep a final, once."""
        if final["segmentId"] in self.finals:
            return
        self.finals[final["segmentId"]] = final
        self.known[final["stream"]] += 1
        self.shown[final["speaker"]["id"], final["text"]] += 1
        self.show({"type": "caption", "final": True, **final})

    async def catch_up(self, read_token: str) -> None:
        """Fetch whenever something may have been missed."""
        while True:
            await self.behind.wait()
            self.behind.clear()
            await self.fetch(read_token)

    async def fetch(self, read_token: str) -> None:
        """Read on from the newest final."""
        bearer = {"Authorization": f"Bearer {read_token}"}
        path = f"/api/captions/{self.session_id}/transcript"
        query = f"?since={max(self.finals)}" if self.finals else "?limit=1000"
        while query:
            page = await self.api.get(path + query, bearer)
            for line in page["segments"]:
                if "gap" not in line:
                    self.merge(line)
            query = f"?cursor={page['next']}" if "next" in page else ""
