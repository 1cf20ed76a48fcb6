"""Calls that we place or answer, whom we ring for them, and who is in them: through ACS's real SDK."""

from typing import Any

import pytest
from msgspec import structs

from functions.errors import CallRefused, Unavailable
from functions.lifecycle.commands import Invite, Pending
from functions.lifecycle.events import ConnectAnswered
from functions.lifecycle.session import Call, IncomingCall, PlacedCall, Session
from tests.local_cloud.call_automation_process import ADA
from tests.local_cloud.web_pubsub_process import until_async
from tests.service.bed import CHANCE, group_call, new_group, new_session
from tests.service.cloud import Cloud

QUICK = {"connected": 20, "started": 20, "stopped": 20, "updated": 20, "disconnected": 20}
OURS = "+15550000001"
BOT = "28:8d4b0f0f-7a2e-4a19-b50e-2f8d0e5a3c11"
USER = ADA.rpartition("-")[0]


@pytest.fixture
async def deaf(cloud: Cloud) -> Cloud:
    """The cloud with sessions that hear nothing: these tests have no stored sessions."""
    cloud.callbacks.deaf = True
    return cloud


def new_phone() -> str:
    return f"4:+1555{CHANCE.randrange(10**6, 10**7)}"


def new_user() -> str:
    return f"{USER}-{CHANCE.randbytes(6).hex()}"


def session_of(call: Call, **changed: Any) -> tuple[Session, Pending]:
    request = structs.replace(group_call(), call=call)
    session = new_session(request=request, attempt=4, **changed)
    return session, session.pending[0]


async def quick(cloud: Cloud, *targets: str) -> None:
    """These pick up at once."""
    for target in targets:
        await cloud.sim("POST", "answering", {"target": target, "timings": QUICK})


async def placed(cloud: Cloud, *targets: str) -> tuple[Session, ConnectAnswered]:
    await quick(cloud, *targets)
    session, pending = session_of(PlacedCall(targets, OURS))
    return session, await cloud.calls.connect(session, pending)


async def ringing(cloud: Cloud, called: str, connect_to: str | None = None) -> tuple[str, IncomingCall]:
    """A call that rings: its id in the simulation, and what Event Grid would tell of it."""
    caller = new_phone()
    told = await cloud.sim("POST", "incoming", {"from": caller, "to": called, "timings": QUICK})
    context = told["incomingCallContext"]
    return told["simId"], IncomingCall(caller, called, told["serverCallId"], context, connect_to)


async def answered(cloud: Cloud, called: str, connect_to: str) -> tuple[Session, str, str]:
    """An answered call: the session, its connection's id, the call's."""
    sim_id, call = await ringing(cloud, called, connect_to)
    session, pending = session_of(call)
    connection_id = (await cloud.calls.connect(session, pending)).call_connection_id
    await until_connected(cloud, connection_id)
    return session, connection_id, sim_id


async def until_connected(cloud: Cloud, connection_id: str) -> None:
    async def connected() -> bool:
        return (await cloud.calls.ask("0-1", connection_id)).connection == "connected"

    await until_async(connected)


async def properties(cloud: Cloud, connection_id: str) -> Any:
    return await cloud.calls.client.get_call_connection(connection_id).get_call_properties()


def invitation(connection_id: str, target: str) -> Pending:
    return Pending("5-0", Invite(connection_id, target), first_sent_at=1_790_000_000_000, leased_until=0)


async def participants(cloud: Cloud, sim_id: str) -> list[str]:
    return [one["rawId"] for one in (await cloud.sim("GET", f"calls/{sim_id}"))["participants"]]


async def until_in(cloud: Cloud, sim_id: str, raw_id: str) -> None:
    async def is_in() -> bool:
        return raw_id in await participants(cloud, sim_id)

    await until_async(is_in)


async def test_a_call_that_we_place_rings_its_targets_and_says_who_we_are(deaf: Cloud) -> None:
    targets = (new_phone(), new_user())
    session, answer = await placed(deaf, *targets)
    found = await properties(deaf, answer.call_connection_id)
    assert [target.raw_id for target in found.targets] == list(targets)
    assert found.source_caller_id_number.properties["value"] == OURS
    assert answer.own_id == found.source.raw_id
    assert (answer.attempt, answer.server_call_id) == (session.attempt, None)
    await until_connected(deaf, answer.call_connection_id)
    assert set(targets) & set((await deaf.calls.count_people("1-0", answer.call_connection_id)).people)


async def test_a_call_of_users_needs_no_number(deaf: Cloud) -> None:
    user = new_user()
    await quick(deaf, user)
    answer = await deaf.calls.connect(*session_of(PlacedCall((user,))))
    await until_connected(deaf, answer.call_connection_id)


async def test_a_call_to_a_phone_without_a_number_is_a_refusal(deaf: Cloud) -> None:
    with pytest.raises(CallRefused) as refusal:
        await deaf.calls.connect(*session_of(PlacedCall((new_phone(),))))
    assert refusal.value.code == 400


