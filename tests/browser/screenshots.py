"""Pictures of the page for the README: `python -m tests.browser.screenshots`. They are of the local cloud, as it is."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import aiohttp
from playwright.async_api import Browser, Page, async_playwright, expect

from local.stack import Stack, running_stack
from tests.browser.conftest import OPTIONS, find_chromium
from tests.browser.simulated_call import ANN, BEN, Call, Phone, line

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PATIENCE_MS = 30_000
CLEO = "8:acs:6f0a1d3e-0d4c-4a57-93a8-2f6a7b1c9e10_0000001a-11aa-22bb-33cc-444455556603"
PEOPLE = {ANN: "Ann Ferrier", BEN: "Ben Okafor", CLEO: "Cléo Marchand"}
BEFORE = (
    (ANN, "Good morning, everyone. Shall we begin with the harbour works?"),
    (BEN, "Yes. The pier is finished, the paint is drying, and the lamps arrive on Thursday."),
    (CLEO, "Then the only open question is the ferry timetable for the autumn."),
    (
        CLEO,
        "We promised the islanders an answer by the end of the month, and I would rather keep that promise.",
    ),
    (ANN, "I talked to the crew yesterday. They would like the early ferry at six, not at half past five."),
)
AFTER = (
    (BEN, "Sorry, I lost you for a moment. Did you say six?"),
    (ANN, "Six, yes, and the school boat stays as it is."),
    (CLEO, "Then I will write to the council today."),
)
SAID_NOW = "And could somebody tell the fish market that they can move back to their old place by the church as soon as"

type Shot = Callable[[Page, Phone], Awaitable[None]]


def script(said: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    return [line(at * 3500, who, text, duration=3000) for at, (who, text) in enumerate(said)]


async def talk(phone: Phone, tag: str, said: tuple[tuple[str, str], ...]) -> tuple[Call, str]:
    """A call and its session, in which that much was said."""
    call = await phone.call(script(said), people=PEOPLE)
    session_id = await call.start_session(tag=tag)
    return call, session_id


async def open_session(page: Page, session_id: str, lines: int) -> None:
    await page.evaluate("id => { location.hash = `#/sessions/${id}`; }", session_id)
    await expect(page.locator("#lines .line")).to_have_count(lines, timeout=PATIENCE_MS)


async def live(page: Page, phone: Phone) -> None:
    """Words that are being said, and a gap."""
    call, session_id = await talk(phone, "Harbour board, weekly", BEFORE)
    await open_session(page, session_id, len(BEFORE))
    await call.steer("drop-socket", {"reopen": 4000})
    await expect(page.locator("#session-state")).to_have_text(
        "Interrupted, reconnecting", timeout=PATIENCE_MS
    )
    await expect(page.locator("#session-state")).to_have_text("Transcribing", timeout=PATIENCE_MS)
    for who, text in AFTER:
        await call.speak(who, text, duration=1200)
    await expect(page.locator("#lines .line")).to_have_count(len(BEFORE) + len(AFTER), timeout=PATIENCE_MS)
    saying = asyncio.create_task(call.speak(BEN, SAID_NOW, duration=14_000))
    await expect(page.locator("#interims .words")).to_contain_text("fish market", timeout=PATIENCE_MS)
    await page.screenshot(path=IMAGES / "page-live.png")
    await saying


async def start(page: Page, phone: Phone) -> None:
    """No session is chosen."""
    del phone
    await page.evaluate("location.hash = '#/'")
    await expect(page.get_by_role("heading", name="Every word of a call")).to_be_visible()
    await page.screenshot(path=IMAGES / "page-start.png")


async def failed(page: Page, phone: Phone) -> None:
    """A failure with its remedy, and the journal that led to it."""
    await phone.steer("/sim/faults", {"operation": "start", "do": "code", "code": 400, "subCode": 8581})
    call = await phone.call()
    session_id = await call.start_session(until="failed", tag="Harbour board, first try")
    await page.evaluate("id => { location.hash = `#/sessions/${id}`; }", session_id)
    await expect(page.locator("#session-error")).to_be_visible(timeout=PATIENCE_MS)
    await page.get_by_role("button", name="Journal").click()
    await expect(page.locator("#journal-list li").first).to_be_visible()
    await page.screenshot(path=IMAGES / "page-failed.png")


async def found(page: Page, phone: Phone) -> None:
    """A call that is over, and what a search found there."""
    call, session_id = await talk(phone, "Harbour board, last week", BEFORE + AFTER)
    await open_session(page, session_id, len(BEFORE + AFTER))
    await call.steer("hangup")
    await expect(page.get_by_role("button", name="Start again")).to_be_enabled(timeout=PATIENCE_MS)
    await page.get_by_role("searchbox").fill("ferry")
    await page.keyboard.press("Enter")
    await page.locator("#hits button").first.click()
    await page.mouse.move(0, 0)
    await page.evaluate("scrollTo(0, 0)")
    await page.screenshot(path=IMAGES / "page-search.png")


async def phone_in_the_dark(page: Page, phone: Phone) -> None:
    """The same on a telephone."""
    call, session_id = await talk(phone, "Pilots and tugs", BEFORE)
    await open_session(page, session_id, len(BEFORE))
    saying = asyncio.create_task(call.speak(BEN, SAID_NOW, duration=14_000))
    await expect(page.locator("#interims .words")).to_contain_text("could somebody", timeout=PATIENCE_MS)
    await page.screenshot(path=IMAGES / "page-phone.png")
    await saying


@asynccontextmanager
async def page_of(
    browser: Browser, stack: Stack, width: int, height: int, scheme: Literal["light", "dark"]
) -> AsyncIterator[Page]:
    context = await browser.new_context(
        locale="en-GB",
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        device_scale_factor=1.25,
    )
    page = await context.new_page()
    await page.goto(f"{stack.plan.functions_url}/app")
    yield page
    await context.close()


async def take_all() -> None:
    """All five."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with (
        async_playwright() as playwright,
        running_stack(run_dir=Path(tempfile.mkdtemp())) as stack,
        aiohttp.ClientSession() as client,
    ):
        path = find_chromium(playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        phone = Phone(stack, client)
        async with page_of(browser, stack, 1280, 860, "light") as page:
            for shot in (failed, found, live, start):
                await shot(page, phone)
        async with page_of(browser, stack, 390, 780, "dark") as page:
            await phone_in_the_dark(page, phone)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take_all())
