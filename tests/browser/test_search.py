import asyncio
import re
from contextlib import suppress

from playwright.async_api import Error, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.long_transcript import fill, long_line
from tests.browser.simulated_call import ANN, BEN, Phone, line
from tests.browser.tab import Tab

TALK = [
    line(0, ANN, "Could we move the Boat before the tide?"),
    line(1000, BEN, "The boats are all out, und die Straße ist gesperrt."),
    line(2000, ANN, "Then no boat at all."),
]


async def search(tab: Tab, words: str) -> None:
    await tab.page.get_by_role("searchbox", name="Search this transcript").fill(words)
    await tab.page.keyboard.press("Enter")


async def test_hits_are_marked_in_a_list_and_in_the_transcript(tab: Tab, phone: Phone) -> None:
    call = await phone.call(TALK, speed=4)
    await tab.start(call)
    await tab.shows(call, 3)
    await search(tab, "boat")
    await expect(tab.page.locator("#hits-told")).to_have_text("2 lines have it")
    await expect(tab.page.locator("#hits mark")).to_have_text(["Boat", "boat"])
    await expect(tab.page.locator("#lines mark")).to_have_text(["Boat", "boat"])
    assert await violations(tab.page) == []
    await search(tab, "STRASSE")
    await expect(tab.page.locator("#lines mark")).to_have_text("Straße")
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator("#lines mark")).to_have_count(0)
    await expect(tab.page.locator("#found")).to_be_hidden()
    await tab.shows(call, 3)


async def test_a_hit_leads_to_its_line_though_the_page_did_not_hold_it(
    tab: Tab, phone: Phone, open_tab: OpenTab
) -> None:
    call = await phone.call()
    session_id = await call.start_session()
    await fill(phone.stack, session_id, 2000)
    tab = await open_tab(f"#/sessions/{session_id}")
    await expect(tab.finals.first).to_be_visible()
    await search(tab, "00042")
    wanted = tab.words(long_line(42))
    await expect(tab.page.locator("#hits button")).to_have_count(1)
    await tab.page.locator("#hits button").click()
    await expect(wanted).to_be_in_viewport()
    await expect(tab.page.locator("#lines article:focus .words")).to_have_text(long_line(42))
    await expect(tab.jump).to_be_visible()


async def test_many_hits_come_page_by_page(phone: Phone, open_tab: OpenTab) -> None:
    session_id = await (await phone.call()).start_session()
    await fill(phone.stack, session_id, 200)
    tab = await open_tab(f"#/sessions/{session_id}")
    await expect(tab.finals.first).to_be_visible()
    await search(tab, "day")
    hits = tab.page.locator("#hits button")
    await expect(tab.page.locator("#hits-told")).to_have_text("The first 50 lines that have it")
    more = tab.page.get_by_role("button", name="Show more")
    for count in (100, 150, 200):
        await more.click()
        await expect(hits).to_have_count(count)
    await expect(more).to_be_hidden()
    await expect(tab.page.locator("#hits-told")).to_have_text("200 lines have it")


async def test_find_in_page_is_this_search(tab: Tab, phone: Phone) -> None:
    call = await phone.call(TALK, speed=4)
    await tab.start(call)
    await tab.shows(call, 3)
    await tab.page.keyboard.press("Control+f")
    await expect(tab.page.get_by_role("searchbox")).to_be_focused()
    await tab.page.keyboard.type("tide")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#lines mark")).to_have_text("tide")


async def test_nothing_found_and_nothing_to_find_are_said(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(r"status of 400")
    call = await phone.call(TALK, speed=4)
    await tab.start(call)
    await tab.shows(call, 3)
    await search(tab, "submarine")
    await expect(tab.page.locator("#hits-told")).to_contain_text("Nothing was found")
    await search(tab, "?!")
    await expect(tab.page.locator("#action-problem")).to_contain_text(re.compile("word"))


async def test_a_search_takes_the_place_of_one_that_is_still_under_way(tab: Tab, phone: Phone) -> None:
    call = await phone.call(TALK, speed=4)
    await tab.start(call)
    await tab.shows(call, 3)
    answered = asyncio.Event()

    async def hold_back(route: Route) -> None:
        await answered.wait()
        with suppress(Error):  # the page does not wait for it any more
            await route.continue_()

    await tab.page.route("**/transcript?q=tide", hold_back)
    await search(tab, "tide")
    await search(tab, "boat")
    try:
        await expect(tab.page.locator("#hits mark")).to_have_text(["Boat", "boat"])
    finally:
        answered.set()
    await search(tab, "gesperrt")
    await expect(tab.page.locator("#hits mark")).to_have_text(["gesperrt"])


async def test_markup_that_is_found_is_text(tab: Tab, phone: Phone) -> None:
    spoken = "<img src=x onerror='window.caught = 1'> is what she typed"
    call = await phone.call([line(0, ANN, spoken)], speed=4)
    await tab.start(call)
    await tab.shows(call, 1)
    await search(tab, "typed img")
    await expect(tab.page.locator("#lines mark")).to_have_text(["img", "typed"])
    await expect(tab.words(spoken)).to_be_visible()
    assert await tab.page.locator("#session img").count() == 0
    assert await tab.page.evaluate("window.caught") is None


PREVENTED = """() => document.addEventListener("keydown", (event) => {
    if (event.key === "f") window.wasPrevented = event.defaultPrevented;
})"""


async def test_while_a_dialog_is_open_the_browsers_own_search_has_its_key(tab: Tab, phone: Phone) -> None:
    await tab.start(await phone.call())
    await tab.page.evaluate(PREVENTED)
    await tab.page.get_by_role("button", name="Erase…").click()
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
    await tab.page.keyboard.press("Control+f")
    assert await tab.page.evaluate("window.wasPrevented") is False
    await tab.page.get_by_role("button", name="Keep it").click()
    await tab.page.keyboard.press("Control+f")
    assert await tab.page.evaluate("window.wasPrevented") is True
    await expect(tab.page.get_by_role("searchbox")).to_be_focused()
