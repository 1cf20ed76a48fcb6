"""Two calls at once never see each other's words: not stored, not on a screen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from local.viewer import Viewer
from tests.end_to_end.calls import ADA, BEN, held_back, line, make_call
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import Session, over, reaches, start, stopped, stores, transcript
from tests.waiting import until

CATS = [line(number * 600, f"Cats, sentence {number}.", ADA, 500) for number in range(10)]
DOGS = [line(number * 600, f"Dogs, sentence {number}.", BEN, 500) for number in range(10)]


@asynccontextmanager
async def watching(cloud: Cloud, session: Session) -> AsyncIterator[tuple[Viewer, list[str]]]:
    """A viewer who reads along from now, and every text that appeared on its screen."""
    shown: list[str] = []
    viewer = Viewer(cloud.viewer_api(), session["id"], lambda message: shown.append(message.get("text", "")))
    joined = asyncio.Event()
    task = asyncio.create_task(viewer.watch(joined))
    try:
        await asyncio.wait_for(joined.wait(), 20)
        yield viewer, shown
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_each_transcript_has_its_own_calls_words_in_order(cloud: Cloud) -> None:
    calls = [await make_call(cloud, script) for script in (CATS, DOGS)]
    sessions = await asyncio.gather(*(start(cloud, call.by_group) for call in calls))
    found = await asyncio.gather(*(stores(cloud, session, 10) for session in sessions))
    assert found == [[one["text"] for one in script] for script in (CATS, DOGS)]
    for session, speaker in zip(sessions, (ADA, BEN), strict=True):
        await stopped(cloud, session)
        lines = (await transcript(cloud, session))["segments"]
        assert {one["speaker"]["id"] for one in lines} == {speaker}


async def test_each_screen_shows_its_own_calls_words(cloud: Cloud) -> None:
    calls = [await make_call(cloud, script) for script in (CATS, DOGS)]
    async with AsyncExitStack() as later:
        async with held_back(cloud, "CallConnected"):  # nobody talks before both are read along
            cats, dogs = await asyncio.gather(*(start(cloud, call.by_group) for call in calls))
            of_cats, shown_of_cats = await later.enter_async_context(watching(cloud, cats))
            of_dogs, shown_of_dogs = await later.enter_async_context(watching(cloud, dogs))
        await until(lambda: len(of_cats.live) == len(of_dogs.live) == 10)
        await until(lambda: len(of_cats.finals) == len(of_dogs.finals) == 10)
    assert {text.split(",")[0] for text in shown_of_cats if text} == {"Cats"}
    assert {text.split(",")[0] for text in shown_of_dogs if text} == {"Dogs"}
    assert set(of_cats.shown.values()) == {1}


async def test_one_who_comes_late_reads_what_was_said_before(cloud: Cloud) -> None:
    call = await make_call(cloud, CATS)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    await stores(cloud, session, 10)
    async with watching(cloud, session) as (viewer, _):
        await until(lambda: len(viewer.finals) == 10)


async def test_a_screen_learns_that_the_session_has_ended(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    async with watching(cloud, session) as (viewer, _):
        ended = await stopped(cloud, session)
        await until(lambda: viewer.session.get("state") == "stopped")
    shown = {key: viewer.session[key] for key in ended if key != "revision"}
    assert shown == {key: ended[key] for key in shown}
    assert viewer.session["revision"] <= (await over(cloud, session))["revision"]
