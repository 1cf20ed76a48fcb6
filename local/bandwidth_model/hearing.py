"""Speaking and hearing: what somebody says is heard by every transcription of that track."""

from functools import partial

from local.bandwidth_model import frames
from local.bandwidth_model.state import Call, Transcription, World
from local.call_model.effects import SendFrame
from local.call_model.identifiers import raw_id_of_text
from local.call_model.speech import INTERIM_AT_LEAST_APART, INTERIM_EVERY, RECOGNITION, timed
from local.call_model.state import Hearing, Utterance, Word
from local.call_model.steering import Line, Speak


def track_of(call: Call, speaker: str) -> str | None:
    """Where a number (bare, or as a raw id) is heard; None if it is not in the call."""
    who = raw_id_of_text(speaker)
    if who == raw_id_of_text(call.own_party):
        return "inbound"
    far = (call.far_party, *call.joined)
    return "outbound" if who in map(raw_id_of_text, far) else None


def take_script(world: World, call: Call, script: tuple[Line, ...]) -> None:
    """Let people say these lines, each at its time from now, or from the first transcription if that is awaited."""
    if call.manners.start_script == "on-transcription" and not call.transcribed:
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
    """Somebody begins to speak now, if the call still goes on."""
    if call.ended_at is not None:
        return
    words = timed(line.text.split(), world.now, max(1, call.scaled(line.duration)))
    utterance = Utterance(line.speaker, words, call.scaled(line.delay), 0)
    call.utterances.append(utterance)
    for transcription in call.transcriptions:
        _hear(world, transcription, utterance, 0)


def hear_under_way(world: World, transcription: Transcription) -> None:
    """Begin to hear those who are speaking now, from their next word on."""
    for utterance in transcription.call.utterances:
        first = utterance.words_begun(world.now)
        if first < len(utterance.words):
            _hear(world, transcription, utterance, first)


def finalise(world: World, transcription: Transcription) -> None:
    """Make a final of everything said so far and still without one [I]."""
    for utterance, hearing in _open_hearings(transcription):
        _make_final(world, transcription, utterance, hearing)


def stop_hearing(transcription: Transcription) -> None:
    """Give up what is still without a final: nothing comes of it."""
    for _, hearing in _open_hearings(transcription):
        hearing.upto = hearing.first


def send_frame(world: World, transcription: Transcription, payload: str, hearing: Hearing | None) -> None:
    """Send a frame if the socket is open; else it is gone."""
    if transcription.socket_id is None or not transcription.socket_open:
        return
    confirm = None
    if hearing is not None:
        confirm = world.new_id()
        world.awaited[confirm] = hearing
    world.emit(SendFrame(transcription.socket_id, payload, binary=False, confirm=confirm))


def _open_hearings(transcription: Transcription) -> list[tuple[Utterance, Hearing]]:
    return [
        (utterance, hearing)
        for utterance in transcription.call.utterances
        for hearing in utterance.hearings
        if hearing.upto is None and hearing.connection_id == transcription.id
    ]


def _hear(world: World, transcription: Transcription, utterance: Utterance, first: int) -> None:
    track = track_of(transcription.call, utterance.speaker)
    if transcription.phase != "active" or track not in transcription.verb.tracks:
        return
    hearing = Hearing(transcription.id, first)
    utterance.hearings.append(hearing)
    latency = transcription.call.scaled(world.random.uniform(*RECOGNITION)) + utterance.delay
    wait = utterance.ends - world.now + latency
    world.later(wait, partial(_make_final, world, transcription, utterance, hearing))
    _partial_later(world, transcription, utterance, hearing)


def _partial_later(
    world: World, transcription: Transcription, utterance: Utterance, hearing: Hearing
) -> None:
    pause = max(transcription.call.scaled(INTERIM_EVERY), INTERIM_AT_LEAST_APART)
    if world.now + pause < utterance.ends:
        world.later(pause, partial(_partial, world, transcription, utterance, hearing))


def _partial(world: World, transcription: Transcription, utterance: Utterance, hearing: Hearing) -> None:
    if hearing.upto is not None:
        return
    upto = sum(word.ends <= world.now for word in utterance.words)
    if transcription.verb.stabilized:
        upto -= 1  # the newest word may still change, and is kept back [I]
    if upto > max(hearing.first, hearing.shown):
        hearing.shown = upto
        words = utterance.words[hearing.first : upto]
        _send_words(world, transcription, utterance, words, None)
    _partial_later(world, transcription, utterance, hearing)


def _make_final(world: World, transcription: Transcription, utterance: Utterance, hearing: Hearing) -> None:
    if hearing.upto is not None:
        return
    hearing.upto = max(hearing.first, utterance.words_begun(world.now))
    words = utterance.words[hearing.first : hearing.upto]
    if words:
        _send_words(world, transcription, utterance, words, hearing)


def _send_words(
    world: World,
    transcription: Transcription,
    utterance: Utterance,
    words: tuple[Word, ...],
    hearing: Hearing | None,
) -> None:
    """Send a final, if it has a hearing to confirm, else a partial; finals are kept for REST as well.

    Whoever is not in the call any more was on the other side: the call's own party takes the call along.
    """
    track = track_of(transcription.call, utterance.speaker) or "outbound"
    confidences = [round(world.random.uniform(0.6, 0.98), 4) for _ in words]
    if hearing is not None:
        text = " ".join(word.text for word in words)
        transcription.finals.append((track, text, sum(confidences) / len(confidences)))
    frame = frames.words(track, words, confidences, partial=hearing is None)
    send_frame(world, transcription, frame, hearing)
