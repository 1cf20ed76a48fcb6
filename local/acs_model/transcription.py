"""Transcription of a connection: start, stop, update, and its socket."""

from functools import partial

from local.acs_model import frames
from local.acs_model.callbacks import send_transcription
from local.acs_model.effects import OpenSocket
from local.acs_model.requests import TranscriptionBody
from local.acs_model.result_codes import NO_SOCKET, RESUMED, STARTED, STOPPED, Result, failed, not_active
from local.acs_model.state import Connection, World
from local.acs_model.transcription_checks import why_not, why_not_at_setup
from local.conversation import sockets, speech
from local.conversation.inputs import SocketLost, SocketOpened, SocketRefused
from local.conversation.state import Listener

STARTED_AFTER = (600, 1900, 4300)
"""Recorded times in ms from a start's 202 to its TranscriptionStarted [R]."""
STOPPED_AFTER = (200, 500)
FAILED_AFTER = (150, 500)
SOCKET_OPENS_AT = 0.6
"""How far into the start its socket is opened [I]."""
REOPEN_AFTER = 1000
SOCKET_TRIES = 3


def start(world: World, connection: Connection, body: TranscriptionBody) -> None:
    """Accept a start; it succeeds or fails later."""
    failure = why_not(connection, body)
    if failure is not None:
        fail_later(world, connection, failure, body)
        return
    if connection.transcription.phase in ("starting", "active"):
        return  # accepted, and nothing more comes of it [I]
    if connection.transcription.phase == "stopping":
        _stopped(world, connection, connection.transcription.subscription_id)
    call = connection.call
    delay = call.takes(world.random.choice(STARTED_AFTER), call.manners.timings.started)
    begin(world, connection, body, delay)


def start_at_setup(world: World, connection: Connection, delay: int) -> None:
    """Start with the connection: active in the moment it is connected, so no first words are lost."""
    options = connection.options
    if options is None or not options.start_transcription:
        return
    body = TranscriptionBody(operation_context=connection.body.operation_context)
    failure = why_not_at_setup(connection, body)
    if failure is None:
        begin(world, connection, body, delay)
        return
    # After CallConnected, which comes up to a moment after `delay`.
    pause = delay + connection.call.scaled(FAILED_AFTER[0]) + 1
    world.later(pause, partial(_fail_if_connected, world, connection, failure, body))


def _fail_if_connected(
    world: World, connection: Connection, failure: Result, body: TranscriptionBody
) -> None:
    if connection.state == "connected":
        fail(world, connection, failure, body)


def begin(world: World, connection: Connection, body: TranscriptionBody, delay: int) -> None:
    """Open the socket soon, be active after `delay` ms if it is open by then."""
    transcription, options = connection.transcription, connection.options
    transcription.subscription_id = world.new_id()
    transcription.phase = "starting"
    transcription.locale = body.locale or (options.locale if options else "")
    transcription.speech_model = body.speech_model_endpoint_id or (
        options.speech_model_endpoint_id if options else None
    )
    transcription.operation = body
    transcription.due = world.now + delay
    transcription.refusals = 0
    transcription.restart_offsets = False
    subscription = transcription.subscription_id
    world.later(delay * SOCKET_OPENS_AT, partial(_open_socket, world, connection, subscription))


def activate(world: World, connection: Connection) -> None:
    """Become active once connected, the time has come, and the socket is open."""
    transcription = connection.transcription
    ready = transcription.socket.open and world.now >= transcription.due
    if transcription.phase != "starting" or connection.state != "connected" or not ready:
        return
    transcription.phase = "active"
    transcription.origin = world.now
    send_transcription(world, connection, STARTED, transcription.operation)
    _listen(world, connection)


def stop(world: World, connection: Connection, body: TranscriptionBody) -> None:
    """Accept a stop: words still being said get their final, then TranscriptionStopped comes [I].

    Raises Refusal (412/8583) while nothing is active; a start that is on its way does not count [R].
    """
    transcription = connection.transcription
    if transcription.phase != "active":
        raise not_active()
    speech.finish(world, connection.call, connection.connection_id)
    transcription.phase = "stopping"
    transcription.operation = body
    call = connection.call
    delay = call.takes(world.random.uniform(*STOPPED_AFTER), call.manners.timings.stopped)
    world.later(delay, partial(_stopped, world, connection, transcription.subscription_id))


