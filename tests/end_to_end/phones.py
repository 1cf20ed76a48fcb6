"""Calls that are placed or that ring: who rings whom, what rules say, who picks up and who is there."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.end_to_end.calls import QUICK, SPEED, Call, all_calls, look_at, steer
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.sessions import Session, reaches, read, start

OURS = "+15550100000"
HOTLINE, SWITCHBOARD, EXCHANGE = "+15550100001", "+15550100002", "+15550100003"
RECEPTION = "8:acs:0b4c1c7e-52a5-4c0a-9a55-6f7d0d1f2a11_00000030-0001-aaaa-bbbb-cccccccccccc"
COLLEAGUE = "8:acs:0b4c1c7e-52a5-4c0a-9a55-6f7d0d1f2a11_00000030-0002-aaaa-bbbb-cccccccccccc"
ENGINEER = "+15550100077"
ANSWER_RULES: list[dict[str, Any]] = [
    {"to": HOTLINE, "answerAlone": True, "locale": "en-GB", "tag": "hotline"},
    {"to": SWITCHBOARD, "connectTo": COLLEAGUE, "startAt": "setup"},
    {"to": EXCHANGE, "connectTo": ENGINEER},
    {"to": RECEPTION, "answerAlone": True, "locale": "de-DE", "interimResults": False},
]
MANNERS = {"timings": QUICK, "speed": SPEED, "startScript": "on-transcription"}


def new_phone() -> str:
    """A number that is nobody's."""
    return f"+1555{uuid4().int % 10**7:07d}"


def new_user() -> str:
    """A user of ACS."""
    return f"8:acs:{uuid4()}_{uuid4()}"


async def instruct(
    cloud: Cloud, target: str, script: Sequence[Mapping[str, Any]] = (), **manners: Any
) -> None:
    """What the target does when it is rung: it picks up soon, if nothing else is said."""
    given = MANNERS | {"target": target, "script": script} | manners
    await steer(cloud, "/sim/answering", given)


async def ring(cloud: Cloud, to: str, script: Sequence[Mapping[str, Any]] = (), **more: Any) -> Call:
    """Somebody calls a number or a user of ours, for so long that a slow machine can answer: 30 s at speed 1."""
    given = MANNERS | {"speed": 4, "from": new_phone(), "to": to, "script": script} | more
    made = await steer(cloud, "/sim/incoming", given)
    return Call(made["simId"], "", made["serverCallId"])


async def answered(cloud: Cloud, to: str = HOTLINE, **more: Any) -> tuple[Call, Session]:
    """A call that a rule answered and whose transcription runs."""
    call = await ring(cloud, to, **more)
    return call, await reaches(cloud, await session_of(cloud, call), "active")


async def sessions_of(cloud: Cloud, call: Call) -> list[Session]:
    """The sessions that know the call for theirs."""
    answer = await cloud.api("GET", f"/api/sessions?{urlencode(call.by_server)}")
    found: list[Session] = answer.body["sessions"]
    return found


async def session_of(cloud: Cloud, call: Call) -> Session:
    """The call's one session, as soon as it knows its call."""
    (session,) = await eventually(lambda: sessions_of(cloud, call))
    return session


async def placed(cloud: Cloud, *to: str, **more: Any) -> tuple[Call, Session]:
    """A call that we placed, to a phone if nobody is named, whose transcription runs."""
    people = to or (new_phone(),)
    for person in people:
        await instruct(cloud, person)
    session = await reaches(cloud, await start(cloud, {"to": people, "from": OURS}, **more), "active")
    return await call_of(cloud, session), session


async def call_of(cloud: Cloud, session: Session) -> Call:
    """The call that a session is in."""
    server_call_id = (await read(cloud, session))["serverCallId"]
    made = next(one for one in await all_calls(cloud) if one["serverCallId"] == server_call_id)
    return Call(made["simId"], "", server_call_id)


async def people_in(cloud: Cloud, call: Call) -> set[str]:
    """The raw ids of everybody in the call, our own too."""
    return {one["rawId"] for one in (await look_at(cloud, call))["participants"]}


async def comes_in(cloud: Cloud, call: Call, raw_id: str) -> None:
    """Waits until somebody is in the call."""

    async def look() -> bool:
        return raw_id in await people_in(cloud, call)

    await eventually(look)


async def state_of_incoming(cloud: Cloud, call: Call) -> str:
    """Whether the call rings, was answered or was missed."""
    state: str = (await look_at(cloud, call))["incoming"]["state"]
    return state
