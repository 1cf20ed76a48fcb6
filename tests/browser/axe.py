"""What axe-core finds wrong on a page."""

import asyncio
from functools import cache
from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "local" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document)).violations.map(({id, nodes}) =>
    `${id}: ${nodes.map(({html, failureSummary}) => `${html} ${failureSummary}`).join(" | ")}`)"""


@cache
def source() -> str:
    return AXE.read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """Rules that are broken, with the elements; incomplete checks are not among them."""
    await page.evaluate(await asyncio.to_thread(source))
    await page.evaluate(
        "Promise.all(document.getAnimations().map(animation => animation.finish?.() ?? null)).catch(() => null)"
    )
    found: list[str] = await page.evaluate(RUN)
    return found
