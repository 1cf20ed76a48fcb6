"""A browser that keeps nothing for the page: every use of its storage throws."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from local.stack import Stack, running_stack
from tests.browser.conftest import tab_of
from tests.browser.simulated_call import ANN, Phone
from tests.browser.tab import Tab

BLOCKED = """for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, {get() { throw new DOMException("Access is denied.", "SecurityError"); }});
}"""


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A local cloud in which people sign in."""
    async with running_stack(keys=True, entra=True, run_dir=tmp_path_factory.mktemp("blocked")) as running:
        yield running


async def test_the_text_size_holds_until_the_page_is_left_and_all_else_works(tab: Tab, phone: Phone) -> None:
    await tab.page.add_init_script(BLOCKED)
    await tab.page.reload()
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Kept by nobody.")
    await tab.shows(call, 1)
    await tab.page.get_by_role("button", name="Larger text").click()
    await expect(tab.page.locator("#size-told")).to_have_text("Text size 115 %")
    await tab.page.get_by_role("button", name="Larger text").click()
    await expect(tab.page.locator("#size-told")).to_have_text("Text size 130 %")


async def test_a_key_is_asked_for_once_until_the_page_is_left(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    async with running_stack(keys=True, run_dir=folder) as stack, tab_of(browser, stack) as tab:
        tab.expect_complaint(r"status of 401")
        await tab.page.add_init_script(BLOCKED)
        await tab.open()
        await tab.page.get_by_label("Function key").fill(stack.plan.host_key)
        await tab.page.get_by_role("button", name="Continue").click()
        await expect(tab.page.locator("#no-sessions")).to_be_visible()
        await tab.page.get_by_role("button", name="Forget the key").click()
        await expect(tab.page.get_by_label("Function key")).to_be_visible()


async def test_nobody_is_sent_to_a_sign_in_from_which_they_could_not_come_back(
    guarded: Stack, browser: Browser
) -> None:
    async with tab_of(browser, guarded) as tab:
        await tab.page.add_init_script(BLOCKED)
        await tab.open()
        await tab.page.get_by_role("button", name="Sign in").click()
        await expect(tab.page.locator("#entra-door [role=alert]")).to_contain_text("keeps nothing")
        assert tab.page.url == tab.url
