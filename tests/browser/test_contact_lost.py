"""The session's head claims nothing that the page cannot know."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.axe import violations
from tests.browser.simulated_call import ANN, Phone
from tests.browser.tab import Tab

NETWORK_LOST = r"ERR_INTERNET_DISCONNECTED|ERR_NETWORK|ERR_FAILED|WebSocket connection to"
AS_OF = re.compile(r"^, as of \d+:\d\d [AP]M\s· connection lost$")
WATCH_STATE = """() => {
    window.told = 0;
    new MutationObserver(() => { window.told += 1; }).observe(document.getElementById("session-state"),
        {childList: true, characterData: true, subtree: true});
}"""
LIST = re.compile(r"/api/sessions\?")
COLOUR = "one => getComputedStyle(one).color"


def known(tab: Tab) -> Locator:
    return tab.page.locator("#session-known")


async def colour(tab: Tab) -> str:
    """The state's colour on the screen."""
    found: str = await tab.state.evaluate(COLOUR)
    return found


async def stop_answering(tab: Tab) -> None:
    """The service cannot be reached any more; what it sent before still comes."""

    async def abort(route: Route) -> None:
        await route.abort()

    await tab.page.route("**/api/**", abort)


async def test_a_state_is_shown_as_of_when_the_network_was_lost(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(NETWORK_LOST)
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    await expect(known(tab)).to_have_text("")
    green = await colour(tab)
    await tab.page.context.set_offline(offline=True)
    await expect(known(tab)).to_have_text(AS_OF)
    assert await colour(tab) == await known(tab).evaluate(COLOUR) != green
    await expect(tab.page.locator("#no-words")).to_have_text("")
    await expect(tab.page.locator("#sessions-problem")).to_contain_text("cannot be reached")
    assert await tab.rows.first.locator(".state").evaluate(COLOUR) != green
    assert await violations(tab.page) == []
    await tab.page.context.set_offline(offline=False)
    await expect(known(tab)).to_have_text("")
    await expect(tab.state).to_have_text("Transcribing")
    await expect(tab.page.locator("#no-words")).to_contain_text("Listening")
    assert await colour(tab) == green


async def test_a_service_that_does_not_answer_is_told_though_the_captions_are_connected(
    tab: Tab, phone: Phone
) -> None:
    tab.expect_complaint(NETWORK_LOST)
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Said while all was well.")
    await expect(tab.words("Said while all was well.")).to_be_visible()
    await tab.page.evaluate(WATCH_STATE)
    await stop_answering(tab)
    await expect(known(tab)).to_have_text(AS_OF)
    await expect(tab.page.locator("#connection")).to_have_text("The service cannot be reached. Trying again…")
    await tab.page.unroute("**/api/**")
    await expect(known(tab)).to_have_text("")
    await expect(tab.page.locator("#connection")).to_have_text("")
    assert await tab.page.evaluate("window.told") == 0, (
        "whoever listens hears of it once, from the transcript"
    )


async def test_a_service_that_takes_a_request_and_never_answers_is_told(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint("WebSocket connection to")  # its pings meet a clock that leaps
    await tab.page.clock.install()
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    taken = asyncio.Event()
    await tab.page.route(LIST, lambda _: taken.set())
    await taken.wait()
    await tab.page.clock.run_for(66_000)
    await expect(tab.page.locator("#sessions-problem")).to_contain_text("does not answer")
    await expect(known(tab)).to_have_text(AS_OF)
    await tab.page.unroute(LIST)
    await tab.page.clock.run_for(6_000)
    await expect(known(tab)).to_have_text("")


async def test_who_listens_is_not_told_a_state_again_that_is_the_same(tab: Tab, phone: Phone) -> None:
    call = await phone.call()
    session_id = await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await tab.page.evaluate(WATCH_STATE)
    url = f"{phone.stack.plan.functions_url}/api/sessions/{session_id}/speakers"
    async with phone.client.put(url, json={ANN: "Dr. Ann Ferry"}, raise_for_status=True):
        pass
    await call.speak(ANN, "Said under the new name.")
    await expect(tab.finals.locator(".name")).to_have_text("Dr. Ann Ferry")
    assert await tab.page.evaluate("window.told") == 0


async def test_what_is_over_stays_so_whatever_can_be_reached(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(NETWORK_LOST)
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await tab.stop()
    await expect(tab.state).to_have_text("Stopped")
    await stop_answering(tab)
    await expect(tab.page.locator("#sessions-problem")).to_contain_text("cannot be reached")
    await expect(known(tab)).to_have_text("")


@pytest.mark.parametrize("width", [320, 390])
async def test_what_may_no_longer_hold_fits_on_a_telephone(tab: Tab, phone: Phone, width: int) -> None:
    tab.expect_complaint(NETWORK_LOST)
    await tab.page.set_viewport_size({"width": width, "height": 700})
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Transcribing")
    await stop_answering(tab)
    await expect(known(tab)).to_have_text(AS_OF)
    await expect(known(tab)).to_be_in_viewport(ratio=1)
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width
