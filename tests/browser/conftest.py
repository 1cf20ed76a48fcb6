import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, async_playwright, expect

from local.stack import Stack
from tests.browser.simulated_call import Phone
from tests.browser.tab import Tab

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_BROWSER = (
    "THE PAGE IS NOT TESTED: there is no Chromium. "
    "Install your system's chromium package, or run: python -m playwright install chromium"
)

expect.set_options(timeout=30_000)
"""ACS alone may take six seconds from a start to TranscriptionStarted, as recorded; a busy machine takes longer."""

LONGEST_SECONDS = 300
"""A test that waits for a minute, and has a cloud start before, takes twice as long where much else runs."""

type OpenTab = Callable[..., Awaitable[Tab]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(LONGEST_SECONDS))


def find_chromium(installed_by_playwright: str) -> str:
    """The path of a Chromium; without one the tests are skipped, and say so, but in CI they fail."""
    found = next(filter(None, map(shutil.which, NAMES)), installed_by_playwright)
    if Path(found).exists():
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(NO_BROWSER)
    pytest.skip(NO_BROWSER)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = find_chromium(playwright.chromium.executable_path)
        chromium = await playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield chromium
        await chromium.close()


@asynccontextmanager
async def tab_of(browser: Browser, stack: Stack) -> AsyncIterator[Tab]:
    """A tab that shares nothing with others; at its end the browser must have had nothing to complain about."""
    context = await browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    tab = Tab(await context.new_page(), f"{stack.plan.functions_url}/app")
    tab.listen()
    yield tab
    await context.close()
    assert tab.unexpected() == []


@pytest.fixture
async def open_tab(browser: Browser, stack: Stack) -> AsyncIterator[OpenTab]:
    """Opens tabs on the page."""
    async with AsyncExitStack() as tabs:

        async def open_one(address: str = "") -> Tab:
            tab = await tabs.enter_async_context(tab_of(browser, stack))
            await tab.open(address)
            return tab

        yield open_one


@pytest.fixture
async def tab(open_tab: OpenTab) -> Tab:
    """One tab on the page."""
    return await open_tab()


@pytest.fixture
async def phone(stack: Stack) -> AsyncIterator[Phone]:
    async with aiohttp.ClientSession() as client:
        yield Phone(stack, client)
