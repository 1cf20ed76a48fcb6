"""A page of an origin that was not let in reads no answer and may send no key or token."""

import pytest

from tests.end_to_end.cloud import Answer, Cloud
from tests.end_to_end.origins import LET_IN
from tests.end_to_end.test_keys import GUARDED

UNKNOWN = "01JGZ6S2G4ZT3Q5V8W9X0Y1Z2A"
STRANGERS = [
    "https://evil.example",
    "null",
    LET_IN.replace("https", "http"),
    f"{LET_IN}:8443",
    f"{LET_IN}.evil.example",
    LET_IN.replace("www", "wwww"),
    LET_IN.upper(),
    f"{LET_IN}/",
]
DOORS = [
    *GUARDED,
    ("GET", "/api/captions/{id}/session"),
    ("GET", "/api/captions/{id}/transcript"),
    ("POST", "/api/callbacks/calls/{id}"),
    ("POST", "/api/callbacks/event-grid"),
    ("POST", "/api/callbacks/web-pubsub"),
    ("GET", "/api/health"),
    ("GET", "/api/openapi.json"),
    ("GET", "/app"),
    ("GET", "/app/app.js"),
    ("GET", "/app/sign-in.json"),
    ("GET", "/nowhere"),
]


def grants(answer: Answer) -> dict[str, str]:
    """What an answer lets a page of another origin do."""
    return {name: text for name, text in answer.headers.items() if name.lower().startswith("access-control-")}


async def asks(cloud: Cloud, method: str, path: str, **headers: str) -> Answer:
    """A request of a page, with the key, which a page should never have."""
    url = cloud.stack.plan.functions_url + path.format(id=UNKNOWN)
    return await cloud.ask(method, url, None, {**cloud.credentials, **headers})


async def asks_before(cloud: Cloud, origin: str, method: str, path: str) -> Answer:
    """A browser's question whether its page may send a request with a key."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "x-functions-key,authorization",
    }
    return await cloud.ask("OPTIONS", cloud.stack.plan.functions_url + path.format(id=UNKNOWN), None, asked)


@pytest.mark.parametrize("origin", STRANGERS)
async def test_is_not_let_in_by_any_door(cloud: Cloud, origin: str) -> None:
    for method, path in DOORS:
        assert grants(await asks(cloud, method, path, Origin=origin)) == {}, path
        assert grants(await asks_before(cloud, origin, method, path)) == {}, path


async def test_the_origin_that_was_let_in_sends_no_cookies(cloud: Cloud) -> None:
    for method, path in DOORS:
        answer = await asks(cloud, method, path, Origin=LET_IN)
        assert grants(answer) == {"Access-Control-Allow-Origin": LET_IN}, path
        assert "Access-Control-Allow-Credentials" not in grants(
            await asks_before(cloud, LET_IN, method, path)
        )


@pytest.mark.parametrize("name", ["captions.js", "captions.d.ts"])
async def test_what_other_pages_may_import_is_open_to_all_and_to_nothing_more(
    cloud: Cloud, name: str
) -> None:
    answer = await asks(cloud, "GET", f"/app/{name}", Origin="https://evil.example")
    assert grants(answer) == {"Access-Control-Allow-Origin": "*"}


async def test_without_a_page_nothing_is_said_of_origins(cloud: Cloud) -> None:
    for method, path in DOORS:
        assert grants(await asks(cloud, method, path)) == {}
