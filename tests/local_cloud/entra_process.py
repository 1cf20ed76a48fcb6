"""The Entra stand-in for tests, and a browser that signs in at it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from local.entra.directory import Identity, Registration, Settings
from local.entra.server import serving

TENANT = "5d1c3d3a-0f43-4b3f-8a59-0c5e3a0b7f11"
CLIENT_ID = "0e3c5a0e-6f0e-4a0c-9b53-3b1d63f7d4a2"
SECRET = "the secret of the app"
ORIGIN = "https://verbatim.example"
SPA = f"{ORIGIN}/app"
NATIVE = "http://localhost"
IDENTITY_HEADER = "only the platform knows"
FIRST = Identity("a6b3b1de-1111-4c0e-8f5e-6a7c7f1c0001", "a6b3b1de-2222-4c0e-8f5e-6a7c7f1c0001")
SECOND = Identity("a6b3b1de-1111-4c0e-8f5e-6a7c7f1c0002", "a6b3b1de-2222-4c0e-8f5e-6a7c7f1c0002")
SETTINGS = Settings(
    TENANT, Registration(CLIENT_ID, (SPA,), (NATIVE,), SECRET), (FIRST, SECOND), IDENTITY_HEADER
)


@dataclass(frozen=True, slots=True)
class Returned:
    """Where a browser was sent back to, and with what; or the page that it shows instead."""

    target: str
    content: Mapping[str, str]
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Entra:
    """A running stand-in."""

    url: str
    http: aiohttp.ClientSession

    @property
    def authority(self) -> str:
        return f"{self.url}/{TENANT}"

    async def get(self, path: str) -> Any:
        async with self.http.get(self.url + path, raise_for_status=True) as response:
            return await response.json()

    async def sim(self, path: str, body: Any = None) -> Any:
        async with self.http.post(f"{self.url}/sim/{path}", json=body or {}) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def keys(self) -> dict[str, dict[str, Any]]:
        published = await self.get(f"/{TENANT}/discovery/v2.0/keys")
        return {key["kid"]: key for key in published["keys"]}

    async def browse(self, url: str, **form: str) -> Returned:
        """Open the address, or send the form that was shown there."""
        method = "POST" if form else "GET"
        async with self.http.request(method, url, data=form or None, allow_redirects=False) as response:
            text = await response.text()
            parts = urlsplit(response.headers.get("Location", ""))
            content = {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}
            return Returned(f"{parts.scheme}://{parts.netloc}{parts.path}", content, response.status, text)

    async def token(self, origin: str | None = None, **form: str) -> tuple[int, Any, Mapping[str, str]]:
        headers = {} if origin is None else {"Origin": origin}
        url = f"{self.authority}/oauth2/v2.0/token"
        async with self.http.post(url, data=form, headers=headers) as response:
            return response.status, await response.json(), dict(response.headers)


@asynccontextmanager
async def served_entra(settings: Settings = SETTINGS) -> AsyncIterator[Entra]:
    jar = aiohttp.CookieJar(unsafe=True)  # which keeps the cookies of numeric addresses, as a browser does
    async with serving(settings, 0) as url, aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Entra(url, http)
