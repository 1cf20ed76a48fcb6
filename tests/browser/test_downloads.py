import asyncio
import json
from pathlib import Path

import pytest
import srt
import webvtt
from playwright.async_api import Route, expect

from tests.browser.simulated_call import Phone, small_talk
from tests.browser.tab import Tab

NAMES = {
    "txt": "Text .txt",
    "md": "Markdown .md",
    "vtt": "WebVTT subtitles .vtt",
    "srt": "SubRip subtitles .srt",
    "json": "Data .json",
}


async def download(tab: Tab, kind: str, folder: Path) -> Path:
    """The file that the menu gives."""
    await tab.page.locator("#download-menu summary").click()
    async with tab.page.expect_download() as downloading:
        await tab.page.get_by_role("button", name=NAMES[kind]).click()
    given = await downloading.value
    path = folder / given.suggested_filename
    assert path.suffix == f".{kind}"
    await given.save_as(path)
    return path


async def read(path: Path) -> str:
    return await asyncio.to_thread(path.read_text, encoding="utf-8")


async def shorten(route: Route) -> None:
    """Let a page of the transcript have two segments, so that it takes several."""
    await route.continue_(url=route.request.url.replace("limit=1000", "limit=2"))


async def test_a_transcript_of_many_pages_is_kept_as_one_json(tab: Tab, phone: Phone, tmp_path: Path) -> None:
    call = await phone.call(small_talk(5), speed=5)
    session_id = await tab.start(call)
    await tab.shows(call, 5)
    await tab.page.route("**/transcript?limit=1000*", shorten)
    kept = json.loads(await read(await download(tab, "json", tmp_path)))
    assert kept["session"]["id"] == session_id
    assert [(part["speaker"]["id"], part["text"]) for part in kept["segments"]] == await call.spoken()


@pytest.mark.parametrize("kind", ["txt", "md", "vtt", "srt"])
async def test_a_transcript_is_kept_whole_in_each_format(
    tab: Tab, phone: Phone, tmp_path: Path, kind: str
) -> None:
    call = await phone.call(small_talk(5), speed=5)
    await tab.start(call)
    await tab.shows(call, 5)
    path = await download(tab, kind, tmp_path)
    flat = " ".join((await read(path)).replace("\\", "").split())
    for _, text in await call.spoken():
        assert text in flat
    await expect(tab.page.locator("#download-menu summary")).to_be_focused()
    if kind == "vtt":
        assert len(webvtt.read(str(path))) >= 5
    if kind == "srt":
        assert len(list(srt.parse(await read(path)))) >= 5
