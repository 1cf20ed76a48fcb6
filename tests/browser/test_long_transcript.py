import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from playwright.async_api import Locator, Route, expect

from local.stack import Stack
from tests.browser.conftest import OpenTab
from tests.browser.long_transcript import fill, long_line
from tests.browser.simulated_call import ANN, Call, Phone
from tests.browser.tab import Tab, eventually

LINES = 10_000
MOST_NODES = 700
"""What the transcript may hold in the page, however long it is: lines, and what is in them."""
MOST_MS_PER_FRAME = 100
"""Here it takes about a sixth of this."""
SCROLL = """async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [[], []];
    for (let step = 0; step < 60; step += 1) {
        const before = window.scrollY;
        window.scrollBy(0, step % 2 === 0 ? -3000 : -20000);
        if (window.scrollY === before) break;
        const began = performance.now();
        window.dispatchEvent(new Event("scroll"));
        document.body.getBoundingClientRect();
        times[step % 2].push(performance.now() - began);
        await frame();
    }
    return Math.max(...times.map((each) => Math.min(...each)));
}"""
"""What a short and a long leap take at best: whatever else the machine does only makes single ones slower."""
PLACE = """words => {
    const found = [...document.querySelectorAll("#lines .words")].find((one) => one.textContent === words);
    return found?.getBoundingClientRect().top ?? null;
}"""


@dataclass(frozen=True, slots=True)
class LongCall:
    """A call that goes on, whose session has ten thousand lines; tests add a few."""

    call: Call
    address: str


@pytest.fixture(scope="module")
async def long_call(stack: Stack) -> AsyncIterator[LongCall]:
    async with aiohttp.ClientSession() as client:
        call = await Phone(stack, client).call()
        session_id = await call.start_session()
        await fill(stack, session_id, LINES)
        yield LongCall(call, f"#/sessions/{session_id}")


@pytest.fixture
async def call(long_call: LongCall) -> Call:
    return long_call.call


@pytest.fixture
async def tab(open_tab: OpenTab, long_call: LongCall) -> Tab:
    """All lines are there."""
    tab = await open_tab(long_call.address)
    await eventually(lambda: has_all(tab, long_call.call), 60)
    return tab


async def has_all(tab: Tab, call: Call) -> bool:
    return await tab.count() == LINES + len(await call.spoken())


async def nodes(tab: Tab) -> int:
    return await tab.page.locator("#lines *").count()


def line(tab: Tab, index: int) -> Locator:
    return tab.words(long_line(index))


async def test_the_first_words_do_not_wait_for_the_last(open_tab: OpenTab, long_call: LongCall) -> None:
    tab = await open_tab()
    may_go_on = asyncio.Event()

    async def hold_back(route: Route) -> None:
        await may_go_on.wait()
        await route.continue_()

    await tab.page.route("**/transcript?cursor=*", hold_back)
    await tab.open(long_call.address)
    await expect(tab.finals.first).to_be_visible()
    assert await tab.count() < LINES
    may_go_on.set()
    await eventually(lambda: has_all(tab, long_call.call), 60)


async def test_ten_thousand_finals_are_a_few_hundred_nodes_and_every_end_can_be_reached(
    tab: Tab, call: Call
) -> None:
    await expect(tab.finals.last).to_be_in_viewport()
    assert await nodes(tab) <= MOST_NODES
    await tab.page.evaluate("window.scrollTo(0, 0)")
    await expect(line(tab, 0)).to_be_in_viewport()
    await expect(line(tab, LINES - 1)).to_have_count(0)
    assert await nodes(tab) <= MOST_NODES
    await tab.scroll_to(1 / 2)
    assert await nodes(tab) <= MOST_NODES
    await call.speak(ANN, "And this is the newest.")
    await expect(tab.jump).to_have_text("Jump to live · 1 new")
    await tab.jump.click()
    await expect(tab.words("And this is the newest.")).to_be_in_viewport()
    assert await nodes(tab) <= MOST_NODES


async def test_ten_thousand_finals_do_not_slow_the_page_down(tab: Tab, call: Call) -> None:
    assert await tab.page.evaluate(SCROLL) < MOST_MS_PER_FRAME


async def test_every_one_of_ten_thousand_is_there_in_order(tab: Tab, call: Call) -> None:
    await tab.page.set_viewport_size({"width": 1280, "height": 4000})
    said = await tab.said()
    assert [text for _, text in said[:LINES]] == [long_line(index) for index in range(LINES)]


async def change_text(tab: Tab, name: str) -> None:
    """Press a button; Playwright's own click scrolls about where the button moves, or is covered for a moment."""
    await tab.page.get_by_role("button", name=name).dispatch_event("click")


async def test_what_is_read_stays_in_its_place(tab: Tab, call: Call) -> None:
    """As the width changes, the text grows, and more is said."""
    await tab.scroll_to(1 / 3)
    seen = await tab.page.evaluate(
        "[...document.querySelectorAll('#lines .words')].find(one => one.getBoundingClientRect().top > 160).textContent"
    )
    before = await tab.page.evaluate(PLACE, seen)
    await tab.page.set_viewport_size({"width": 700, "height": 800})
    await expect(tab.words(seen)).to_be_in_viewport()
    await change_text(tab, "Larger text")
    await expect(tab.words(seen)).to_be_in_viewport()
    await tab.page.set_viewport_size({"width": 1280, "height": 800})
    await expect(tab.words(seen)).to_be_in_viewport()
    await call.speak(ANN, "This is said meanwhile.")
    await expect(tab.words(seen)).to_be_in_viewport()
    await change_text(tab, "Smaller text")
    await expect(tab.jump).to_have_text(re.compile("1 new"))
    assert abs(await tab.page.evaluate(PLACE, seen) - before) < 60


async def test_a_reader_can_go_line_by_line_with_the_keyboard(tab: Tab, call: Call) -> None:
    await tab.page.get_by_role("feed").focus()
    await tab.page.keyboard.press("Home")
    focused = tab.page.locator("#lines article:focus")
    await expect(focused).to_have_attribute("aria-posinset", "1")
    for position in range(2, 40):
        await tab.page.keyboard.press("PageDown")
        await expect(focused).to_have_attribute("aria-posinset", str(position))
    await expect(focused).to_be_in_viewport()
    await tab.page.keyboard.press("PageUp")
    await expect(focused).to_have_attribute("aria-posinset", "38")
    await tab.page.keyboard.press("End")
    count = str(await tab.count())
    await expect(focused).to_have_attribute("aria-posinset", count)
    await expect(focused).to_have_attribute("aria-setsize", count)
