"""Sign-in with Entra ID, by the page in a real browser and the stand-in's form."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from local.stack import Stack, running_stack
from tests.browser.conftest import tab_of
from tests.browser.simulated_call import ANN, Phone
from tests.browser.tab import Tab, eventually

TOKENS = "JSON.parse(sessionStorage.getItem('verbatim-sign-in'))"
SPOIL = """tokens => sessionStorage.setItem('verbatim-sign-in', JSON.stringify({...JSON.parse(
    sessionStorage.getItem('verbatim-sign-in')), ...tokens}))"""


@pytest.fixture(scope="module")
async def entra_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A local cloud in which people sign in."""
    async with running_stack(keys=True, entra=True, run_dir=tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture
async def entra_tab(entra_stack: Stack, browser: Browser) -> AsyncIterator[Tab]:
    async with tab_of(browser, entra_stack) as tab:
        yield tab


async def steer(stack: Stack, path: str, body: dict[str, Any] | None = None) -> None:
    """Ask the stand-in for Entra ID for something."""
    assert stack.plan.entra is not None
    url = f"{stack.plan.entra.url}/sim/{path}"
    async with aiohttp.ClientSession() as http, http.post(url, json=body or {}, raise_for_status=True):
        pass


async def granted(stack: Stack) -> list[str]:
    """The kinds of what Entra granted so far."""
    assert stack.plan.entra is not None
    url = f"{stack.plan.entra.url}/sim/granted"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return [one["grant"] for one in (await response.json())["granted"]]


async def press_sign_in(tab: Tab) -> None:
    await tab.page.get_by_role("button", name="Sign in").click()


async def sign_in(tab: Tab, name: str = "Ada") -> None:
    """Through the door, fill in Entra's form, and come back."""
    await press_sign_in(tab)
    await tab.page.get_by_label("Account").fill(name)
    await press_sign_in(tab)
    await is_in(tab, name)


async def is_in(tab: Tab, name: str = "Ada") -> None:
    await expect(tab.page.get_by_role("button", name=f"Sign out {name}")).to_be_visible()
    await expect(tab.call_id).to_be_visible()
    await expect(tab.page.locator("#sessions-problem")).to_be_empty()


async def is_asked(tab: Tab, reason: str = "") -> None:
    await expect(tab.page.get_by_role("button", name="Sign in")).to_be_visible()
    await expect(tab.page.locator("#entra-door [role=alert]")).to_have_text(reason)
    await expect(tab.call_id).to_be_hidden()


async def test_who_signs_in_comes_back_and_no_token_or_code_is_left_in_the_address(entra_tab: Tab) -> None:
    tab = entra_tab
    await tab.open()
    await is_asked(tab)
    await sign_in(tab)
    assert tab.page.url == tab.url
    await expect(tab.page.locator("#no-sessions")).to_be_visible()


async def test_a_call_is_transcribed_and_the_token_is_in_no_url(entra_stack: Stack, entra_tab: Tab) -> None:
    tab = entra_tab
    urls: list[str] = []
    tab.page.on("request", lambda request: urls.append(request.url))
    tab.page.on("websocket", lambda socket: urls.append(socket.url))
    await tab.open()
    await sign_in(tab)
    async with aiohttp.ClientSession() as client:
        call = await Phone(entra_stack, client).call()
        await tab.start(call)
        await expect(tab.state).to_have_text("Transcribing")
        await call.speak(ANN, "Only for those who signed in.")
        await tab.shows(call, 1)
    tokens = await tab.page.evaluate(TOKENS)
    assert any(url.startswith("ws:") for url in urls)
    for secret in (tokens["accessToken"], tokens["refreshToken"]):
        assert [url for url in urls if secret in url or quote(secret, safe="") in url] == []
    assert [url for url in urls if url.startswith(tab.url) and "code=" in url.partition("#")[0]] == []


async def test_a_reload_stays_signed_in_and_another_tab_asks_again(
    entra_stack: Stack, entra_tab: Tab
) -> None:
    tab = entra_tab
    await tab.open()
    await sign_in(tab)
    before = await granted(entra_stack)
    await tab.page.reload()
    await is_in(tab)
    assert await granted(entra_stack) == before
    other = Tab(await tab.page.context.new_page(), tab.url)
    await other.open()
    await is_asked(other)
    await press_sign_in(other)  # Entra knows this browser: no form
    await is_in(other)


async def test_whoever_was_sent_to_sign_in_comes_back_to_where_they_were(
    entra_stack: Stack, entra_tab: Tab
) -> None:
    tab = entra_tab
    await tab.open()
    await sign_in(tab)
    async with aiohttp.ClientSession() as client:
        session = await tab.start(await Phone(entra_stack, client).call())
    address = tab.page.url
    assert session in address
    other = Tab(await tab.page.context.new_page(), tab.url)
    await other.page.goto(address)
    await is_asked(other)
    await press_sign_in(other)
    await expect(other.page.locator("#session-name")).to_be_visible()
    assert other.page.url == address


async def test_a_token_is_renewed_before_it_ends_while_the_page_is_open(
    entra_stack: Stack, entra_tab: Tab
) -> None:
    tab = entra_tab
    await tab.open()
    await sign_in(tab)
    first = await tab.page.evaluate(TOKENS)
    assert first["endsAt"] - first["renewAt"] == 5 * 60_000
    before = await granted(entra_stack)
    await tab.page.evaluate(SPOIL, {"renewAt": 0})  # as if it were so late

    async def is_another() -> bool:
        return bool((await tab.page.evaluate(TOKENS))["accessToken"] != first["accessToken"])

    await eventually(is_another)
    await is_in(tab)
    assert await granted(entra_stack) == [*before, "refresh_token"]


async def test_a_token_that_is_refused_is_renewed_once(entra_stack: Stack, entra_tab: Tab) -> None:
    tab = entra_tab
    tab.expect_complaint(r"status of 401")
    await tab.open()
    await sign_in(tab)
    before = await granted(entra_stack)
    await tab.page.evaluate(SPOIL, {"accessToken": "spoilt"})
    await tab.page.reload()
    await is_in(tab)
    assert await granted(entra_stack) == [*before, "refresh_token"]


async def test_a_sign_in_that_ended_is_asked_for_again(entra_stack: Stack, entra_tab: Tab) -> None:
    tab = entra_tab
    tab.expect_complaint(r"status of 40[01]")
    await tab.open()
    await sign_in(tab)
    await steer(entra_stack, "revoke")
    await tab.page.evaluate(SPOIL, {"accessToken": "spoilt"})
    await tab.page.reload()
    await is_asked(tab, "Your sign-in has ended. Sign in again to go on.")
    await sign_in(tab, "Ben")


async def test_an_account_that_the_service_refuses_may_try_another_one(
    entra_stack: Stack, entra_tab: Tab
) -> None:
    tab = entra_tab
    tab.expect_complaint(r"status of 401")
    await steer(entra_stack, "lifetime", {"accessToken": -3600})
    await tab.open()
    await press_sign_in(tab)
    await tab.page.get_by_label("Account").fill("Eve")
    await press_sign_in(tab)
    await is_asked(tab, "Eve may not come in here. Try another account.")
    await steer(entra_stack, "lifetime", {"accessToken": 3600})
    await sign_in(tab)  # Entra asks for an account, though it knows this browser


async def test_who_signs_out_is_signed_out_at_entra_too(entra_tab: Tab) -> None:
    tab = entra_tab
    await tab.open()
    await sign_in(tab)
    await tab.page.get_by_role("button", name="Sign out Ada").click()
    await is_asked(tab)
    assert await tab.page.evaluate(TOKENS) is None
    await sign_in(tab, "Ben")


async def test_who_cancels_reads_what_entra_said(entra_tab: Tab) -> None:
    tab = entra_tab
    await tab.open()
    await press_sign_in(tab)
    await tab.page.get_by_role("button", name="Cancel").click()
    await is_asked(tab, "AADSTS65004: The user declined.")
    assert tab.page.url == tab.url
    await sign_in(tab)


async def test_a_code_that_this_tab_did_not_ask_for_is_not_redeemed(
    entra_stack: Stack, entra_tab: Tab
) -> None:
    tab, forged = entra_tab, "#code=0123456789&state=forged"
    before = await granted(entra_stack)
    await tab.open(forged)
    await is_asked(tab, "That sign-in was not begun in this tab.")
    assert tab.page.url == tab.url
    await sign_in(tab)
    await tab.open(forged)
    await tab.page.reload()
    await is_in(tab)
    assert await granted(entra_stack) == [*before, "authorization_code"]


async def test_while_entra_is_away_a_sign_in_holds_until_it_ends(entra_stack: Stack, entra_tab: Tab) -> None:
    tab = entra_tab
    tab.expect_complaint(r"ERR_CONNECTION_REFUSED")
    await tab.open()
    await sign_in(tab)
    await tab.page.evaluate(SPOIL, {"renewAt": 0})
    assert entra_stack.entra is not None
    await entra_stack.entra.stop()
    try:
        await tab.page.reload()
        await is_in(tab)
        await tab.page.evaluate(SPOIL, {"endsAt": 0})
        await tab.page.reload()
        await expect(tab.page.locator("#sessions-problem")).to_contain_text("cannot be reached")
    finally:
        await entra_stack.entra.start()
