"""What must hold of ACS's calls in every world."""

from typing import Any

from functions.lifecycle.session import Session
from tests.simulation.acs_people import AcsSide
from tests.simulation.scene import Scene
from tests.simulation.starts import Moments, started_after_its_stop, started_over_and_over

UNDER_WAY_MS = 1000

type Truth = list[dict[str, Any]]


async def after_the_calm(scene: Scene, side: AcsSide) -> list[str]:
    """What is wrong long after the last mishap."""
    truth = await side.truth()
    over_and_over = started_over_and_over(starts_of(side), started_of(side))
    return two_bots(truth) + silent_bots(scene, side, truth) + over_and_over


async def at_the_end(scene: Scene, side: AcsSide) -> list[str]:
    """What is wrong after everybody went home."""
    connections = [one for call in await side.truth() for one in call["connections"]]
    wrong = [f"a bot is still in a call: {one}" for one in connections if one["state"] != "disconnected"]
    wrong += [f"people were hung up on: {connection[:8]}" for connection in side.acs.hung_up_on]
    for session in scene.all_sessions():
        wrong += started_after_its_stop(scene, session, starts_on(side, session), UNDER_WAY_MS)
    return wrong


def starts_of(side: AcsSide) -> Moments:
    """When each connection was asked to start its transcription."""
    return [(at, connection) for at, name, connection in side.acs.asked if name == "StartTranscription"]


def started_of(side: AcsSide) -> Moments:
    """When each connection told that its transcription had started."""
    return [
        (record.at, record.connection.connection_id)
        for call in side.acs.calls._world.calls.values()
        for record in call.callbacks
        if record.event["type"].endswith("TranscriptionStarted")
    ]


def starts_on(side: AcsSide, session: Session) -> list[int]:
    """When the session's newest connection was asked to start its transcription."""
    own = session.call_connection_id
    return [at for at, connection in starts_of(side) if own and connection == own]


def two_bots(truth: Truth) -> list[str]:
    """Calls in which more than one connection of ours is at work, or was only joined for that."""
    busy = {
        call["simId"]: [
            one
            for one in call["connections"]
            if one["state"] == "connected" and (one["kind"] == "connect" or one["transcribing"])
        ]
        for call in truth
    }
    return [f"call {sim_id[:8]} has {len(bots)} bots" for sim_id, bots in busy.items() if len(bots) > 1]


def silent_bots(scene: Scene, side: AcsSide, truth: Truth) -> list[str]:
    """Connections in a call that no live session has, or that are alone there.

    One in a call that we placed or answered may stay with the people there after its session's end.
    """
    sessions = scene.all_sessions()
    live = {session.call_connection_id for session in sessions if session.ended_at is None}
    placed = {session.call_connection_id for session in sessions if not session.was_joined}
    bots = {one.parties.bot for one in side.acs.calls._world.connections.values()}
    wrong = []
    for call in truth:
        people = [one for one in call["participants"] if one["rawId"] not in bots]
        for one in call["connections"]:
            if one["state"] not in {"connecting", "connected"}:
                continue
            if one["callConnectionId"] not in live | placed:
                wrong.append(f"a bot nobody owns is in a call: {one['callConnectionId'][:8]}")
            if not people:
                wrong.append(f"a bot is alone in a call: {one['callConnectionId'][:8]} ({one['kind']})")
    return wrong
