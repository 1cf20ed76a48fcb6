"""A managed identity that is not there, or may nothing: health says what to check, and the app goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from local.stack import running_stack
from local.stack_entra import WEB_PUBSUB

type Reasons = dict[str, str]


@asynccontextmanager
async def running_as(client_id: str, folder: Path) -> AsyncIterator[Any]:
    """A cloud without keys whose app has another identity: how to ask it for JSON."""
    async with (
        running_stack(identity=True, settings={"AZURE_CLIENT_ID": client_id}, run_dir=folder) as stack,
        aiohttp.ClientSession(stack.plan.functions_url) as http,
    ):

        async def ask(method: str, path: str, status: int, body: Any = None) -> Any:
            async with http.request(method, path, json=body) as answer:
                assert answer.status == status, await answer.text()
                return await answer.json()

        yield ask


async def reasons(ask: Any) -> Reasons:
    """Why each dependency is not ready."""
    found = (await ask("GET", "/api/health/details", 503))["dependencies"]
    return {name: one["reason"] for name, one in found.items() if not one["ready"]}


async def test_an_identity_that_nobody_knows_is_named_with_its_setting(tmp_path: Path) -> None:
    async with running_as(str(uuid4()), tmp_path) as ask:
        told = await reasons(ask)
        assert set(told) == {"tables", "webPubSub", "callAutomation"}
        assert all("AZURE_CLIENT_ID" in reason for reason in told.values())
        problem = await ask("POST", "/api/sessions", 503, {"call": {"groupCallId": str(uuid4())}})
        assert problem["code"] == "unavailable"
        assert "AZURE_CLIENT_ID" in problem["detail"]


async def test_an_identity_without_a_role_is_told_which_one_it_needs(tmp_path: Path) -> None:
    async with running_as(WEB_PUBSUB.client_id, tmp_path) as ask:
        told = await reasons(ask)
        # Azurite looks at tokens, but knows no roles.
        assert set(told) == {"webPubSub", "callAutomation"}
        assert "Web PubSub Service Owner" in told["webPubSub"]
        assert "has a role on the resource" in told["callAutomation"]
        group = {"groupCallId": str(uuid4())}
        session = await ask("POST", "/api/sessions", 202, {"call": group})
        problem = await ask("POST", f"/api/sessions/{session['id']}/captions", 503)
        assert "Web PubSub Service Owner" in problem["detail"]
