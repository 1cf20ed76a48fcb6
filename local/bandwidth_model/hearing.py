"""How a transcription hears: by tracks, with confidences, and perhaps stabilized."""

from functools import partial

from local.bandwidth_model import frames
from local.bandwidth_model.state import Call, Transcription, World
from local.conversation.people import raw_id_of_text
from local.conversation.state import Listener, Utterance, Words


def track_of(call: Call, speaker: str) -> str | None:
    """Where a number (bare, or as a raw id) is heard; None if it is not in the call."""
    who = raw_id_of_text(speaker)
    if who == raw_id_of_text(call.own_party):
        return "inbound"
    far = (call.far_party, *call.joined)
    return "outbound" if who in map(raw_id_of_text, far) else None


def listener_of(world: World, made: Transcription) -> Listener:
    """The transcription as one who listens to its call."""
    return Listener(
        made.id,
        made.socket,
        hears=lambda speaker: track_of(made.call, speaker) in made.verb.tracks,
        interim=partial(_interim, world, made),
        final=partial(_final, world, made),
    )


def _interim(world: World, made: Transcription, utterance: Utterance, words: Words) -> str | None:
    # Stabilized: the newest word may still change, and is kept back [I].
    shown = words[:-1] if made.verb.stabilized else words
    if not shown:
        return None
    return frames.words(_track(made, utterance), shown, _confidences(world, shown), partial=True)


def _final(world: World, made: Transcription, utterance: Utterance, words: Words) -> str:
    """A final is kept for REST as well."""
    track, confidences = _track(made, utterance), _confidences(world, words)
    text = " ".join(word.text for word in words)
    made.finals.append((track, text, sum(confidences) / len(confidences)))
    return frames.words(track, words, confidences, partial=False)


def _track(made: Transcription, utterance: Utterance) -> str:
    # Whoever is not in the call any more was on the other side: the call's own party takes the call along.
    return track_of(made.call, utterance.speaker) or "outbound"


def _confidences(world: World, words: Words) -> list[float]:
    return [round(world.random.uniform(0.6, 0.98), 4) for _ in words]
