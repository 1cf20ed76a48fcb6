"""Calls that we place: their targets ring; the first who picks up connects us."""

from functools import partial

from local.acs_model import connections, faults, identifiers, presence, ringing, transcription
from local.acs_model.requests import CreateBody, CreateCall
from local.acs_model.result_codes import NO_ANSWER, Result, bad_request
from local.acs_model.state import Call, Connection, Parties, World
from local.conversation import people
from local.conversation.steering import Answering


def create(world: World, operation: CreateCall) -> Connection:
    """Call the targets. Raises Refusal where the request names none, or a phone but no number to call from."""
    body = operation.body
    targets = _targets(body)
    answering = {target: people.answering_of(world, target) for target in targets}
    call = presence.begin(world, answering[targets[0]])
    call.two_party = len(targets) == 1
    source = body.source.id if body.source else identifiers.mint_bot(world)
    connection = connections.enter(world, call, body, Parties("create", source, source, targets))
    pickups = {
        target: people.time_to_pick_up(world, call, does)
        for target, does in answering.items()
        if does.picks_up
    }
    failure = faults.outcome(world, "create") or (None if pickups else NO_ANSWER)
    if failure is not None:
        delay = min(pickups.values(), default=call.scaled(ringing.RINGS_FOR))
        world.later(delay, partial(_failed, world, connection, failure))
        return connection
    for target, delay in pickups.items():
        world.later(delay, partial(_picked_up, world, connection, target, answering[target]))
    transcription.start_at_setup(world, connection, min(pickups.values()))
    return connection


def _targets(body: CreateBody) -> tuple[str, ...]:
    connections.check_callback(body)
    targets = tuple(dict.fromkeys(identifiers.raw_id_of(target) for target in body.targets))
    if not targets:
        raise bad_request("There are no targets to call.")
    if body.source_caller_id_number is None and any(target.startswith("4:") for target in targets):
        raise bad_request("A call to a phone needs the sourceCallerIdNumber.")  # as documented [D]
    return targets


def _picked_up(world: World, connection: Connection, target: str, does: Answering) -> None:
    call: Call = connection.call
    if not connection.live:
        return
    ringing.pick_up(world, call, target, does)
    if connection.state == "connecting":
        connections.connected(world, connection)
    else:
        presence.tell_participants(world, call)


def _failed(world: World, connection: Connection, failure: Result) -> None:
    connections.set_up_failed(world, connection, "CreateCallFailed", failure)
    if not any(c.live for c in connection.call.connections):
        presence.over(world, connection.call)
