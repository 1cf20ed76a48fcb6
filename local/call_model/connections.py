"""Calls and the bot's connections to them: made, connected, left, ended."""

from functools import partial
from itertools import chain
from urllib.parse import urlsplit

from local.call_model import faults, identifiers, speech, transcription
from local.call_model.callbacks import send_in_context, send_participants
from local.call_model.requests import CallLocator, Connect, ConnectBody, HangUp, Terminate
from local.call_model.result_codes import (
    CONNECTED,
    ENDED_BY_API,
    Refusal,
    Result,
    call_not_found,
)
from local.call_model.state import Call, Connection, Deed, Transcription, World
from local.call_model.steering import MakeCall

CONNECTED_AFTER = (500, 1500)
"""Time in ms from connect's answer to CallConnected; no recording has both [I]."""
DISCONNECTED_AFTER = 1200
"""Time in ms from a hang-up to CallDisconnected, as between the last two recorded events [R]."""
PARTICIPANTS_APART = 60
"""Time in ms between ParticipantsUpdated and CallConnected: 32 in the recording [R]."""


def make_call(world: World, made: MakeCall) -> Call:
    """A call comes into being; its script begins now, or with the first transcription."""
    call = Call(
        sim_id=world.new_id(),
        server_call_id=identifiers.mint_server_call_id(world),
        correlation_id=world.new_id(),
        made=made,
        created_at=world.now,
        people=list(made.speakers),
    )
    world.calls[call.sim_id] = call
    if made.start_script == "on-creation":
        speech.begin_script(world, call)
    return call


def connect(world: World, operation: Connect) -> Connection:
    """Join a call. Raises Refusal where there is none; a group or a room comes into being by joining."""
    body = operation.body
    if urlsplit(body.callback_uri).scheme not in ("http", "https"):
        raise Refusal(400, "8501", "The callbackUri is not an http or https address.")
    call = _call_of(world, body.call_locator)
    connection = _new_connection(world, call, body)
    timings = call.made.timings
    drawn = call.scaled(world.random.uniform(*CONNECTED_AFTER))
    delay = drawn if timings.connected is None else timings.connected
    failure = faults.outcome(world, "connect")
    if failure is not None:
        world.later(delay, partial(_connect_failed, world, connection, failure))
        return connection
    world.later(delay, partial(_connected, world, connection))
    transcription.start_at_setup(world, connection, delay)
    return connection


def find(world: World, connection_id: str) -> Connection:
    """The connection with this id. Raises Refusal (404) once it is disconnected."""
    connection = world.connections.get(connection_id)
    if connection is None or connection.state == "disconnected":
        raise call_not_found()
    return connection


def hang_up(world: World, operation: HangUp) -> None:
    """Leave; the call goes on without this connection."""
    leave(world, find(world, operation.connection_id), ENDED_BY_API)


def terminate(world: World, operation: Terminate) -> None:
    """End the call for everyone."""
    end_call(world, find(world, operation.connection_id).call, ENDED_BY_API)


def end_call(world: World, call: Call, result: Result) -> None:
    """Everybody leaves, and every connection hears why."""
    if call.ended_at is not None:
        return
    for connection in call.connections:
        leave(world, connection, result)
    call.ended_at = world.now
    call.people.clear()


def leave(world: World, connection: Connection, result: Result) -> None:
    """Take a connection out of its call; CallDisconnected follows."""
    if not connection.live:
        return
    call = connection.call
    transcription.end_with_connection(world, connection)
    connection.state = "disconnecting"
    fixed = call.made.timings.disconnected
    delay = call.scaled(DISCONNECTED_AFTER) if fixed is None else fixed
    world.later(delay, partial(_disconnected, world, connection, result))


def raw_ids(call: Call) -> list[str]:
    """Everyone in the call, the people first, then the bots that are connected."""
    bots = (c.bot for c in call.connections if c.state == "connected")
    return list(chain((person.raw_id for person in call.people), bots))


def tell_participants(world: World, call: Call) -> None:
    """Tell every connection in the call who is in it now."""
    participants = [identifiers.participant(raw_id) for raw_id in raw_ids(call)]
    for connection in call.connections:
        if connection.state == "connected":
            send_participants(world, connection, participants)


def _call_of(world: World, locator: CallLocator) -> Call:
    live = [call for call in world.calls.values() if call.ended_at is None]
    if locator.server_call_id:
        found = [call for call in live if call.server_call_id == locator.server_call_id]
    elif locator.group_call_id:
        found = [call for call in live if call.made.group_call_id == locator.group_call_id]
    elif locator.room_id:
        found = [call for call in live if call.made.room_id == locator.room_id]
    else:
        raise Refusal(400, "8501", "The call locator names no call.")
    if found:
        return found[0]
    if locator.server_call_id:
        raise call_not_found()
    return make_call(world, MakeCall(group_call_id=locator.group_call_id, room_id=locator.room_id))


def _new_connection(world: World, call: Call, body: ConnectBody) -> Connection:
    locale = body.transcription_options.locale if body.transcription_options else ""
    connection = Connection(
        connection_id=world.new_id(),
        call=call,
        body=body,
        bot=identifiers.mint_bot(world),
        transcription=Transcription(world.new_id(), locale=locale),
    )
    call.connections.append(connection)
    world.connections[connection.connection_id] = connection
    return connection


def _connected(world: World, connection: Connection) -> None:
    if connection.state != "connecting":
        return
    connection.state = "connected"
    connection.joined_at = world.now
    call = connection.call
    deeds: list[Deed] = [
        partial(tell_participants, world, call),
        partial(send_in_context, world, connection, "CallConnected", CONNECTED),
    ]
    # ParticipantsUpdated was recorded ahead of CallConnected [R]; either may come first.
    first, second = world.random.sample(deeds, 2)
    first()
    world.later(call.scaled(PARTICIPANTS_APART), second)
    transcription.activate(world, connection)


def _connect_failed(world: World, connection: Connection, failure: Result) -> None:
    if connection.state != "connecting":
        return
    connection.state = "disconnected"
    connection.left_at = world.now
    send_in_context(world, connection, "ConnectFailed", failure)


def _disconnected(world: World, connection: Connection, result: Result) -> None:
    call = connection.call
    connection.state = "disconnected"
    connection.left_at = world.now
    send_in_context(world, connection, "CallDisconnected", result)
    tell_participants(world, call)
    if not raw_ids(call) and not any(c.live for c in call.connections):
        call.ended_at = call.ended_at or world.now
