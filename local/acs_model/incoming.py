"""Calls that come in: they ring until they are answered, rejected or redirected, or the caller hangs up."""

from functools import partial

from local.acs_model import (
    connections,
    event_grid_events,
    faults,
    identifiers,
    presence,
    ringing,
    transcription,
)
from local.acs_model.requests import AnswerCall, RedirectCall, RejectCall
from local.acs_model.result_codes import CONVERSATION_ENDED, Result, not_ringing
from local.acs_model.state import Call, Connection, Incoming, Parties, World
from local.conversation import people, speech
from local.conversation.people import raw_id_of_text
from local.conversation.steering import Ring, Speaker

_WHY_NOT = {
    "answered": "it is answered already",
    "rejected": "it was rejected",
    "redirected": "it was redirected",
    "missed": "its caller has hung up",
}


def ring(world: World, asked: Ring) -> Call:
    """Somebody calls us: an IncomingCall event goes out, and the caller waits."""
    call = presence.begin(world, asked)
    caller = Speaker(raw_id=raw_id_of_text(asked.caller), display_name=_name(asked))
    call.two_party = True
    call.incoming = Incoming(
        caller=caller,
        called=raw_id_of_text(asked.called),
        context=identifiers.mint_incoming_call_context(world),
        company=tuple(person for person in asked.speakers if person.raw_id != caller.raw_id),
        script=ringing.spoken_by(caller.raw_id, asked.script),
        rings_until=world.now + call.scaled(ringing.RINGS_FOR),
    )
    event_grid_events.incoming_call(world, call, call.incoming)
    world.later(call.scaled(ringing.RINGS_FOR), partial(_rung_out, world, call, call.incoming))
    return call


def answer(world: World, operation: AnswerCall) -> Connection:
    """Take a call that rings. Raises Refusal (404) where the context is of none."""
    body = operation.body
    connections.check_callback(body)
    call, incoming = _ringing(world, body.incoming_call_context)
    incoming.state = "answered"
    call.two_party = not incoming.company
    parties = Parties("answer", incoming.called, incoming.caller.raw_id, (incoming.called,))
    connection = connections.enter(world, call, body, parties)
    delay = connections.time_to_connect(world, call)
    failure = faults.outcome(world, "answer")
    if failure is not None:
        world.later(delay, partial(_failed, world, connection, incoming, failure))
        return connection
    world.later(delay, partial(_answered, world, connection, incoming))
    transcription.start_at_setup(world, connection, delay)
    return connection


def reject(world: World, operation: RejectCall) -> None:
    """Refuse a call that rings. Raises Refusal (404) where the context is of none."""
    call, incoming = _ringing(world, operation.body.incoming_call_context)
    incoming.state = "rejected"
    presence.over(world, call)


def redirect(world: World, operation: RedirectCall) -> None:
    """Let a call ring at somebody else, and without us from now on. Raises Refusal (404) where it does not ring."""
    body = operation.body
    target = identifiers.raw_id_of(body.target)
    call, incoming = _ringing(world, body.incoming_call_context)
    incoming.state = "redirected"
    answering = people.answering_of(world, target)
    if not answering.picks_up:
        world.later(call.scaled(ringing.RINGS_FOR), partial(presence.over, world, call))
        return
    delay = people.time_to_pick_up(world, call, answering)
    world.later(delay, partial(_redirected, world, call, incoming, target))


def _name(asked: Ring) -> str:
    """The caller's display name, given by itself or among the speakers."""
    caller = raw_id_of_text(asked.caller)
    names = [person.display_name for person in asked.speakers if person.raw_id == caller]
    return asked.display_name or "".join(names)


def _ringing(world: World, context: str) -> tuple[Call, Incoming]:
    for call in world.calls.values():
        incoming = call.incoming
        if incoming is None or incoming.context != context:
            continue
        if incoming.state != "ringing":
            raise not_ringing(_WHY_NOT[incoming.state])
        return call, incoming
    raise not_ringing("the incomingCallContext is of no call")


def _rung_out(world: World, call: Call, incoming: Incoming) -> None:
    if incoming.state == "ringing":
        presence.over(world, call)


def _answered(world: World, connection: Connection, incoming: Incoming) -> None:
    if connection.state != "connecting":
        return
    _come_in(world, connection.call, incoming)
    connections.connected(world, connection)
    speech.take_script(world, connection.call, incoming.script)


def _come_in(world: World, call: Call, incoming: Incoming) -> None:
    for person in (incoming.caller, *incoming.company):
        presence.come_in(world, call, person)


def _failed(world: World, connection: Connection, incoming: Incoming, failure: Result) -> None:
    """The caller hears nothing of it, and goes on ringing for as long as it would have [I]."""
    if connection.state != "connecting":
        return
    connections.set_up_failed(world, connection, "AnswerFailed", failure)
    incoming.state = "ringing"
    if world.now >= incoming.rings_until:
        connections.end_call(world, connection.call, CONVERSATION_ENDED)


def _redirected(world: World, call: Call, incoming: Incoming, target: str) -> None:
    if call.ended_at is not None:
        return
    _come_in(world, call, incoming)
    ringing.pick_up(world, call, target, people.answering_of(world, target))
    speech.take_script(world, call, incoming.script)
