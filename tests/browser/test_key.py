import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from local.stack import Stack, running_stack
from tests.browser.conftest import tab_of
from tests.browser.simulated_call import ANN, Phone
from tests.browser.tab import Tab


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A local cloud that asks for keys."""
    async with running_stack(keys=True, run_dir=tmp_path_factory.mktemp("guarded")) as running:
        yield running


@pytest.fixture
async def guarded_tab(guarded: Stack, browser: Browser) -> AsyncIterator[Tab]:
    async with tab_of(browser, guarded) as tab:
        tab.expect_complaint(r"status of 401")
        yield tab


async def give_key(tab: Tab, key: str) -> None:
    await tab.page.get_by_label("Function key").fill(key)
    await tab.page.get_by_role("button", name="Continue").click()


async def test_a_key_is_asked_for_until_it_is_right_and_kept_for_the_tab(
    guarded: Stack, guarded_tab: Tab
) -> None:
    tab = guarded_tab
    await tab.open()
    await give_key(tab, "not the key")
    await expect(tab.page.get_by_role("alert")).to_have_text(
        "This key was not accepted. Check that all of it was copied."
    )
    await give_key(tab, guarded.plan.host_key)
    await expect(tab.call_id).to_be_visible()
    await tab.page.reload()
    await expect(tab.page.locator("#no-sessions")).to_be_visible()
    await expect(tab.page.get_by_label("Function key")).to_be_hidden()


async def test_with_the_key_a_call_is_transcribed_and_the_key_is_in_no_url(
    guarded: Stack, guarded_tab: Tab
) -> None:
    tab, key = guarded_tab, guarded.plan.host_key
    urls: list[str] = []
    tab.page.on("request", lambda request: urls.append(request.url))
    tab.page.on("websocket", lambda socket: urls.append(socket.url))
    await tab.open()
    await give_key(tab, key)
    async with aiohttp.ClientSession() as client:
        call = await Phone(guarded, client).call()
        await tab.start(call)
        await expect(tab.state).to_have_text("Transcribing")
        await call.speak(ANN, "Only for those who may.")
        await tab.shows(call, 1)
    assert any(url.startswith("ws:") for url in urls)
    assert [url for url in urls if key in url or quote(key, safe="") in url] == []


async def test_another_tab_is_asked_again(guarded: Stack, guarded_tab: Tab, browser: Browser) -> None:
    await guarded_tab.open()
    await give_key(guarded_tab, guarded.plan.host_key)
    await expect(guarded_tab.call_id).to_be_visible()
    page = await guarded_tab.page.context.new_page()
    await page.goto(guarded_tab.url)
    await expect(page.get_by_label("Function key")).to_be_visible()


async def test_without_keys_nobody_is_asked(tab: Tab) -> None:
    async with asyncio.timeout(20):
        await expect(tab.page.locator("#sessions-heading")).to_be_visible()
    await expect(tab.page.get_by_label("Function key")).to_be_hidden()
