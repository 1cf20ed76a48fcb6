"""Another locale for a session that runs."""

from dataclasses import replace
from typing import Any

import pytest

from functions.errors import Conflict
from functions.lifecycle.deadlines import UPDATE_WITHIN_MS
from functions.lifecycle.events import Outcome, TranscriptionFailed
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.session import Session, State
from functions.services import sessions
from functions.services.applying import apply
from functions.services.ports import SessionPorts
from functions.services.upkeep import sweep
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import Clock, Crashed, crash_after, new_group, watched
from tests.service.cloud import Cloud, take_in
from tests.service.phones import answered, placed, sim_of
from tests.service.steps import connecting, session_of, started, stopped, until_state
from tests.waiting import until

IN_PLACE = ["update_transcription"]
BY_STOP_AND_START = ["stop_transcription", "start_transcription"]


def watching(ports: SessionPorts, cloud: Cloud) -> tuple[SessionPorts, list[str]]:
    """The ports, also for the callbacks, and what is asked of ACS from now on."""
    performed: list[str] = []
    ours = replace(ports, calls=lambda: watched(cloud.calls, performed))
    cloud.callbacks.ports = ours
    return ours, performed


async def until_spoken(ports: SessionPorts, session: Session, locale: str) -> Session:
    """The session once its transcription runs in that locale."""

    async def is_so() -> bool:
        found = await session_of(ports, session.id)
        return (found.state, found.confirmed_locale) == (State.ACTIVE, locale)

    await until_async(is_so)
    return await session_of(ports, session.id)


async def connection_of(cloud: Cloud, session: Session) -> dict[str, Any]:
    connections = await cloud.connections(await sim_of(cloud, session))
    return next(one for one in connections if one["callConnectionId"] == session.call_connection_id)


async def test_a_session_that_joined_its_call_stops_and_starts(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    ours, performed = watching(ports, cloud)
    changed, moved = await sessions.change_locale(ours, session.id, "de-DE")
    assert (changed.locale, moved) == ("de-DE", True)
    active = await until_spoken(ports, session, "de-DE")
    assert performed == BY_STOP_AND_START
    connection = await connection_of(cloud, active)
    assert (connection["locale"], connection["transcribing"]) == ("de-DE", True)
    assert active.call_connection_id == session.call_connection_id


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_a_session_that_placed_or_answered_its_call_changes_in_place(
    way: str, ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud) if way == "placed" else (await answered(ports, cloud))[0]
    ours, performed = watching(ports, cloud)
    changed, moved = await sessions.change_locale(ours, session.id, "de-DE")
    assert (changed.state, moved) == (State.ACTIVE, True)
    active = await until_spoken(ports, session, "de-DE")
    assert performed == IN_PLACE
    assert (await connection_of(cloud, active))["locale"] == "de-DE"


async def test_the_locale_that_it_has_already_changes_nothing(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    before = await session_of(ports, session.id)
    assert await sessions.change_locale(ports, session.id, "en-US") == (before, False)


async def test_a_change_before_the_call_is_reached_is_the_locale_it_starts_in(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = await connecting(ports, cloud, new_group())
    ours, performed = watching(ports, cloud)
    await sessions.change_locale(ours, session.id, "de-DE")
    cloud.callbacks.deaf = False
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    await take_in(ours, session.id, connected)
    active = await until_spoken(ports, session, "de-DE")
    assert performed == ["start_transcription"]
    assert (await connection_of(cloud, active))["locale"] == "de-DE"


async def test_changes_one_after_the_other_end_in_the_last(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    for locale in ("de-DE", "fr-FR", "it-IT"):
        await sessions.change_locale(ports, session.id, locale)
    active = await until_spoken(ports, session, "it-IT")
    assert (await connection_of(cloud, active))["locale"] == "it-IT"


async def test_a_session_that_has_ended_says_what_to_do_first(ports: SessionPorts, cloud: Cloud) -> None:
    session, _ = await started(ports, cloud)
    await stopped(ports, session.id)
    with pytest.raises(Conflict) as refused:
        await sessions.change_locale(ports, session.id, "de-DE")
    assert "/start" in refused.value.remedy


async def test_a_change_in_place_that_acs_does_not_support_is_made_by_a_stop_and_a_start(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud)
    ours, performed = watching(ports, cloud)
    cloud.callbacks.deaf = True
    await sessions.change_locale(ours, session.id, "de-DE")
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionUpdated"))  # which says the contrary
    refusal = TranscriptionFailed(str(session.call_connection_id), Outcome(405, 8520, "not supported"))
    cloud.callbacks.deaf = False
    await apply(ours, session.id, Occurrence("acs", "refusal", refusal))
    active = await until_spoken(ports, session, "de-DE")
    assert performed == IN_PLACE + BY_STOP_AND_START
    assert (await connection_of(cloud, active))["locale"] == "de-DE"
    await sessions.change_locale(ours, session.id, "fr-FR")
    await until_spoken(ports, session, "fr-FR")
    assert performed == IN_PLACE + 2 * BY_STOP_AND_START


async def test_a_change_of_which_nobody_heard_is_asked_for(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session = await placed(ports, cloud)
    cloud.callbacks.deaf = True
    await sessions.change_locale(ports, session.id, "de-DE")
    await until(lambda: cloud.callbacks.named(session.id, "TranscriptionUpdated"))
    assert (await session_of(ports, session.id)).confirmed_locale == "en-US"
    clock.skip(UPDATE_WITHIN_MS + 1)
    ours, performed = watching(ports, cloud)
    await sweep(ours)
    assert (await until_spoken(ports, session, "de-DE")).updating is False
    assert performed == ["ask"]


async def test_a_change_whose_worker_died_comes_about_all_the_same(
    ports: SessionPorts, cloud: Cloud, clock: Clock
) -> None:
    session = await placed(ports, cloud)
    dying = replace(ports, store=crash_after(ports.store, "save"))
    with pytest.raises(Crashed):
        await sessions.change_locale(dying, session.id, "de-DE")
    clock.skip(46_000)
    await sweep(ports)
    active = await until_spoken(ports, session, "de-DE")
    assert (await connection_of(cloud, active))["locale"] == "de-DE"


async def test_a_locale_that_acs_will_not_have_leaves_the_old_one_and_says_why(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session = await placed(ports, cloud)
    await cloud.sim("POST", "faults", {"operation": "update", "do": "status", "status": 400, "times": 1})
    await sessions.change_locale(ports, session.id, "de-DE")
    after = await until_state(ports, session.id, State.ACTIVE)
    assert after.locale == "en-US"
    assert after.trouble is not None
    assert after.trouble.remedy
    assert (await connection_of(cloud, after))["transcribing"]
