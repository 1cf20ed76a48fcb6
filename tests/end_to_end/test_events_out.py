"""The life of a session as other systems hear of it: CloudEvents at the topic, each under an id of its own."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.end_to_end.calls import ADA, hang_up, inject, make_call, speak, was_received, without_its_socket
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.event_grid import published_of, publishes
from tests.end_to_end.passing_time import let_time_pass
from tests.end_to_end.phones import placed
from tests.end_to_end.sessions import Session, noted, over, reaches, read, start, stopped, stores, transcribed

LIFE = ["Session.Started", "Session.Stopped", "Transcript.Ready"]


async def names_of(cloud: Cloud, session: Session, count: int) -> list[str]:
    """The names of what was published of a session, in order, once there are so many."""

    async def look() -> list[dict[str, Any]]:
        found = await published_of(cloud, session)
        return found if len(found) >= count else []

    found = await eventually(look)
    ordered = sorted(found, key=lambda event: int(event["data"]["revision"]))
    return [str(event["type"]).removeprefix("Verbatim.") for event in ordered]


async def test_a_session_from_its_start_to_its_end(cloud: Cloud) -> None:
    call, session = await transcribed(cloud, tag="weekly")
    started = await publishes(cloud, session, "Session.Started")
    assert started["specversion"] == "1.0"
    assert started["source"] == f"/api/sessions/{session['id']}"
    assert started["data"]["state"] == "active"
    assert started["data"]["tag"] == "weekly"
    assert started["data"]["call"] == call.by_group
    assert datetime.fromisoformat(started["time"]).tzinfo is not None
    ended = await stopped(cloud, session)
    told = (await publishes(cloud, session, "Session.Stopped"))["data"]
    assert (told["cause"], told["duration"]) == ("closed", ended["duration"])
    assert told["startTime"] == ended["startedAt"]
    assert (told["id"], told["endedAt"]) == (session["id"], ended["endedAt"])
    assert await names_of(cloud, session, 3) == LIFE


async def test_each_event_has_an_id_of_its_own_and_the_revision_it_speaks_of(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    await stopped(cloud, session)
    await names_of(cloud, session, 3)
    found = await published_of(cloud, session)
    assert len({event["id"] for event in found}) == len(found)
    ended = await over(cloud, session)
    revisions = {event["type"]: event["data"]["revision"] for event in found}
    in_order = [revisions[f"Verbatim.{name}"] for name in LIFE]
    assert in_order == sorted(in_order)
    assert in_order[-1] <= ended["revision"]


async def test_when_the_transcript_is_ready_every_word_can_be_read(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await speak(cloud, call, "The last word.")
    await was_received(cloud, call, "The last word.")
    await hang_up(cloud, call)
    ready = await publishes(cloud, session, "Transcript.Ready")
    assert ready["data"]["id"] == session["id"]
    assert await stores(cloud, session, 1) == ["The last word."]


async def test_an_interruption_and_its_end(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    async with without_its_socket(cloud, session):
        await publishes(cloud, session, "Session.Interrupted")
    resumed = await publishes(cloud, session, "Session.Resumed")
    assert resumed["data"]["state"] == "active"
    assert (await names_of(cloud, session, 3))[:3] == [
        "Session.Started",
        "Session.Interrupted",
        "Session.Resumed",
    ]


async def test_another_locale(cloud: Cloud) -> None:
    for _, session in (await transcribed(cloud), await placed(cloud)):
        await cloud.api("PATCH", f"/api/sessions/{session['id']}", {"locale": "de-DE"})
        changed = await publishes(cloud, session, "Session.LocaleChanged")
        assert changed["data"]["locale"] == "de-DE"
        assert await names_of(cloud, session, 2) == ["Session.Started", "Session.LocaleChanged"]


async def test_a_failure_says_what_failed_and_what_to_do(cloud: Cloud) -> None:
    await inject(cloud, "start", "code", code=403, subCode=8565)
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "failed")
    told = (await publishes(cloud, session, "Session.Failed"))["data"]
    assert told["error"] == session["error"]
    assert told["errorMessage"] == session["error"]["message"]
    assert told["cause"] == "error"
    assert await names_of(cloud, session, 1) == ["Session.Failed"]


async def test_no_event_names_people_or_holds_a_word_or_a_secret(cloud: Cloud) -> None:
    word, name = f"word{uuid4().hex}", f"name{uuid4().hex}"
    call, session = await transcribed(cloud, speakers={ADA: name})
    await speak(cloud, call, f"The {word} again.")
    await stores(cloud, session, 1)
    await stopped(cloud, session)
    await names_of(cloud, session, 3)
    told = str(await published_of(cloud, session))
    assert word not in told
    assert name not in told
    assert "ticket" not in told
    assert "secret" not in told


async def test_a_start_that_finds_its_session_announces_nothing(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    assert (await cloud.api("POST", "/api/sessions", {"call": call.by_group})).status == 200
    await let_time_pass(cloud, session)
    assert await names_of(cloud, session, 1) == ["Session.Started"]
    assert (await read(cloud, session))["state"] == "active"


async def test_of_an_erased_session_only_its_id_and_its_state_are_told(cloud: Cloud) -> None:
    _, session = await transcribed(cloud, tag="weekly")
    await publishes(cloud, session, "Session.Started")
    await cloud.api("DELETE", f"/api/sessions/{session['id']}")
    told = await publishes(cloud, session, "Session.Stopped")
    assert told["data"].keys() == {"id", "revision", "state"}


async def test_an_event_that_the_topic_did_not_take_comes_later_once(cloud: Cloud) -> None:
    await cloud.stack.event_grid.kill()
    try:
        _, session = await transcribed_without_rest(cloud)
        await noted(cloud, session, "command-unanswered")  # nobody is about to publish it
    finally:
        await cloud.stack.event_grid.start()
    await eventually(cloud.hears_event_grid)
    await let_time_pass(cloud, session)
    assert await names_of(cloud, session, 1) == ["Session.Started"]


async def transcribed_without_rest(cloud: Cloud) -> tuple[Any, Session]:
    """A session that transcribes, while something else of it is still pending."""
    call = await make_call(cloud)
    return call, await reaches(cloud, await start(cloud, call.by_group), "active")
