"""A stop takes the transcription out of a call, never the people; alone in one for a minute, we go."""

import pytest

from tests.end_to_end.calls import ADA, BEN, Call, connections_of, leaves, look_at, make_call, speak
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.passing_time import at_its_longest, let_time_pass
from tests.end_to_end.phones import answered, new_phone, new_user, people_in, placed
from tests.end_to_end.rows import comes_to_rest
from tests.end_to_end.sessions import Session, known_people, names, reaches, read, stopped, texts, transcribed


async def in_call_of_several(cloud: Cloud, way: str) -> tuple[Call, Session, list[str]]:
    """A session that placed or answered its call, and the people in it."""
    if way == "placed":
        people = [new_user(), new_user()]
        call, session = await placed(cloud, *people)
    else:
        caller = new_phone()
        people = [f"4:{caller}", BEN]
        call, session = await answered(cloud, **{"from": caller}, speakers=[{"rawId": BEN}])
    await eventually(lambda: are_in(cloud, call, people))
    await eventually(lambda: are_known(cloud, session, people))
    return call, session, people


async def are_in(cloud: Cloud, call: Call, people: list[str]) -> bool:
    """Whether all of them are in the call."""
    return set(people) <= await people_in(cloud, call)


async def are_known(cloud: Cloud, session: Session, people: list[str]) -> bool:
    """Whether the session was told of all of them."""
    return set(people) <= await known_people(cloud, session)


async def goes(cloud: Cloud, call: Call, session: Session, raw_id: str) -> None:
    """Somebody leaves, and the session knows."""
    await leaves(cloud, call, raw_id)

    async def is_known() -> bool:
        return raw_id not in await known_people(cloud, session)

    await eventually(is_known)


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_the_people_of_a_call_that_we_placed_or_answered_talk_on(cloud: Cloud, way: str) -> None:
    call, session, people = await in_call_of_several(cloud, way)
    ended = await stopped(cloud, session)
    assert ended["cause"] == "closed"
    (connection,) = await connections_of(cloud, call)
    assert (connection["state"], connection["transcribing"]) == ("connected", False)
    assert await are_in(cloud, call, people)
    await speak(cloud, call, "Nobody writes this down.", people[0])
    assert await texts(cloud, session) == []


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_a_call_of_two_goes_on_after_a_stop(cloud: Cloud, way: str) -> None:
    phone = new_phone()
    call, session = (
        await placed(cloud, phone) if way == "placed" else await answered(cloud, **{"from": phone})
    )
    await stopped(cloud, session)
    assert (await look_at(cloud, call))["endedAt"] is None
    assert f"4:{phone}" in await people_in(cloud, call)


async def test_a_call_that_we_joined_is_left_to_its_people(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    await stopped(cloud, session)
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]
    assert await people_in(cloud, call) == {ADA, BEN}


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_past_its_longest_time_it_stops_and_hangs_up_on_nobody(cloud: Cloud, way: str) -> None:
    call, session, people = await in_call_of_several(cloud, way)
    await let_time_pass(cloud, session, change=at_its_longest)
    assert (await reaches(cloud, session, "stopped"))["cause"] == "closed"
    assert await are_in(cloud, call, people)


# --- alone


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_alone_in_a_call_that_we_placed_or_answered_we_hang_up_after_a_minute(
    cloud: Cloud, way: str
) -> None:
    call, session, people = await in_call_of_several(cloud, way)
    for raw_id in people:
        await goes(cloud, call, session, raw_id)
    assert (await read(cloud, session))["state"] == "active"
    await let_time_pass(cloud, session)
    ended = await reaches(cloud, session, "stopped")
    assert ended["cause"] == "closed"
    assert "error" not in ended
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]
    assert (await look_at(cloud, call))["endedAt"] is not None


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_alone_after_a_stop_we_hang_up_too(cloud: Cloud, way: str) -> None:
    call, session, people = await in_call_of_several(cloud, way)
    await stopped(cloud, session)
    for raw_id in people:
        await goes(cloud, call, session, raw_id)
    await let_time_pass(cloud, session)

    async def has_gone() -> bool:
        return [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]

    await eventually(has_gone)


async def test_alone_in_a_call_that_we_joined_we_leave(cloud: Cloud) -> None:
    call, session = await transcribed(cloud)
    for raw_id in (ADA, BEN):
        await goes(cloud, call, session, raw_id)
    await let_time_pass(cloud, session)
    await reaches(cloud, session, "stopped")
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]


async def test_one_who_stays_keeps_us_in_the_call(cloud: Cloud) -> None:
    call, session, people = await in_call_of_several(cloud, "placed")
    await goes(cloud, call, session, people[0])
    await let_time_pass(cloud, session)
    assert "people-counted" in await names(cloud, session)
    assert (await read(cloud, session))["state"] == "active"


async def test_a_call_that_nobody_comes_to_is_left(cloud: Cloud) -> None:
    group = (await make_call(cloud)).group + "-empty"
    started = await cloud.api("POST", "/api/sessions", {"call": {"groupCallId": group}})
    session = await reaches(cloud, started.body, "active")
    await comes_to_rest(cloud, session)
    await let_time_pass(cloud, session)
    assert (await reaches(cloud, session, "stopped"))["cause"] == "closed"
