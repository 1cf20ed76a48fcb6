"""The state of the stand-in: keys, sign-ins under way, refresh tokens, what was granted."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from local.entra.directory import Platform, Settings
from local.entra.keys import Keys

CODE_SECONDS = 600
SPA_CODE_SECONDS = 60
"""[v2-oauth2-auth-code-flow: codes last about ten minutes; those of single-page apps one.]"""
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 24 * 3600
"""[refresh-tokens: 24 hours for single-page apps, which renewing does not extend.]"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody agreed to; `challenge` is PKCE's, `ends` in seconds since 1970."""

    platform: Platform
    redirect_uri: str
    name: str
    scopes: frozenset[str]
    nonce: str | None
    challenge: str | None
    ends: float


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh token stands for."""

    platform: Platform
    name: str
    scopes: frozenset[str]
    ends: float


@dataclass(slots=True)
class Service:
    """A running stand-in. `address` is its own; `signed_in` are the names by the browser's cookie."""

    settings: Settings
    address: str = ""
    keys: Keys = field(default_factory=Keys)
    access_seconds: int = ACCESS_SECONDS
    codes: dict[str, SignIn] = field(default_factory=dict)
    redeemed: set[str] = field(default_factory=set)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    signed_in: dict[str, str] = field(default_factory=dict)
    granted: list[dict[str, Any]] = field(default_factory=list)

    def new_code(self, sign_in: SignIn) -> str:
        """A code that can be redeemed once."""
        code = secrets.token_urlsafe(32)
        self.codes[code] = sign_in
        return code

    def new_refresh_token(self, refresh: Refresh) -> str:
        """A refresh token; Entra's can be used more than once."""
        token = secrets.token_urlsafe(32)
        self.refreshes[token] = refresh
        return token

    def note(self, grant: str, who: str) -> None:
        """Keep what was granted, for tests to read."""
        self.granted.append({"grant": grant, "to": who, "at": int(time.time())})


def code_ends(platform: Platform) -> float:
    """When a code of now ends."""
    return time.time() + (SPA_CODE_SECONDS if platform == "spa" else CODE_SECONDS)
