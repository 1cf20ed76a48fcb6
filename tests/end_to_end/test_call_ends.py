"""The call ends by itself: the session does too, whatever it was doing."""

import asyncio
import re

from tests.end_to_end.calls import (
    NEVER,
    Call,
    connections_of,
    disturb_callbacks,
    hang_up,
    inject,
    make_call,
    speak,
    was_received,
    without_its_socket,
)
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.passing_time import let_time_pass
from tests.end_to_end.sessions import (
    journal,
    names,
    noted,
    over,
    reaches,
    read,
    start,
    stop,
    stores,
    texts,
    transcribed,
)

SECONDS = re.compile(r"PT(\d+M)?(\d+(\.\d{1,3})?S)?")


async def test_while_it_connects(cloud: Cloud) -> None:
    call = await make_call(cloud, connected=NEVER)
    session = await start(cloud, call.by_group)
    await hang_up(cloud, call)
    ended = await reaches(cloud, session, "stopped")
    assert (ended["cause"], ended["desired"]) == ("closed", "stopped")
    assert "duration" not in ended
    assert "error" not in ended


async def test_while_the_transcription_starts(cloud: Cloud) -> None:
    call = await make_call(cloud, started=NEVER)
    session = await start(cloud, call.by_group)
    await noted(cloud, session, "command-accepted")
    await hang_up(cloud, call)
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert "error" not in ended
    assert "connectedAt" in ended


async def test_just_before_the_start_reaches_acs(cloud: Cloud) -> None:
    """ACS accepts the start, then fails it with 400/8528: the call was over, which is no failure."""
    await inject(cloud, "start", "code", code=400, subCode=8528)
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    await noted(cloud, session, "transcription-failed")
    await hang_up(cloud, call)
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert "error" not in ended


async def test_while_it_is_transcribed(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "The last words of this call.")
    await was_received(cloud, call, "The last words of this call.")
    await hang_up(cloud, call)
    ended = await over(cloud, session)
    assert ended["cause"] == "closed"
    assert SECONDS.fullmatch(ended["duration"])
    assert ended["createdAt"] <= ended["connectedAt"] <= ended["startedAt"] <= ended["endedAt"]
    assert await texts(cloud, session) == ["The last words of this call."]


async def test_while_it_stops(cloud: Cloud) -> None:
    call = await make_call(cloud, stopped=NEVER)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    await stop(cloud, session)
    await hang_up(cloud, call)
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert SECONDS.fullmatch(ended["duration"])


async def test_a_lost_end_after_our_leaving_is_found_by_asking_acs(steady: Cloud) -> None:
    call, session = await transcribed(steady)
    await disturb_callbacks(steady, drop=1.0)
    await stop(steady, session)
    async with asyncio.timeout(60):
        # TranscriptionStopped is late: we leave all the same, before or after a question of whether it stopped.
        while (await read(steady, session))["state"] == "stopping":
            await let_time_pass(steady, session)
    ended = await reaches(steady, session, "stopped")
    assert "call-reported" in await names(steady, session)
    assert ended["cause"] == "closed"
    assert [one["state"] for one in await connections_of(steady, call)] == ["disconnected"]


async def is_transcribing(cloud: Cloud, call: Call) -> bool:
    """Whether ACS transcribes, as its own state says."""
    return any(one["transcribing"] for one in await connections_of(cloud, call))


async def test_lost_callbacks_of_a_start_are_made_good_by_asking_acs(steady: Cloud) -> None:
    await disturb_callbacks(steady, drop=1.0)
    call = await make_call(steady)
    session = await start(steady, call.by_group)
    await noted(steady, session, "connect-answered")
    await let_time_pass(steady, session)
    await reaches(steady, session, "starting")
    await eventually(lambda: is_transcribing(steady, call))
    await noted(
        steady, session, "command-accepted"
    )  # else the sweep would ask what became of the start as well
    await let_time_pass(steady, session)
    await reaches(steady, session, "active")
    assert (await names(steady, session)).count("call-reported") == 2


async def test_an_end_that_acs_never_told_us_of_is_found_by_asking(steady: Cloud) -> None:
    call, session = await transcribed(steady)
    await disturb_callbacks(steady, drop=1.0)
    await hang_up(steady, call)
    await noted(steady, session, "socket-closed")
    await let_time_pass(steady, session)
    assert (await reaches(steady, session, "stopped"))["cause"] == "closed"


async def test_a_broken_socket_interrupts_and_its_return_resumes(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "Before the break.")
    await stores(cloud, session, 1)
    async with without_its_socket(cloud, session):
        await reaches(cloud, session, "interrupted")
    await reaches(cloud, session, "active")
    await noted(cloud, session, "transcription-resumed")  # now ACS knows as well that its socket is open
    await speak(cloud, call, "And after it.")
    await stores(cloud, session, 2)
    page = await cloud.api("GET", f"/api/sessions/{session['id']}/transcript")
    shown = [line.get("text", "a gap") for line in page.body["segments"]]
    assert shown == ["Before the break.", "a gap", "And after it."]
    assert (await read(cloud, session))["state"] == "active"
    assert [entry["event"] for entry in await journal(cloud, session)].count("socket-opened") == 2
