"""Our connections to calls: made, connected, left, ended."""

from functools import partial
from urllib.parse import urlsplit

from local.acs_model import event_grid_events, faults, identifiers, presence, transcription
from local.acs_model.callbacks import send_in_context
from local.acs_model.requests import CallLocator, Connect, HangUp, SetUp, Terminate
from local.acs_model.result_codes import (
    CONNECTED,
    CONVERSATION_ENDED,
    ENDED_BY_API,
    Result,
    bad_request,
    call_not_found,
)
from local.acs_model.state import Call, Connection, Parties, Transcription, World
from local.acs_model.steering import MakeCall
from local.conversation.agenda import Deed
from local.conversation.state import Socket
from local.conversation.steering import Speaker

CONNECTED_AFTER = (500, 1500)
"""Time in ms from the answer of connect and of answer to CallConnected; no recording has both [I]."""
DISCONNECTED_AFTER = 1200
"""Time in ms from a hang-up to CallDisconnected, as between the last two recorded events [R]."""
PARTICIPANTS_APART = 60
"""Time in ms between ParticipantsUpdated and CallConnected: 32 in the recording [R]."""


def connect(world: World, operation: Connect) -> Connection:
    """Join a call. Raises Refusal where there is none; a group or a room comes into being by joining."""
    body = operation.body
    check_callback(body)
    call = _call_of(world, body.call_locator)
    bot = identifiers.mint_bot(world)
    connection = enter(world, call, body, Parties("connect", bot, bot))
    delay = time_to_connect(world, call)
    failure = faults.outcome(world, "connect")
    if failure is not None:
        world.later(delay, partial(set_up_failed, world, connection, "ConnectFailed", failure))
        return connection
    world.later(delay, partial(connected, world, connection))
    transcription.start_at_setup(world, connection, delay)
    return connection


def find(world: World, connection_id: str) -> Connection:
    """The connection with this id. Raises Refusal (404) once it is disconnected."""
    connection = world.connections.get(connection_id)
    if connection is None or connection.state == "disconnected":
        raise call_not_found()
    return connection


def hang_up(world: World, operation: HangUp) -> None:
    """Leave; a call of two ends by that, any other goes on without this connection."""
    connection = find(world, operation.connection_id)
    if connection.call.two_party:
        end_call(world, connection.call, ENDED_BY_API)
    else:
        leave(world, connection, ENDED_BY_API)


def terminate(world: World, operation: Terminate) -> None:
    """End the call for everyone."""
    end_call(world, find(world, operation.connection_id).call, ENDED_BY_API)


def end_call(world: World, call: Call, result: Result) -> None:
    """Everybody leaves, and every connection hears why."""
    if call.ended_at is not None:
        return
    for connection in call.connections:
        leave(world, connection, result)
    presence.over(world, call)


def leave(world: World, connection: Connection, result: Result) -> None:
    """Take a connection out of its call; CallDisconnected follows."""
    if not connection.live:
        return
    call = connection.call
    transcription.end_with_connection(world, connection)
    connection.state = "disconnecting"
    delay = call.takes(DISCONNECTED_AFTER, call.manners.timings.disconnected)
    world.later(delay, partial(_disconnected, world, connection, result))


def person_leaves(world: World, call: Call, person: Speaker) -> None:
    """A person goes; the other one of a call of two is not left there alone."""
    presence.go_out(world, call, person)
    if presence.one_is_left(call):
        end_call(world, call, CONVERSATION_ENDED)
    else:
        presence.tell_participants(world, call)


def check_callback(body: SetUp) -> None:
    """Raises Refusal (400) where callbacks could not be sent."""
    if urlsplit(body.callback_uri).scheme not in ("http", "https"):
        raise bad_request("The callbackUri is not an http or https address.")


def time_to_connect(world: World, call: Call) -> int:
    """How long joining or answering takes (ms)."""
    return call.takes(world.random.uniform(*CONNECTED_AFTER), call.manners.timings.connected)


def enter(world: World, call: Call, body: SetUp, parties: Parties) -> Connection:
    """A new connection, still connecting."""
    options = body.transcription_options
    connection = Connection(
        connection_id=world.new_id(),
        call=call,
        body=body,
        parties=parties,
        transcription=Transcription(
            world.new_id(),
            locale=options.locale if options else "",
            speech_model=options.speech_model_endpoint_id if options else None,
            socket=Socket(binary=call.manners.frames == "binary"),
        ),
    )
    call.connections.append(connection)
    world.connections[connection.connection_id] = connection
    return connection


def connected(world: World, connection: Connection) -> None:
    """A connection that has not been left meanwhile is in its call."""
    if connection.state != "connecting":
        return
    connection.state = "connected"
    connection.joined_at = world.now
    call = connection.call
    presence.count_parties(call)
    event_grid_events.call_started(world, call, connection.parties.source)
    deeds: list[Deed] = [
        partial(presence.tell_participants, world, call),
        partial(send_in_context, world, connection, "CallConnected", CONNECTED),
    ]
    # ParticipantsUpdated was recorded ahead of CallConnected [R]; either may come first.
    first, second = world.random.sample(deeds, 2)
    first()
    world.later(call.scaled(PARTICIPANTS_APART), second)
    transcription.activate(world, connection)


def set_up_failed(world: World, connection: Connection, name: str, failure: Result) -> None:
    """A connection that has not been left meanwhile does not come about: the event `name` says so."""
    if connection.state != "connecting":
        return
    connection.state = "disconnected"
    connection.left_at = world.now
    send_in_context(world, connection, name, failure)


def _call_of(world: World, locator: CallLocator) -> Call:
    live = [call for call in world.calls.values() if call.ended_at is None and not presence.rings(call)]
    if locator.server_call_id:
        found = [call for call in live if call.server_call_id == locator.server_call_id]
    elif locator.group_call_id:
        found = [call for call in live if call.group_call_id == locator.group_call_id]
    elif locator.room_id:
        found = [call for call in live if call.room_id == locator.room_id]
    else:
        raise bad_request("The call locator names no call.")
    if found:
        return found[0]
    if locator.server_call_id:
        raise call_not_found()
    return presence.make_call(world, MakeCall(group_call_id=locator.group_call_id, room_id=locator.room_id))


def _disconnected(world: World, connection: Connection, result: Result) -> None:
    call = connection.call
    connection.state = "disconnected"
    connection.left_at = world.now
    send_in_context(world, connection, "CallDisconnected", result)
    presence.tell_participants(world, call)
    if not presence.raw_ids(call) and not any(c.live for c in call.connections):
        presence.over(world, call)
