from itertools import product
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenTab
from tests.browser.simulated_call import ANN, Phone, line, small_talk
from tests.browser.tab import Tab

type Scheme = Literal["light", "dark"]

LOOKS = list(product(("light", "dark"), (320, 1280)))


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
async def look(tab: Tab, request: pytest.FixtureRequest) -> None:
    """The tab in a scheme and a width."""
    scheme, width = request.param
    await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await tab.page.set_viewport_size({"width": width, "height": 800})


async def test_axe_finds_nothing_where_a_call_is_started(tab: Tab, look: None) -> None:
    await tab.page.get_by_text("More choices").click()
    assert await violations(tab.page) == []
    await tab.page.get_by_role("radio", name="Phone").check()
    assert await violations(tab.page) == []


async def test_axe_finds_nothing_in_a_live_transcript(tab: Tab, phone: Phone, look: None) -> None:
    talk = [*small_talk(4), line(5000, ANN, "and this goes on for a good while now " * 8, duration=240_000)]
    await tab.start(await phone.call(talk, speed=4))
    await expect(tab.finals).to_have_count(4)
    await expect(tab.interims).to_have_count(1)
    assert await violations(tab.page) == []
    for panel in ("People", "Journal"):
        await tab.page.get_by_role("button", name=panel, exact=True).click()
        await expect(tab.page.get_by_role("heading", name=panel)).to_be_visible()
        assert await violations(tab.page) == []
    for menu in ("#language-menu", "#download-menu"):
        await tab.page.locator(f"{menu} summary").click()
        assert await violations(tab.page) == []
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("button", name="Erase…").click()
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert await violations(tab.page) == []


async def test_axe_finds_nothing_in_a_failure(tab: Tab, phone: Phone, look: None) -> None:
    await phone.steer("/sim/faults", {"operation": "start", "do": "code", "code": 400, "subCode": 8581})
    await tab.start(await phone.call())
    await expect(tab.state).to_have_text("Failed")
    assert await violations(tab.page) == []


FOCUSED = """() => {
    const focused = document.activeElement;
    const { left, right, top, bottom } = focused.getBoundingClientRect();
    const middle = (from, to, size) => (Math.max(from, 0) + Math.min(to, size)) / 2;
    const shown = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
    const name = focused.id || focused.outerHTML.slice(0, 60);
    return [name, focused.contains(shown), focused === document.body];
}"""


async def test_whatever_the_tab_key_leads_to_can_be_seen(tab: Tab, phone: Phone) -> None:
    await tab.start(await phone.call(small_talk(2), speed=4))
    await expect(tab.finals).to_have_count(2)
    seen: dict[str, bool] = {}
    for _ in range(60):
        await tab.page.keyboard.press("Tab")
        name, is_seen, is_over = await tab.page.evaluate(FOCUSED)
        if is_over:
            break
        seen[name] = is_seen
    assert {"query", "show-people", "lines"} < seen.keys()
    assert [name for name, is_seen in seen.items() if not is_seen] == []


async def test_interims_are_not_read_out_and_finals_politely(open_tab: OpenTab, phone: Phone) -> None:
    tab = await open_tab()
    talk = [line(0, ANN, "Said to the end."), line(2500, ANN, "not said to the end " * 9, duration=160_000)]
    await tab.start(await phone.call(talk, speed=2))
    await expect(tab.interims).to_have_count(1)
    assert (
        await tab.page.locator("#interims").evaluate("one => one.closest('[aria-live], [role=log]')") is None
    )
    assert await tab.page.locator("#lines").evaluate("one => one.closest('[aria-live], [role=log]')") is None
    announced = tab.page.locator("[aria-live=polite]")
    await expect(announced).to_contain_text("Said to the end.")
    await expect(announced).not_to_contain_text("not said")
