import math
from itertools import combinations
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.browser.simulated_call import Phone, small_talk
from tests.browser.tab import Tab

SPEAKERS = 12
PEOPLE = f"""async () => {{
    const {{ createTranscriptView }} = await import("/app/transcript_view.js");
    document.getElementById("session").hidden = false;
    document.getElementById("tools").hidden = false;
    document.getElementById("welcome").hidden = true;
    const part = (id) => document.getElementById(id);
    const view = createTranscriptView({{lines: part("lines"), interims: part("interims"), announcer: part("announcer"),
        jump: part("jump"), line: part("line"), gap: part("gap")}}, new AbortController().signal);
    const lines = Array.from({{length: {SPEAKERS}}}, (_, i) => ({{
        segmentId: String(i).padStart(10, "0") + "-" + "a".repeat(16), stream: "s", seq: i + 1, final: true, live: true,
        speaker: {{id: "person " + i}}, text: "words", offsetMs: i, durationMs: 1}}));
    view.setLines(lines);
    view.showInterims(lines.map((line) => ({{...line, final: false}})));
}}"""
COLOURS = """selector => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const paint = (colour) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    };
    const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return colour === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : colour;
    };
    return [...document.querySelectorAll(selector)]
        .map(one => [paint(behind(one)), paint(getComputedStyle(one).color)]);
}"""

type Colour = list[int]


def luminance(colour: Colour) -> float:
    """WCAG 2.2's relative luminance of an sRGB colour (0 to 255 each)."""
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2's contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_that_is_read_has_contrast(tab: Tab, scheme: Literal["light", "dark"]) -> None:
    await tab.page.emulate_media(color_scheme=scheme)
    await tab.page.evaluate(PEOPLE)
    for selector in (".line .name", ".line .words", ".line time", "h1, h2, p, label, summary, button"):
        colours = await tab.page.evaluate(COLOURS, selector)
        assert len(colours) >= SPEAKERS, selector
        assert min(contrast(paper, ink) for paper, ink in colours) >= 4.5, selector


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_speakers_have_names_and_colours_of_their_own(
    tab: Tab, scheme: Literal["light", "dark"]
) -> None:
    await tab.page.emulate_media(color_scheme=scheme)
    await tab.page.evaluate(PEOPLE)
    colours = [ink for _, ink in await tab.page.evaluate(COLOURS, "#lines .name")]
    assert min(math.dist(one, other) for one, other in combinations(colours, 2)) > 12
    names = await tab.page.locator("#lines .name").all_inner_texts()
    assert names == [f"Speaker {number}" for number in range(1, SPEAKERS + 1)]
    assert await tab.page.locator("#lines .name").first.get_attribute("title") == "person 0"


@pytest.mark.parametrize("width", [320, 800, 1920])
async def test_nothing_is_cut_off_at_any_width(tab: Tab, phone: Phone, width: int) -> None:
    call = await phone.call([*small_talk(2), small_talk(1, "w" * 200)[0] | {"at": 3000}], speed=5)
    await tab.page.set_viewport_size({"width": width, "height": 700})
    await tab.start(call)
    await tab.shows(call, 3)
    assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width
    await expect(tab.page.get_by_role("button", name="Stop")).to_be_attached()
    if width < 800:
        await tab.page.get_by_role("link", name="All sessions").click()
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width
    await expect(tab.rows.first).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 799, 1280])
async def test_every_menu_opens_within_the_screen(tab: Tab, phone: Phone, width: int) -> None:
    call = await phone.call(small_talk(1), speed=5)
    await tab.page.set_viewport_size({"width": width, "height": 700})
    await tab.start(call)
    await tab.shows(call, 1)
    for name in ("Language", "Download"):
        menu = tab.page.locator("details.menu").filter(has_text=name)
        await menu.locator("summary").click()
        await expect(menu.locator(".sheet")).to_be_in_viewport(ratio=1)
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width
        await menu.locator("summary").click()


async def test_nothing_moves_for_those_who_do_not_want_it(tab: Tab) -> None:
    await tab.page.emulate_media(reduced_motion="reduce")
    await tab.page.evaluate(PEOPLE)
    moving = "document.getAnimations().length"
    assert await tab.page.evaluate(moving) == 0
    await tab.page.emulate_media(reduced_motion="no-preference")
    assert await tab.page.evaluate(moving) > 0
