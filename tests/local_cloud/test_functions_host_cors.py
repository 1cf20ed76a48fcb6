from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.functions_host.cors import read_origin
from local.functions_host.errors import OriginError
from tests.local_cloud.functions_host_process import APPS, Host, running_host

SHOP = "https://shop.example"
INTRANET = "http://intranet.example:8080"
STRANGER = "https://stranger.example"
ASKED = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,x-shop"}


@pytest.fixture(scope="module")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    folder = tmp_path_factory.mktemp("cors")
    async with running_host(APPS / "http_app", folder, "--cors", SHOP, "--cors", INTRANET) as running:
        yield running


async def said_to(host: Host, method: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    """The status, and what browsers go by."""
    async with host.client.request(method, host.url + path, headers=headers) as response:
        kept = {name: value for name, value in response.headers.items() if name.startswith("Access-Control")}
        return response.status, kept


@pytest.mark.parametrize("path", ["/api/things/7", "/api/nowhere"])
async def test_a_preflight_from_an_allowed_origin_is_granted_before_any_function(
    host: Host, path: str
) -> None:
    assert await said_to(host, "OPTIONS", path, Origin=SHOP, **ASKED) == (
        204,
        {
            "Access-Control-Allow-Origin": SHOP,
            "Access-Control-Allow-Methods": "PUT",
            "Access-Control-Allow-Headers": "authorization,x-shop",
        },
    )


async def test_a_preflight_from_another_origin_is_answered_without_a_grant(host: Host) -> None:
    assert await said_to(host, "OPTIONS", "/api/things/7", Origin=STRANGER, **ASKED) == (204, {})


async def test_only_pages_of_allowed_origins_may_read_answers(host: Host) -> None:
    allowed = {"Access-Control-Allow-Origin": INTRANET}
    assert await said_to(host, "GET", "/api/text", Origin=INTRANET) == (200, allowed)
    assert await said_to(host, "GET", "/api/text", Origin=STRANGER) == (200, {})
    assert await said_to(host, "GET", "/api/text") == (200, {})


async def test_errors_may_be_read_too(host: Host) -> None:
    assert await said_to(host, "GET", "/api/crash", Origin=SHOP) == (
        500,
        {"Access-Control-Allow-Origin": SHOP},
    )


async def test_caches_are_told_that_the_answer_depends_on_the_origin(host: Host) -> None:
    async with host.client.get(f"{host.url}/api/text", headers={"Origin": SHOP}) as response:
        assert response.headers["Vary"] == "Origin"


async def test_options_that_is_no_preflight_goes_to_the_functions(host: Host) -> None:
    assert await said_to(host, "OPTIONS", "/api/things/7", Origin=STRANGER) == (404, {})


async def test_a_star_lets_everybody_in(tmp_path: Path) -> None:
    async with running_host(APPS / "http_app", tmp_path, "--cors=*") as host:
        assert await said_to(host, "GET", "/api/text", Origin=STRANGER) == (
            200,
            {"Access-Control-Allow-Origin": "*"},
        )


async def test_without_allowed_origins_nobody_is_let_in(tmp_path: Path) -> None:
    async with running_host(APPS / "http_app", tmp_path) as host:
        assert await said_to(host, "OPTIONS", "/api/text", Origin=SHOP, **ASKED) == (204, {})
        assert await said_to(host, "GET", "/api/text", Origin=SHOP) == (200, {})


@pytest.mark.parametrize("text", ["shop.example", f"{SHOP}/", f"{SHOP}/app", f"{SHOP}:443", "null", ""])
def test_what_no_browser_would_send_as_its_origin_is_refused(text: str) -> None:
    with pytest.raises(OriginError, match=r"write it like https://www\.contoso\.com"):
        read_origin(text)


def test_an_origin_is_taken_as_browsers_write_it() -> None:
    assert read_origin("https://Shop.Example") == SHOP
    assert read_origin("*") == "*"