def end_with_connection(world: World, connection: Connection) -> None:
    """The connection goes: last finals, the socket closes, and no TranscriptionStopped comes [R]."""
    speech.finish(world, connection.call, connection.connection_id)
    connection.transcription.phase = "inactive"
    sockets.close(world, connection.transcription.socket)


def fail_later(world: World, connection: Connection, failure: Result, body: TranscriptionBody) -> None:
    """TranscriptionFailed follows the 202 in a moment."""
    delay = connection.call.scaled(world.random.uniform(*FAILED_AFTER))
    world.later(delay, partial(fail, world, connection, failure, body))


def fail(world: World, connection: Connection, failure: Result, body: TranscriptionBody) -> None:
    """Send TranscriptionFailed for an operation; the transcription itself stays as it is."""
    send_transcription(world, connection, failed(failure), body)


def socket_opened(world: World, opened: SocketOpened) -> None:
    """A socket is open: metadata first, then it is used."""
    connection = sockets.opened(world, opened)
    if connection is None:
        return
    transcription = connection.transcription
    transcription.socket.open = True
    transcription.refusals = 0
    sockets.send(world, transcription.socket, frames.metadata(connection))
    if transcription.phase == "starting":
        world.later(max(0, transcription.due - world.now), partial(activate, world, connection))
    else:
        _resume(world, connection)


def socket_refused(world: World, refused: SocketRefused) -> None:
    """A socket could not be opened: after a few tries the transcription fails."""
    connection = world.sockets.get(refused.socket_id)
    if connection is None:
        return
    transcription = connection.transcription
    sockets.forget(world, transcription.socket)
    transcription.refusals += 1
    if transcription.refusals < SOCKET_TRIES:
        _reopen_later(world, connection, connection.call.scaled(REOPEN_AFTER))
        return
    transcription.phase = "inactive"
    speech.give_up(connection.call, connection.connection_id)
    fail(world, connection, NO_SOCKET, transcription.operation)


def socket_lost(world: World, lost: SocketLost) -> None:
    """An open socket is gone: it is opened again after a moment."""
    connection = world.sockets.get(lost.socket_id)
    if connection is None:
        return
    sockets.forget(world, connection.transcription.socket)
    _reopen_later(world, connection, connection.call.scaled(REOPEN_AFTER))


def drop_socket(world: World, connection: Connection, reopen: int | None, *, restart: bool) -> None:
    """Break the socket; open it again after `reopen` ms, or never, with offsets that may begin anew."""
    transcription = connection.transcription
    sockets.cut(world, transcription.socket)
    transcription.restart_offsets = restart
    if reopen is not None:
        _reopen_later(world, connection, reopen)


def _listen(world: World, connection: Connection) -> None:
    listener = Listener(
        connection.connection_id,
        connection.transcription.socket,
        hears=lambda _: True,
        interim=partial(frames.interim, world, connection),
        final=partial(frames.final, world, connection),
    )
    speech.listen(world, connection.call, listener)


def _stopped(world: World, connection: Connection, subscription: str) -> None:
    transcription = connection.transcription
    if transcription.phase != "stopping" or transcription.subscription_id != subscription:
        return
    transcription.phase = "inactive"
    sockets.close(world, connection.transcription.socket)
    send_transcription(world, connection, STOPPED, transcription.operation)


def _resume(world: World, connection: Connection) -> None:
    transcription = connection.transcription
    if transcription.restart_offsets:
        transcription.restart_offsets = False
        transcription.origin = world.now
        speech.give_up(connection.call, connection.connection_id)
        if transcription.phase == "active":
            _listen(world, connection)
    send_transcription(world, connection, RESUMED, transcription.operation)


def _open_socket(world: World, connection: Connection, subscription: str) -> None:
    transcription, options = connection.transcription, connection.options
    current = transcription.subscription_id == subscription and transcription.phase != "inactive"
    if options is None or not current or transcription.socket.id is not None:
        return
    socket_id = sockets.name(world, transcription.socket, connection)
    ids = (connection.connection_id, connection.call.correlation_id)
    world.emit(OpenSocket(socket_id, options.transport_url, *ids))


def _reopen_later(world: World, connection: Connection, delay: int) -> None:
    subscription = connection.transcription.subscription_id
    world.later(delay, partial(_open_socket, world, connection, subscription))
