"""The captions client: pages of other origins may import it, and nothing else of ours."""

import aiohttp
import pytest

from local.stack import Stack


async def headers_of(stack: Stack, name: str) -> tuple[int, str, str | None]:
    """Status, type, and to which origins the file is open."""
    url = f"{stack.plan.functions_url}/app/{name}"
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        return answer.status, answer.content_type, answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("name", "kind"), [("captions.js", "text/javascript"), ("captions.d.ts", "application/typescript")]
)
async def test_the_captions_client_is_open_to_every_origin(stack: Stack, name: str, kind: str) -> None:
    assert await headers_of(stack, name) == (200, kind, "*")


@pytest.mark.parametrize("name", ["app.js", "index.html"])
async def test_the_rest_of_the_page_is_not(stack: Stack, name: str) -> None:
    status, _, open_to = await headers_of(stack, name)
    assert (status, open_to) == (200, None)
