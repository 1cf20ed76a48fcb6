from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from local.api import Api
from local.viewer import Viewer


@pytest.fixture
async def viewer() -> AsyncIterator[Viewer]:
    async with aiohttp.ClientSession() as http:
        yield Viewer(Api(http, "http://127.0.0.1:1"), "a-session")


def final(number: int) -> dict[str, Any]:
    """A final as a page of the transcript has it."""
    return {
        "segmentId": f"{number:010}-0",
        "stream": "a-socket-1",
        "seq": number,
        "speaker": {"id": "8:acs:ada"},
        "text": f"Number {number}.",
    }


def message(number: int) -> dict[str, Any]:
    """The same as a live message has it."""
    return {"type": "caption", "final": True, **final(number)}


async def test_what_came_live_and_what_was_only_fetched_is_kept_apart(viewer: Viewer) -> None:
    viewer.take(message(1))
    viewer.merge(final(2))
    viewer.take(message(3))
    assert len(viewer.finals) == 3
    assert viewer.live == {final(1)["segmentId"], final(3)["segmentId"]}


async def test_a_final_that_a_fetch_brought_sooner_still_came_live(viewer: Viewer) -> None:
    viewer.merge(final(1))
    viewer.take(message(1))
    assert viewer.live == {final(1)["segmentId"]}
    assert viewer.shown.total() == 1
