"""Simulated calls at Bandwidth: placed, rung, talked in, and asked what was really said and done."""

from typing import Any
from uuid import uuid4

from local.other_application import OtherApplication
from local.stack_bandwidth import BandwidthPlan
from tests.end_to_end.cloud import Cloud, eventually
from tests.end_to_end.rows import stored
from tests.end_to_end.sessions import Session, reaches, read, start

OURS = "+15550100000"
ALONE, GOING_ON, NOT_OURS = "+15550100001", "+15550100002", "+15550100009"
PAUSE = '<Pause duration="3600"/>'
ANSWER_RULES: list[dict[str, Any]] = [
    {"to": ALONE, "answerAlone": True, "locale": "fr-FR", "tag": "alone"},
    {"to": GOING_ON, "continueWith": PAUSE, "locale": "en-US"},
    {"to": NOT_OURS, "connectTo": "8:acs:somebody"},
]
SPEED = 20.0
QUICK = {"connected": 30, "started": 60, "disconnected": 30}
MANNERS = {"speed": SPEED, "timings": QUICK, "startScript": "on-transcription"}


def plan_of(cloud: Cloud) -> BandwidthPlan:
    """Where the stand-in is, and its secrets."""
    plan = cloud.stack.plan.bandwidth
    assert plan is not None
    return plan


def new_number() -> str:
    """A number that is nobody's."""
    return f"+1555{uuid4().int % 10**7:07d}"


async def steer(cloud: Cloud, path: str, body: Any = None) -> Any:
    """Post to the stand-in."""
    answer = await cloud.ask("POST", f"{plan_of(cloud).url}/sim/{path}", body or {})
    assert answer.status < 300, answer.text
    return answer.body if answer.text else None


async def look_at(cloud: Cloud, call_id: str) -> Any:
    """What was really said and done in a call."""
    return (await cloud.ask("GET", f"{plan_of(cloud).url}/sim/calls/{call_id}")).body


async def all_calls(cloud: Cloud) -> list[dict[str, Any]]:
    """Every call that there ever was."""
    calls: list[dict[str, Any]] = (await cloud.ask("GET", f"{plan_of(cloud).url}/sim/calls")).body["calls"]
    return calls


async def hang_up_everywhere(cloud: Cloud) -> None:
    """Every call that is under way ends."""
    for call in await all_calls(cloud):
        if call["endedAt"] is None:
            await steer(cloud, f"calls/{call['simId']}/hangup")


async def start_at(cloud: Cloud, call: dict[str, str], **more: Any) -> Session:
    """A new session of a call at Bandwidth."""
    return await start(cloud, {"bandwidth": call}, **more)


async def placed(cloud: Cloud, **more: Any) -> Session:
    """The session of a call that we placed, whose transcription runs, at rest."""
    callee = new_number()
    await steer(cloud, "answering", {"target": callee, **MANNERS})
    session = await start_at(cloud, {"to": callee, "from": OURS}, **more)
    return await at_rest(cloud, await reaches(cloud, session, "active"))


async def at_rest(cloud: Cloud, session: Session) -> Session:
    """The session once its socket is open, and nothing is under way that would change it by itself."""

    async def look() -> bool:
        found = (await stored(cloud, session)).session
        return bool(found.sockets) and not found.pending

    await eventually(look)
    return await read(cloud, session)


async def joined(cloud: Cloud, other: OtherApplication, **more: Any) -> Session:
    """The session of a call that another application runs, and has back after each request of ours."""
    call = {"callId": await another_call(cloud, other), "continueWith": redirect_to(other)}
    return await reaches(cloud, await start_at(cloud, call, **more), "active")


async def another_call(cloud: Cloud, other: OtherApplication) -> str:
    """The id of a call that another application runs."""
    callee = new_number()
    await steer(cloud, "answering", {"target": callee, **MANNERS})
    return await other.call(callee)


def redirect_to(other: OtherApplication) -> str:
    """The continuation that asks the other application what to do."""
    return f'<Redirect redirectUrl="{other.url}"/>'


async def push(cloud: Cloud, other: OtherApplication, call_id: str, *verbs: str) -> None:
    """The other application lets its call go on with these verbs."""
    headers = {"Authorization": f"Bearer {await other.token()}", "Content-Type": "application/xml"}
    url = f"{other.calls_url}/{call_id}/bxml"
    document = f"<Response>{''.join(verbs)}{PAUSE}</Response>"
    answer = await cloud.ask("PUT", url, document.encode(), headers)
    assert answer.status == 204, answer.text


async def ring(cloud: Cloud, to: str) -> str:
    """The id of a call to a number of ours."""
    call: dict[str, str] = await steer(cloud, "incoming", {"from": new_number(), "to": to, **MANNERS})
    return call["callId"]


async def answered(cloud: Cloud, to: str) -> Session:
    """The session of a call that a rule answered, whose transcription runs."""
    call_id = await ring(cloud, to)

    async def look() -> list[Session]:
        found: list[Session] = (await cloud.api("GET", f"/api/sessions?callConnectionId={call_id}")).body[
            "sessions"
        ]
        return found

    (session,) = await eventually(look)
    return await reaches(cloud, session, "active")


async def speak(cloud: Cloud, session: Session, speaker: str, text: str) -> None:
    """Somebody says something."""
    spoken = {"speaker": speaker, "text": text, "duration": 1000}
    await steer(cloud, f"calls/{session['callConnectionId']}/speak", spoken)


async def is_alive(cloud: Cloud, session: Session) -> bool:
    """Whether the session's call waits, nothing of ours runs in it, and nobody was hung up on."""
    call = await look_at(cloud, session["callConnectionId"])
    live = [one for one in call["transcriptions"] if one["state"] in ("opening", "active")]
    return (call["state"], call["running"], live) == ("answered", "Pause", [])
