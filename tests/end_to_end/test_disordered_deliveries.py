"""Callbacks early, late, twice, shuffled; commands carried out twice: nothing depends on it."""

from tests.end_to_end.calls import (
    Call,
    connections_of,
    disturb_callbacks,
    held_back,
    inject,
    line,
    look_at,
    make_call,
    speak,
    was_received,
)
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.sessions import Session, journal, names, over, reaches, start, stopped, stores, texts

SCRIPT = [line(number * 1000, f"Sentence number {number}.", duration=900) for number in range(8)]


async def test_a_callback_that_arrives_before_the_answer_of_connect_is_taken_in(cloud: Cloud) -> None:
    call = await make_call(cloud, callback_first=True)
    async with held_back(cloud, "TranscriptionStarted"):
        session = await start(cloud, call.by_group)
        assert session["state"] == "starting"
    active = await reaches(cloud, session, "active")
    (connection,) = await connections_of(cloud, call)
    assert (active["callConnectionId"], connection["state"]) == (connection["callConnectionId"], "connected")
    happened = await names(cloud, session)
    assert happened.index("call-connected") < happened.index("connect-answered")


async def test_callbacks_that_come_twice_and_in_any_order_lead_to_the_same_end(steady: Cloud) -> None:
    await disturb_callbacks(steady, repeat=1.0, shuffle=300)
    call = await make_call(steady, SCRIPT)
    session = await reaches(steady, await start(steady, call.by_group), "active")
    assert await stores(steady, session, len(SCRIPT)) == [one["text"] for one in SCRIPT]
    ended = await stopped(steady, session)
    assert ended["cause"] == "closed"
    assert [one["state"] for one in await connections_of(steady, call)] == ["disconnected"]


async def test_a_callback_that_comes_twice_is_one_entry_of_the_journal(steady: Cloud) -> None:
    await disturb_callbacks(steady, repeat=1.0)
    call = await make_call(steady)
    session = await reaches(steady, await start(steady, call.by_group), "active")
    await stopped(steady, session)
    await eventually(lambda: all_came_twice(steady, call))
    happened = await names(steady, session)
    for name in ("call-connected", "transcription-started", "transcription-stopped", "call-disconnected"):
        assert happened.count(name) == 1


async def all_came_twice(cloud: Cloud, call: Call) -> bool:
    """Whether each callback so far was posted twice and answered."""
    callbacks = (await look_at(cloud, call))["callbacks"]
    return all(len(one["statuses"]) >= 2 for one in callbacks)


async def test_events_of_web_pubsub_that_come_twice_store_nothing_twice(cloud: Cloud) -> None:
    faults = f"{cloud.stack.plan.web_pubsub_url}/sim/faults"
    await cloud.ask("POST", faults, {"repeatEvents": True})
    try:
        call = await make_call(cloud, SCRIPT)
        session = await reaches(cloud, await start(cloud, call.by_group), "active")
        assert await stores(cloud, session, len(SCRIPT)) == [one["text"] for one in SCRIPT]
        await stopped(cloud, session)
        await over(cloud, session)
        assert await texts(cloud, session) == [one["text"] for one in SCRIPT]
        assert (await names(cloud, session)).count("socket-opened") == 1
    finally:
        await cloud.ask("POST", faults, {"repeatEvents": False})


async def has_metadata(cloud: Cloud, session: Session) -> bool:
    """Whether the first frame of the session's socket was handed on: the next one is a final."""
    url = f"{cloud.stack.plan.web_pubsub_url}/sim/connections?hub=transcript&userId={session['id']}"
    return [one["eventsDelivered"] for one in (await cloud.ask("GET", url)).body] == [1]


async def test_a_final_whose_answer_was_lost_is_sent_again_and_stored_once(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group, interimResults=False), "active")
    await eventually(lambda: has_metadata(cloud, session))
    faults = f"{cloud.stack.plan.web_pubsub_url}/sim/faults"
    lost = {"upstream": {"event": "message", "do": "drop-connection", "times": 1}}
    await cloud.ask("POST", faults, lost)
    for text in ("Said once.", "And so is this."):
        await speak(cloud, call, text)
        await was_received(cloud, call, text)
    assert await stores(cloud, session, 2) == ["Said once.", "And so is this."]


async def test_a_final_that_web_pubsub_still_holds_when_the_session_stops_is_stored(cloud: Cloud) -> None:
    call = await make_call(cloud)
    started = await start(cloud, call.by_group, interimResults=False)
    session = await reaches(cloud, started, "active")
    await eventually(lambda: has_metadata(cloud, session))
    await refuse_messages(cloud, times=3)  # nine seconds, if nobody ends it before
    try:
        await speak(cloud, call, "Long on its way.")
        await was_received(cloud, call, "Long on its way.")
        await stopped(cloud, session)
        assert await texts(cloud, session) == []
    finally:
        await refuse_messages(cloud, times=0)
    assert await stores(cloud, session, 1) == ["Long on its way."]


async def refuse_messages(cloud: Cloud, times: int) -> None:
    """The next tries to hand a frame on are answered with 503."""
    late = {"upstream": {"event": "message", "do": "status", "status": 503, "times": times}}
    await cloud.ask("POST", f"{cloud.stack.plan.web_pubsub_url}/sim/faults", late)


async def test_captions_that_cannot_be_sent_cost_no_word(cloud: Cloud) -> None:
    call = await make_call(cloud, SCRIPT[:3])
    session = await start(cloud, call.by_group)
    faults = f"{cloud.stack.plan.web_pubsub_url}/sim/faults"
    await cloud.ask("POST", faults, {"sends": {"status": 503, "times": 10}})
    try:
        assert await stores(cloud, session, 3) == [one["text"] for one in SCRIPT[:3]]
    finally:
        await cloud.ask("POST", faults, {"sends": {"times": 0}})


async def test_a_connect_that_acs_refuses_in_passing_is_tried_again_as_the_same_request(cloud: Cloud) -> None:
    await inject(cloud, "connect", "status", status=503)
    call = await make_call(cloud)
    session = await start(cloud, call.by_group)
    await reaches(cloud, session, "active")
    assert len(await connections_of(cloud, call)) == 1


async def test_every_change_raises_the_revision_and_the_journal_is_in_order(cloud: Cloud) -> None:
    call = await make_call(cloud)
    session = await reaches(cloud, await start(cloud, call.by_group), "active")
    await stopped(cloud, session)

    ended = await over(cloud, session)
    entries = await journal(cloud, session)
    assert [entry["at"] for entry in entries] == sorted(str(entry["at"]) for entry in entries)
    revisions = [entry["revision"] for entry in entries]
    assert revisions[0] == 1
    assert ended["revision"] == max(revisions)
