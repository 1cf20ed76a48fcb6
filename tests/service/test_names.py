"""Who speaks: ACS tells names of people in calls, users give others, and these win."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.errors import InputRefused, Unavailable
from functions.lifecycle.session import Session, State
from functions.lifecycle.view import view
from functions.services import erasure, people, sessions
from functions.services.claims import server_call_key
from functions.services.ports import Claim, SessionPorts
from functions.services.transcripts import read_page
from functions.transcript.reading import Gap, Line
from functions.transcript.streams import Anchor
from functions.triggers.call_events import data_of
from tests.service.bed import (
    Tables,
    entry_of,
    group_call,
    just_after,
    just_before,
    new_group,
    transcribed,
    unwell,
)
from tests.service.cloud import Cloud, next_message, take_in, watch
from tests.service.phones import answered
from tests.service.speech import ADA, final
from tests.service.steps import connecting, session_of, started, stopped, until_state

BEN = "8:acs:ben"


@pytest.fixture
async def claimed(ports: SessionPorts, cloud: Cloud) -> Session:
    """A session that has claimed its call, as every session does that is in one."""
    session = transcribed(server_call_id=f"call/{new_group()}")
    await ports.store.insert(session, entry_of(session))
    key = server_call_key(str(session.server_call_id))
    await ports.claims.take(key, Claim(session.id, session.request, ports.clock()))
    return session


async def shown(ports: SessionPorts, session: Session) -> dict[str, str]:
    return view(await session_of(ports, session.id)).speakers


async def test_names_that_came_before_the_session_are_its_own(ports: SessionPorts, cloud: Cloud) -> None:
    group = new_group()
    call = await cloud.make_call(group)
    await people.hear_names(ports, call["serverCallId"], {ADA: "Ada"})
    await people.hear_names(ports, call["serverCallId"], {BEN: "Ben"})
    session, _ = await sessions.start(ports, group_call(group))
    await until_state(ports, session.id, State.ACTIVE)
    assert await shown(ports, session) == {ADA: "Ada", BEN: "Ben"}


async def test_news_that_bears_no_real_moment_costs_no_names(claimed: Session, ports: SessionPorts) -> None:
    long_ago, far_off = -62_135_647_200_000, 253_402_300_799_999
    call = str(claimed.server_call_id)
    await people.hear_names(ports, call, {ADA: "Ada"}, long_ago)
    await people.hear_names(ports, call, {BEN: "Ben"}, far_off)
    assert await shown(ports, claimed) == {ADA: "Ada", BEN: "Ben"}
    assert await ports.names.of_call(server_call_key(call), ports.clock()) == {BEN: "Ben"}


async def test_names_that_came_before_a_call_was_answered_are_its_sessions(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, rings = await answered(ports, cloud)
    await people.hear_names(ports, rings.call.server_call_id, {rings.call.caller: "Cleo"})
    assert await shown(ports, session) == {rings.call.caller: "Cleo"}


async def test_names_that_come_during_the_session_are_seen_at_once(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    viewer = await watch(cloud, claimed.id)
    await people.hear_names(ports, str(claimed.server_call_id), {ADA: "Ada"})
    told = await next_message(viewer)
    assert (told["type"], told["speakers"]) == ("session", {ADA: "Ada"})
    await viewer.close()


async def test_the_users_names_win_and_take_the_place_of_those_given_before(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    await sessions.name_speakers(ports, claimed.id, {ADA: "Countess", BEN: "Benjamin"})
    await people.hear_names(ports, str(claimed.server_call_id), {ADA: "ada_l", BEN: "ben_b"})
    assert await shown(ports, claimed) == {ADA: "Countess", BEN: "Benjamin"}
    await sessions.name_speakers(ports, claimed.id, {ADA: "Ada"})
    assert await shown(ports, claimed) == {ADA: "Ada", BEN: "ben_b"}
    await sessions.name_speakers(ports, claimed.id, {})
    assert await shown(ports, claimed) == {ADA: "ada_l", BEN: "ben_b"}


async def test_names_that_a_user_gives_are_seen_at_once(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    viewer = await watch(cloud, claimed.id)
    named = await sessions.name_speakers(ports, claimed.id, {ADA: "Ada"})
    told = await next_message(viewer)
    assert (told["speakers"], told["revision"]) == ({ADA: "Ada"}, named.revision)
    await viewer.close()


async def test_names_that_a_sessions_row_could_not_bear_are_refused_and_change_nothing(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    long = [{f"{group}-{number:0250}": "x" * 256 for number in range(200)} for group in range(2)]
    await sessions.change_speakers(ports, claimed.id, long[0])
    with pytest.raises(InputRefused, match="more than 500 names, or more than 131072 bytes"):
        await sessions.change_speakers(ports, claimed.id, long[1])
    assert await shown(ports, claimed) == long[0]


async def test_later_reads_of_the_transcript_bear_the_names(
    claimed: Session, ports: SessionPorts, tables: Tables, cloud: Cloud
) -> None:
    await tables.segments.insert_anchor(claimed.id, Anchor("socket.1", "one", "en-US", 0, 1_000))
    for number, speaker in enumerate((ADA, BEN)):
        await tables.segments.insert_segment(claimed.id, final("Hello.", 1_000 + number, speaker=speaker))
    await people.hear_names(ports, str(claimed.server_call_id), {ADA: "ada_l", BEN: "ben_b"})
    await sessions.name_speakers(ports, claimed.id, {ADA: "Ada"})
    session = await session_of(ports, claimed.id)
    page = await read_page(tables.segments, session, "", 10)
    assert [one.speaker.name for one in page.lines if isinstance(one, Line)] == ["Ada", "ben_b"]
    assert not any(isinstance(one, Gap) for one in page.lines)


async def test_a_session_that_has_ended_takes_names_from_users_only(
    ports: SessionPorts, cloud: Cloud
) -> None:
    session, _ = await started(ports, cloud)
    ended = await stopped(ports, session.id)
    await people.hear_names(ports, str(ended.server_call_id), {ADA: "Ada"})
    await sessions.name_speakers(ports, session.id, {BEN: "Ben"})
    assert await shown(ports, session) == {BEN: "Ben"}


async def test_the_same_news_twice_is_one_entry_and_no_news_to_viewers(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    for _ in range(3):
        await people.hear_names(ports, str(claimed.server_call_id), {ADA: "Ada"})
    entries = await ports.store.journal(claimed.id)
    assert [entry.name for entry in entries].count("names-heard") == 1
    assert (await session_of(ports, claimed.id)).revision == claimed.revision + 1


async def test_one_who_changes_names_and_back_is_called_by_the_last(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    for name in ("Ada", "Ada (on the phone)", "Ada"):
        await people.hear_names(ports, str(claimed.server_call_id), {ADA: name})
    assert await shown(ports, claimed) == {ADA: "Ada"}


@pytest.mark.parametrize("moment", [just_before, just_after])
@pytest.mark.parametrize(("port", "method"), [("claims", "take"), ("names", "of_call"), ("store", "save")])
async def test_a_name_that_comes_while_a_session_finds_its_call_is_not_lost(
    port: str, method: str, moment: Callable[..., Any], ports: SessionPorts, cloud: Cloud
) -> None:
    session = await connecting(ports, cloud, new_group())
    (connected,) = cloud.callbacks.named(session.id, "CallConnected")
    server_call_id = str(data_of(connected).server_call_id)

    async def hear() -> None:
        await people.hear_names(ports, server_call_id, {ADA: "Ada"})

    interrupted = moment(getattr(ports, port), method, hear)
    await take_in(replace(ports, **{port: interrupted}), session.id, connected)
    assert await shown(ports, session) == {ADA: "Ada"}


async def test_names_of_a_call_that_nobody_transcribes_concern_nobody(
    ports: SessionPorts, cloud: Cloud
) -> None:
    call = f"call/{new_group()}"
    await people.hear_names(ports, call, {ADA: "Ada"})
    assert await ports.names.of_call(server_call_key(call), ports.clock()) == {ADA: "Ada"}


async def test_an_erased_session_takes_no_names(claimed: Session, ports: SessionPorts, cloud: Cloud) -> None:
    await erasure.erase(ports, claimed.id)
    await people.hear_names(ports, str(claimed.server_call_id), {ADA: "Ada"})
    stored = await ports.store.load(claimed.id)
    assert stored is not None
    assert (stored.session.names, stored.session.speakers) == ({}, {})


async def test_names_that_cannot_be_kept_are_to_be_told_again(
    claimed: Session, ports: SessionPorts, cloud: Cloud
) -> None:
    failing = replace(ports, names=unwell(ports.names, "put", Unavailable("down")))
    with pytest.raises(Unavailable):
        await people.hear_names(failing, str(claimed.server_call_id), {ADA: "Ada"})
    assert await shown(ports, claimed) == {}
    await people.hear_names(ports, str(claimed.server_call_id), {ADA: "Ada"})
    assert await shown(ports, claimed) == {ADA: "Ada"}
