"""Speaking and hearing: utterances, growing hypotheses, finals, and finals that come late."""

from functools import partial

from local.call_model import frames
from local.call_model.effects import SendFrame
from local.call_model.state import Call, Connection, Hearing, Utterance, Word, World
from local.call_model.steering import Line, Speak

# Some three hypotheses a second; a call at a higher speed does not get more of them per second,
# only fewer per utterance, so that one socket can carry them.
INTERIM_EVERY = 333
INTERIM_AT_LEAST_APART = 150
RECOGNITION = (200, 600)
OVERLAP_RECOGNITION = (300, 900)


def take_script(world: World, call: Call, script: tuple[Line, ...]) -> None:
    """Let people say these lines, each at its time from now, or from the first transcription if that is awaited."""
    if call.made.start_script == "on-transcription" and not call.transcribed:
        call.waiting_scripts.append(script)
        return
    for line in script:
        world.later(call.scaled(line.at), partial(say, world, call, line))


def begin_waiting_scripts(world: World, call: Call) -> None:
    """The first transcription is active: what waited for it begins."""
    call.transcribed = True
    waiting, call.waiting_scripts = call.waiting_scripts, []
    for script in waiting:
        take_script(world, call, script)


def say(world: World, call: Call, line: Line | Speak) -> None:
    """Somebody begins to speak now."""
    if call.ended_at is not None:
        return
    words = timed(line.text.split(), world.now, max(1, call.scaled(line.duration)))
    utterance = Utterance(line.speaker, words, call.scaled(line.delay), world.random.randrange(10_000))
    call.utterances.append(utterance)
    for connection in call.connections:
        if connection.transcription.phase == "active":
            _hear(world, connection, utterance, 0)


def hear_under_way(world: World, connection: Connection) -> None:
    """Begin to hear those who are speaking now, from their next word on."""
    for utterance in connection.call.utterances:
        first = utterance.words_begun(world.now)
        if first < len(utterance.words):
            _hear(world, connection, utterance, first)


def finalise(world: World, connection: Connection) -> None:
    """Make a final of everything said so far and still without one [I]."""
    for utterance in connection.call.utterances:
        for hearing in _open_hearings(connection, utterance):
            _make_final(world, connection, utterance, hearing)


def stop_hearing(connection: Connection) -> None:
    """Give up what is still without a final: nothing comes of it."""
    for utterance in connection.call.utterances:
        for hearing in _open_hearings(connection, utterance):
            hearing.upto = hearing.first


def _open_hearings(connection: Connection, utterance: Utterance) -> list[Hearing]:
    return [
        hearing
        for hearing in utterance.hearings
        if hearing.upto is None and hearing.connection_id == connection.connection_id
    ]


def timed(texts: list[str], begins: int, duration: int) -> tuple[Word, ...]:
    """The words spread over `duration`, longer ones longer."""
    total = sum(len(text) + 1 for text in texts)
    words = []
    passed = 0
    for text in texts:
        until = passed + len(text) + 1
        words.append(Word(text, begins + duration * passed // total, begins + duration * until // total))
        passed = until
    return tuple(words)


def _hear(world: World, connection: Connection, utterance: Utterance, first: int) -> None:
    hearing = Hearing(connection.connection_id, first)
    utterance.hearings.append(hearing)
    world.later(utterance.ends - world.now, partial(_recognise, world, connection, utterance, hearing))
    options = connection.options
    if options and options.enable_intermediate_results:
        _interim_later(world, connection, utterance, hearing)


def _interim_later(world: World, connection: Connection, utterance: Utterance, hearing: Hearing) -> None:
    pause = max(connection.call.scaled(INTERIM_EVERY), INTERIM_AT_LEAST_APART)
    if world.now + pause < utterance.ends:
        world.later(pause, partial(_interim, world, connection, utterance, hearing))


def _interim(world: World, connection: Connection, utterance: Utterance, hearing: Hearing) -> None:
    if hearing.upto is not None:
        return
    upto = sum(word.ends <= world.now for word in utterance.words)
    if upto > max(hearing.first, hearing.shown):
        hearing.shown = upto
        words = utterance.words[hearing.first : upto]
        send_frame(world, connection, frames.interim(world, connection, utterance, words), None)
    _interim_later(world, connection, utterance, hearing)


def _recognise(world: World, connection: Connection, utterance: Utterance, hearing: Hearing) -> None:
    call = connection.call
    latency = call.scaled(world.random.uniform(*RECOGNITION)) + utterance.delay
    if any(other is not utterance and other.begins <= world.now < other.ends for other in call.utterances):
        latency += call.scaled(world.random.uniform(*OVERLAP_RECOGNITION))
    world.later(latency, partial(_make_final, world, connection, utterance, hearing))


def _make_final(world: World, connection: Connection, utterance: Utterance, hearing: Hearing) -> None:
    if hearing.upto is not None:
        return
    hearing.upto = max(hearing.first, utterance.words_begun(world.now))
    words = utterance.words[hearing.first : hearing.upto]
    if words:
        send_frame(world, connection, frames.final(world, connection, utterance, words), hearing)


def send_frame(world: World, connection: Connection, payload: str, hearing: Hearing | None) -> None:
    """Send a frame if the socket is open; else it is gone, as in reality: nothing is replayed."""
    transcription = connection.transcription
    if transcription.socket_id is None or not transcription.socket_open:
        return
    confirm = None
    if hearing is not None:
        confirm = world.new_id()
        world.awaited[confirm] = hearing
    binary = connection.call.made.frames == "binary"
    world.emit(SendFrame(transcription.socket_id, payload, binary, confirm))
