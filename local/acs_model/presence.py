"""Who is in a call: people come and go, the call begins and is over."""

from itertools import chain

from local.acs_model import event_grid_events, identifiers
from local.acs_model.callbacks import send_participants
from local.acs_model.state import Call, World
from local.acs_model.steering import MakeCall
from local.conversation import speech
from local.conversation.steering import Manners, Speaker


def make_call(world: World, made: MakeCall) -> Call:
    """A call comes into being with its people in it; their script begins now, or with the first transcription."""
    call = begin(world, made)
    call.group_call_id, call.room_id = made.group_call_id, made.room_id
    for person in made.speakers:
        come_in(world, call, person)
    speech.take_script(world, call, made.script)
    return call


def begin(world: World, manners: Manners) -> Call:
    """A call that goes like this comes into being, still with nobody in it."""
    call = Call(
        sim_id=world.new_id(),
        server_call_id=identifiers.mint_server_call_id(world),
        correlation_id=world.new_id(),
        manners=manners,
        created_at=world.now,
    )
    world.calls[call.sim_id] = call
    return call


def come_in(world: World, call: Call, person: Speaker) -> None:
    """A person is in the call now."""
    call.people.append(person)
    count_parties(call)
    event_grid_events.participant_added(world, call, person)


def go_out(world: World, call: Call, person: Speaker) -> None:
    """A person is in the call no more."""
    call.people.remove(person)
    event_grid_events.participant_removed(world, call, person)


def over(world: World, call: Call) -> None:
    """The call is over; whoever was still in it is not any more."""
    if call.ended_at is not None:
        return
    for person in list(call.people):
        go_out(world, call, person)
    call.ended_at = world.now
    if call.incoming is not None and rings(call):
        call.incoming.state = "missed"
    event_grid_events.call_ended(world, call)


def rings(call: Call) -> bool:
    """Whether a call came in that nobody has answered yet: only its caller waits."""
    return call.incoming is not None and call.incoming.state == "ringing"


def count_parties(call: Call) -> None:
    """A call in which more than two are, or were, is no call of two any more [I]."""
    call.two_party = call.two_party and len(raw_ids(call)) <= _A_PAIR


def one_is_left(call: Call) -> bool:
    """Whether a call of two has lost one: then it ends for the other too."""
    return call.two_party and len(raw_ids(call)) < _A_PAIR


def raw_ids(call: Call) -> list[str]:
    """Everyone in the call, the people first, then the bots that are connected."""
    bots = (c.parties.bot for c in call.connections if c.state == "connected")
    return list(chain((person.raw_id for person in call.people), bots))


def tell_participants(world: World, call: Call) -> None:
    """Tell every connection in the call who is in it now."""
    participants = [identifiers.participant(raw_id) for raw_id in raw_ids(call)]
    for connection in call.connections:
        if connection.state == "connected":
            send_participants(world, connection, participants)


_A_PAIR = 2
