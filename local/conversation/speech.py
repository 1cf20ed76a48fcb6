"""Speaking and hearing: utterances, growing hypotheses, finals, and finals that come late."""

from functools import partial

from local.conversation import sockets
from local.conversation.state import AnyWorld, Conversation, Hearing, Listener, Utterance, Word, Words
from local.conversation.steering import Line, Speak

# Some three hypotheses a second; a call at a higher speed does not get more of them per second,
# only fewer per utterance, so that one socket can carry them.
INTERIM_EVERY = 333
INTERIM_AT_LEAST_APART = 150
RECOGNITION = (200, 600)
OVERLAP_RECOGNITION = (300, 900)


def take_script(world: AnyWorld, call: Conversation, script: tuple[Line, ...]) -> None:
    """Let people say these lines, each at its time from now, or from the first transcription if that is awaited."""
    if call.manners.start_script == "on-transcription" and not call.transcribed:
        call.waiting_scripts.append(script)
        return
    for line in script:
        world.later(call.scaled(line.at), partial(say, world, call, line))


def say(world: AnyWorld, call: Conversation, line: Line | Speak) -> None:
    """Somebody begins to speak now, if the call still goes on."""
    if call.ended_at is not None:
        return
    words = _timed(line.text.split(), world.now, max(1, call.scaled(line.duration)))
    utterance = Utterance(line.speaker, words, call.scaled(line.delay), world.random.randrange(10_000))
    call.utterances.append(utterance)
    for listener in call.listeners.values():
        _hear(world, call, listener, utterance, 0)


def listen(world: AnyWorld, call: Conversation, listener: Listener) -> None:
    """Begin to hear those who are speaking now, from their next word on; what waited for this begins."""
    call.listeners[listener.id] = listener
    for utterance in call.utterances:
        first = utterance.words_begun(world.now)
        if first < len(utterance.words):
            _hear(world, call, listener, utterance, first)
    _begin_waiting_scripts(world, call)


def finish(world: AnyWorld, call: Conversation, listener_id: str) -> None:
    """Hear no more; everything said so far and still without a final gets it [I]."""
    listener = call.listeners.pop(listener_id, None)
    if listener is None:
        return
    for utterance, hearing in _open_hearings(call, listener_id):
        _make_final(world, listener, utterance, hearing)


def give_up(call: Conversation, listener_id: str) -> None:
    """Hear no more; nothing comes of what is still without a final."""
    call.listeners.pop(listener_id, None)
    for _, hearing in _open_hearings(call, listener_id):
        hearing.upto = hearing.first


def _begin_waiting_scripts(world: AnyWorld, call: Conversation) -> None:
    call.transcribed = True
    waiting, call.waiting_scripts = call.waiting_scripts, []
    for script in waiting:
        take_script(world, call, script)


def _open_hearings(call: Conversation, listener_id: str) -> list[tuple[Utterance, Hearing]]:
    return [
        (utterance, hearing)
        for utterance in call.utterances
        for hearing in utterance.hearings
        if hearing.upto is None and hearing.listener_id == listener_id
    ]


def _timed(texts: list[str], begins: int, duration: int) -> Words:
    """The words spread over `duration`, longer ones longer."""
    total = sum(len(text) + 1 for text in texts)
    words = []
    passed = 0
    for text in texts:
        until = passed + len(text) + 1
        words.append(Word(text, begins + duration * passed // total, begins + duration * until // total))
        passed = until
    return tuple(words)


def _hear(world: AnyWorld, call: Conversation, listener: Listener, utterance: Utterance, first: int) -> None:
    if not listener.hears(utterance.speaker):
        return
    hearing = Hearing(listener.id, first)
    utterance.hearings.append(hearing)
    world.later(utterance.ends - world.now, partial(_recognise, world, call, listener, utterance, hearing))
    _interim_later(world, call, listener, utterance, hearing)


def _interim_later(
    world: AnyWorld, call: Conversation, listener: Listener, utterance: Utterance, hearing: Hearing
) -> None:
    pause = max(call.scaled(INTERIM_EVERY), INTERIM_AT_LEAST_APART)
    if world.now + pause < utterance.ends:
        world.later(pause, partial(_interim, world, call, listener, utterance, hearing))


def _interim(
    world: AnyWorld, call: Conversation, listener: Listener, utterance: Utterance, hearing: Hearing
) -> None:
    if hearing.upto is not None:
        return
    upto = sum(word.ends <= world.now for word in utterance.words)
    if upto > max(hearing.first, hearing.shown):
        hearing.shown = upto
        frame = listener.interim(utterance, utterance.words[hearing.first : upto])
        if frame is not None:
            sockets.send(world, listener.socket, frame)
    _interim_later(world, call, listener, utterance, hearing)


def _recognise(
    world: AnyWorld, call: Conversation, listener: Listener, utterance: Utterance, hearing: Hearing
) -> None:
    latency = call.scaled(world.random.uniform(*RECOGNITION)) + utterance.delay
    if any(other is not utterance and other.begins <= world.now < other.ends for other in call.utterances):
        latency += call.scaled(world.random.uniform(*OVERLAP_RECOGNITION))
    world.later(latency, partial(_make_final, world, listener, utterance, hearing))


def _make_final(world: AnyWorld, listener: Listener, utterance: Utterance, hearing: Hearing) -> None:
    if hearing.upto is not None:
        return
    hearing.upto = max(hearing.first, utterance.words_begun(world.now))
    words = utterance.words[hearing.first : hearing.upto]
    if words:
        sockets.send(world, listener.socket, listener.final(utterance, words), hearing)
