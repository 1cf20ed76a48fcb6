"""What must hold in every world."""

from collections import Counter
from typing import Any

from functions.lifecycle.session import Desired, State
from tests.simulation.world import World

UNDER_WAY_MS = 1000
"""A start that was saved before the stop may still be on its way that long."""


async def after_the_calm(world: World) -> list[str]:
    """What is wrong long after the last mishap: sessions must be where their calls are."""
    truth = await world.truth()
    wrong = [*world.hosts.faults]
    connections = {one["callConnectionId"]: one for call in truth for one in call["connections"]}
    for session_id in world.session_ids():
        session = world.session(session_id)
        real = connections.get(session.call_connection_id or "", {})
        name = session_id[-6:]
        if session.state not in {State.ACTIVE, State.STOPPED, State.FAILED}:
            wrong.append(f"{name} is still {session.state}, its connection is {real.get('state')}")
        if session.state is State.ACTIVE and not real.get("transcribing"):
            wrong.append(f"{name} says active, but ACS does not transcribe: {real}")
        if world.last_wish(session_id)[0] == "stop-requested" and session.desired is not Desired.STOPPED:
            wrong.append(f"{name} was stopped, but wants to transcribe")
        if session.state is State.FAILED and (session.error is None or not session.error.remedy):
            wrong.append(f"{name} failed without a remedy")
    wrong += two_bots(truth) + silent_bots(world, truth)
    return wrong


def two_bots(truth: list[dict[str, Any]]) -> list[str]:
    """Calls with more than one of our connections."""
    live = {
        call["simId"]: [one for one in call["connections"] if one["state"] == "connected"] for call in truth
    }
    return [f"call {sim_id[:8]} has {len(bots)} bots" for sim_id, bots in live.items() if len(bots) > 1]


def silent_bots(world: World, truth: list[dict[str, Any]]) -> list[str]:
    """Connections in a call that no live session has."""
    owned = {
        session.call_connection_id
        for session in map(world.session, world.session_ids())
        if session.ended_at is None
    }
    live = [
        one for call in truth for one in call["connections"] if one["state"] in {"connecting", "connected"}
    ]
    return [
        f"a bot nobody owns is in a call: {one['callConnectionId'][:8]}"
        for one in live
        if one["callConnectionId"] not in owned
    ]


async def at_the_end(world: World) -> list[str]:
    """What is wrong after everything was stopped."""
    truth = await world.truth()
    wrong = [*world.hosts.faults]
    for session_id in world.session_ids():
        session = world.session(session_id)
        if session.ended_at is None:
            wrong.append(f"{session_id[-6:]} never ended: {session.state}, {session.connection}")
        if session.pending:
            wrong.append(f"{session_id[-6:]} ended, but waits for {session.pending}")
    staying = [one for call in truth for one in call["connections"] if one["state"] != "disconnected"]
    wrong += [f"a bot is still in a call: {one}" for one in staying]
    return wrong + transcript_faults(world) + start_faults(world)


def transcript_faults(world: World) -> list[str]:
    """Finals that were lost, doubled, made up, or shown before they were stored."""
    stored = Counter(
        (session_id, content.text)
        for (session_id, row), (content, _) in world.tables["segments"].rows.items()
        if row[0].isdigit()
    )
    acknowledged = set(world.hub.acknowledged)
    return [
        *(f"lost: {said}" for said in acknowledged - set(stored)),
        *(f"twice: {said}" for said, times in stored.items() if times > 1),
        *(f"made up: {said}" for said in set(stored) - world.hub.tried),
        *(f"shown before it was stored: {segment}" for segment in world.viewers.too_early),
    ]


def start_faults(world: World) -> list[str]:
    """Starts that were asked for after their session's stop was saved for good."""
    wrong = []
    for session_id in world.session_ids():
        wish, stopped_at = world.last_wish(session_id)
        connection = world.session(session_id).call_connection_id
        late = [
            at
            for at, name, about in world.acs.asked
            if name == "StartTranscription" and about == connection and at > stopped_at + UNDER_WAY_MS
        ]
        if wish != "stop-requested":
            continue
        if connection and late:
            wrong.append(f"{session_id[-6:]} was started {late[0] - stopped_at} ms after its stop")
    return wrong
