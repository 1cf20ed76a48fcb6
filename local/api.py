"""The HTTP APIs that the demo and the sample run use: the functions', and the stand-ins' steering."""

from typing import Any

import aiohttp

from .errors import LocalCloudError


class ApiError(LocalCloudError):
    """An API answered something else than success; the message has what it said."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """JSON over HTTP at one address; `key` goes along as a function key."""

    def __init__(self, http: aiohttp.ClientSession, address: str, key: str | None = None) -> None:
        self.http = http
        self.address = address
        self.headers = {"x-functions-key": key} if key else {}

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """The JSON at a path. Raises ApiError."""
        return await self.ask("GET", path, None, headers)

    async def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """What comes of posting JSON. Raises ApiError."""
        return await self.ask("POST", path, body, headers)

    async def ask(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        """The answer to a request, None if it is empty. Raises ApiError."""
        url, sent = self.address + path, self.headers | (headers or {})
        async with self.http.request(method, url, json=body, headers=sent) as response:
            text = await response.text()
            if not response.ok:
                raise ApiError(f"{method} {path} answered {response.status}: {text[:500]}", response.status)
            return await response.json(content_type=None) if text else None
