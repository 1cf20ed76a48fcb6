"""What takes a minute takes one here too; the three run at the same time, so that all of it takes little more."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from local.stack import Stack, running_stack
from tests.browser.conftest import tab_of
from tests.browser.simulated_call import ANN, BEN, Call, Phone, line, small_talk
from tests.browser.tab import Tab, eventually

MINUTE = 62
LINES = 25
SLOWLY = 0.34
"""The lines take over a minute."""
NETWORK_LOST = r"ERR_INTERNET_DISCONNECTED|ERR_NETWORK|WebSocket connection to"

type Running = dict[str, asyncio.Task[None]]


async def is_offline_for_a_minute(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(NETWORK_LOST)
    call = await phone.call(small_talk(LINES), speed=SLOWLY)
    await tab.start(call)
    await expect(tab.finals.nth(1)).to_be_visible()
    await tab.page.context.set_offline(offline=True)
    seen = await tab.count()
    await asyncio.sleep(MINUTE)
    assert await tab.count() <= seen + 1  # one may have been on its way
    assert len(await call.spoken()) > seen + 10
    await tab.page.context.set_offline(offline=False)
    await tab.shows(call, LINES)
    assert await tab.gaps.count() == 0


async def waits_for_a_late_final(tab: Tab, phone: Phone) -> None:
    talk = [line(at * 6000, BEN, f"Said in time, line {at}.") for at in range(1, 11)]
    call = await phone.call([line(0, ANN, "Said first, known last.", delay=60_000), *talk])
    await tab.start(call)
    await expect(tab.words("Said in time, line 8.")).to_be_visible(timeout=100_000)
    assert await tab.words("Said first, known last.").count() == 0
    await expect(tab.words("Said first, known last.")).to_be_visible(timeout=40_000)
    await tab.shows(call, 11)
    assert (await tab.said())[0] == (ANN, "Said first, known last.")


async def was_heard(call: Call, count: int) -> bool:
    return len(await call.spoken()) == count


async def reads_on_when_access_is_over(tab: Tab, phone: Phone) -> None:
    tab.expect_complaint(r"status of 401|WebSocket connection to")
    asked: list[str] = []
    tab.page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/captions") else None)
    call = await phone.call()
    await tab.start(call)
    await expect(tab.state).to_have_text("Transcribing")
    await call.speak(ANN, "Said with the first access.")
    await tab.shows(call, 1)
    assert len(asked) == 1
    await asyncio.sleep(MINUTE)
    assert await phone.drop_viewers()
    async with phone.losing_captions():
        await call.speak(BEN, "Said when that was over.")
        await eventually(lambda: was_heard(call, 2))
        await tab.stop()
        await tab.shows(call, 2)
    assert len(asked) >= 2


@pytest.fixture(scope="module")
async def running(
    stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """All three, under way; the last in a cloud where access lasts for a minute."""
    brief = {"CAPTIONS_ACCESS_MINUTES": "1"}

    async def play(cloud: Stack, part: Any) -> None:
        async with aiohttp.ClientSession() as client, tab_of(browser, cloud) as tab:
            await tab.open()
            await part(tab, Phone(cloud, client))

    async with running_stack(settings=brief, run_dir=tmp_path_factory.mktemp("brief")) as short:
        parts: dict[str, Coroutine[Any, Any, None]] = {
            "offline": play(stack, is_offline_for_a_minute),
            "late": play(stack, waits_for_a_late_final),
            "access": play(short, reads_on_when_access_is_over),
        }
        tasks = {name: asyncio.create_task(part) for name, part in parts.items()}
        yield tasks
        await asyncio.gather(*tasks.values(), return_exceptions=True)


async def test_after_a_minute_offline_every_final_is_there_once_and_in_order(running: Running) -> None:
    await running["offline"]


async def test_a_final_that_comes_a_minute_late_takes_its_place(running: Running) -> None:
    await running["late"]


async def test_an_access_that_expires_is_renewed_without_a_gap(running: Running) -> None:
    await running["access"]
