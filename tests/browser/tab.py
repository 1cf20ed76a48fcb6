"""A tab with the page in it, driven as a person would, and read as a person would."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from playwright.async_api import ConsoleMessage, Locator, Page, expect

from tests.browser.simulated_call import Call, Said

LOOK_SECONDS = 0.05
SCROLL_TO = """async part => {
    window.scrollTo(0, document.documentElement.scrollHeight * part);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
READ_ALL = """async () => {
    const found = new Map();
    const here = window.scrollY;
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const note = () => {
        for (const item of document.querySelectorAll("#lines > .line")) {
            const words = item.querySelector(".words").textContent;
            found.set(Number(item.ariaPosInSet), [item.dataset.speaker, words]);
        }
    };
    const isWhole = () => {
        const items = document.querySelectorAll("#lines > article");
        return items.length === Number(items[0]?.ariaSetSize ?? 0);
    };
    note();
    for (let top = 0; !isWhole() && top < document.documentElement.scrollHeight; top += window.innerHeight) {
        window.scrollTo(0, top);
        await frame();
        note();
    }
    if (window.scrollY !== here) window.scrollTo(0, here);
    return [...found].sort(([one], [other]) => one - other).map(([, line]) => line);
}"""
NOTE = """selector => {
    const noted = ((window.noted ??= {})[selector] = []);
    const element = document.querySelector(selector);
    const note = () => noted.push([element.textContent, document.querySelectorAll("#lines .line, #lines li").length]);
    new MutationObserver(note).observe(element, {childList: true, characterData: true, subtree: true});
}"""
GIVEN_UP = "WebSocket is closed before the connection is established"
"""Chromium warns of it where the page turns to another session, or is told that one is gone, at that very moment."""
SESSION_ADDRESS = re.compile(r"#/sessions/[0-9A-Z]{26}$")


@dataclass
class Tab:
    """The page at `/app`. `complaints` are what the browser's console says is wrong."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    expected: str | None = None

    def listen(self) -> None:
        """Keep what goes wrong."""
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def expect_complaint(self, pattern: str) -> None:
        """From now on the browser may complain like this: it does so for every 4xx."""
        self.expected = pattern

    def unexpected(self) -> list[str]:
        """The complaints that nobody expected."""
        expected = re.compile("|".join(filter(None, (GIVEN_UP, self.expected))))
        return [text for text in self.complaints if not expected.search(text)]

    # --- what a person does

    async def open(self, address: str = "") -> None:
        """Go to the page."""
        await self.page.goto(self.url + address)

    async def start(self, call: Call) -> str:
        """Fill in the form, press Start, and arrive at the session, another one than before. Returns its id."""
        before = self.page.url
        await self.call_id.fill(call.group)
        await self.page.get_by_role("button", name="Start", exact=True).click()
        await expect(self.page).not_to_have_url(before)
        await expect(self.page).to_have_url(SESSION_ADDRESS)
        return self.page.url.rpartition("/")[2]

    async def scroll_to(self, part: float) -> None:
        """Scroll to a part of the page's height, and look when all is there."""
        await self.page.evaluate(SCROLL_TO, part)

    async def stop(self) -> None:
        """Press Stop."""
        await self.page.get_by_role("button", name="Stop").click()

    # --- what a person sees

    async def is_live(self) -> None:
        """Waits until captions come to the session that is shown; its state must be there already."""
        await expect(self.page.locator("#connection")).to_have_text("")

    @property
    def call_id(self) -> Locator:
        """The field for the call's id."""
        return self.page.get_by_role("textbox", name="Call id")

    @property
    def state(self) -> Locator:
        """The shown session's state, in words."""
        return self.page.locator("#session-state")

    @property
    def finals(self) -> Locator:
        """The lines that will not change."""
        return self.page.locator("#lines .line")

    @property
    def jump(self) -> Locator:
        """The button that leads back to the newest words."""
        return self.page.get_by_role("button", name="Jump to live")

    @property
    def interims(self) -> Locator:
        """The words still being said."""
        return self.page.locator("#interims .line")

    @property
    def gaps(self) -> Locator:
        """The dividers where nothing could be heard."""
        return self.page.locator("#lines .gap")

    @property
    def rows(self) -> Locator:
        """The sessions in the list."""
        return self.page.locator("#sessions a")

    def words(self, text: str) -> Locator:
        """The final with exactly this text."""
        return self.page.locator("#lines .words").filter(has_text=re.compile(f"^{re.escape(text)}$"))

    async def count(self) -> int:
        """How many lines the transcript has, gaps included, whether they are on the screen or not."""
        rows = self.page.locator("#lines > article")
        return int(await rows.first.get_attribute("aria-setsize") or 0) if await rows.count() else 0

    async def said(self) -> Said:
        """Every final in its order: the speaker's raw id, and the text. Read as by one who scrolls through it all."""
        return [(speaker, text) for speaker, text in await self.page.evaluate(READ_ALL)]

    async def shows(self, call: Call, count: int) -> None:
        """Waits until the page has `count` lines, which must be what was said in the call, in order."""

        async def has_all() -> bool:
            return await self.count() == count

        await eventually(has_all, 60)
        await eventually(lambda: self._agrees(call))

    async def _agrees(self, call: Call) -> bool:
        return await self.said() == await call.spoken()


async def note(page: Page, selector: str) -> None:
    """From now on every text that the element has is kept: some are there for a moment only, and looks are seldom."""
    await page.evaluate(NOTE, selector)


async def noted(page: Page, selector: str) -> list[tuple[str, int]]:
    """The texts that the element has had, each with the number of finals that were on the page at that moment."""
    return [(text, finals) for text, finals in await page.evaluate("name => noted[name]", selector)]


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Waits for a condition; TimeoutError if it does not come to hold."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(LOOK_SECONDS)