async def test_a_call_that_rings_is_answered_and_says_who_we_are(deaf: Cloud) -> None:
    us = new_user()
    sim_id, call = await ringing(deaf, us)
    session, pending = session_of(call, locale="de-DE")
    answer = await deaf.calls.connect(session, pending)
    assert (answer.own_id, answer.server_call_id) == (us, call.server_call_id)
    await until_in(deaf, sim_id, call.caller)
    (connection,) = await deaf.connections(sim_id)
    assert (connection["kind"], connection["operationContext"]) == ("answer", "4")
    assert (connection["locale"], connection["transcribing"]) == ("de-DE", False)


async def test_who_we_are_stays_open_where_acs_does_not_say(deaf: Cloud) -> None:
    _, call = await ringing(deaf, f"4:{OURS}")
    assert (await deaf.calls.connect(*session_of(call))).own_id is None


async def test_a_call_that_rings_no_more_is_a_refusal(deaf: Cloud) -> None:
    sim_id, call = await ringing(deaf, new_user())
    await deaf.sim("POST", f"calls/{sim_id}/hangup", {})
    with pytest.raises(CallRefused) as refusal:
        await deaf.calls.connect(*session_of(call))
    assert refusal.value.code == 404


@pytest.mark.parametrize("way", ["placed", "answered"])
async def test_the_same_pending_command_makes_one_call_however_often_it_is_sent(
    way: str, deaf: Cloud
) -> None:
    user = new_user()
    call = PlacedCall((user,)) if way == "placed" else (await ringing(deaf, user))[1]
    session, pending = session_of(call)
    first = await deaf.calls.connect(session, pending)
    again = await deaf.calls.connect(session, structs.replace(pending, performed=2, leased_until=5))
    assert again == first


async def test_the_locale_of_a_running_transcription_changes_in_place(deaf: Cloud) -> None:
    session, answer = await placed(deaf, new_phone())
    connection_id = answer.call_connection_id
    await until_connected(deaf, connection_id)
    await deaf.calls.start_transcription(session, connection_id)

    async def speaks(locale: str) -> bool:
        found = await deaf.calls.ask("7-0", connection_id)
        return bool(found.transcribing) and found.locale == locale

    await until_async(lambda: speaks("en-US"))
    await deaf.sim("POST", "faults", {"operation": "update", "do": "status", "status": 503, "times": 1})
    await deaf.calls.update_transcription(session, connection_id, "de-DE")
    await until_async(lambda: speaks("de-DE"))


async def test_an_update_whose_fate_is_unknown_is_an_outage_after_one_try(deaf: Cloud) -> None:
    session, answer = await placed(deaf, new_phone())
    await deaf.sim("POST", "faults", {"operation": "update", "do": "status", "status": 500, "times": 1})
    with pytest.raises(Unavailable):
        await deaf.calls.update_transcription(session, answer.call_connection_id, "de-DE")


@pytest.mark.parametrize("target", [new_phone(), new_user()], ids=["phone", "user"])
async def test_whom_the_caller_is_connected_to_is_rung_once_and_comes_in(target: str, deaf: Cloud) -> None:
    await quick(deaf, target)
    session, connection_id, sim_id = await answered(deaf, f"4:{OURS}", target)
    pending = invitation(connection_id, target)
    await deaf.calls.invite(session, pending)
    await until_in(deaf, sim_id, target)
    await deaf.calls.invite(session, structs.replace(pending, performed=2, leased_until=5))
    with pytest.raises(CallRefused):  # a new command would ring somebody who is there already
        await deaf.calls.invite(session, structs.replace(pending, id="6-0"))


async def test_a_phone_cannot_be_rung_for_a_call_to_no_phone(deaf: Cloud) -> None:
    target = new_phone()
    session, connection_id, _ = await answered(deaf, new_user(), target)
    with pytest.raises(CallRefused) as refusal:
        await deaf.calls.invite(session, invitation(connection_id, target))
    assert refusal.value.code == 400


async def test_the_first_few_people_are_counted_and_no_bot(deaf: Cloud) -> None:
    group = new_group()
    call = await deaf.make_call(group, speakers=[{"rawId": BOT}, {"rawId": ADA}])
    session = new_session(request=group_call(group))
    connection_id = (await deaf.calls.connect(session, session.pending[0])).call_connection_id
    await until_connected(deaf, connection_id)
    everyone = await participants(deaf, call["simId"])
    us = everyone[-1]
    assert everyone == [BOT, ADA, us]
    counted = await deaf.calls.count_people("9-0", connection_id)
    assert (counted.command, counted.call_connection_id) == ("9-0", connection_id)
    assert counted.people == (ADA, us)
    more = [new_user() for _ in range(3)]
    for raw_id in more:
        await deaf.sim("POST", f"calls/{call['simId']}/join", {"rawId": raw_id})
    assert (await deaf.calls.count_people("9-0", connection_id)).people == (ADA, *more[:2])


async def test_people_of_a_connection_that_is_gone_cannot_be_counted(deaf: Cloud) -> None:
    with pytest.raises(CallRefused) as refusal:
        await deaf.calls.count_people("9-0", "no such connection")
    assert refusal.value.code == 404
