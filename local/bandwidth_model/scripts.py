"""A call's script: its verbs one after another, until one waits, the script runs out, or another takes its place."""

from collections.abc import Callable
from functools import partial
from typing import Any

from local.bandwidth_model import bxml, endings, transcription, verbs, webhooks
from local.bandwidth_model.state import Bridged, Call, World
from local.conversation import speech
from local.conversation.people import answering_of, spoken_by, time_to_pick_up
from local.conversation.steering import Line

MS_PER_CHARACTER = 60
"""How long a voice takes to say a character [I]."""


def begin(world: World, call: Call, document: str, base_url: str) -> None:
    """Let the call go on with this document, whatever it was doing. Relative URLs are taken from `base_url`."""
    interrupt(world, call)
    call.base_url = base_url
    try:
        call.script = bxml.read(document)
    except bxml.InvalidBxml as invalid:
        endings.end_call(world, call, "invalid-bxml", str(invalid))
        return
    _run(world, call)


def fetch(world: World, call: Call, hook: verbs.Hook, kind: str, **details: Any) -> None:
    """Ask for the call's next script, and go on with it."""
    call.running = kind
    target = webhooks.absolute(call, hook)
    webhooks.ask(world, call, target, kind, partial(_fetched, world, call, target.url), **details)


def _fetched(world: World, call: Call, base_url: str, document: str) -> None:
    begin(world, call, document, base_url)


def interrupt(world: World, call: Call) -> None:
    """End the running verb and drop the rest; a bridged call leaves its bridge."""
    call.turn += 1
    call.script, call.running = [], None
    endings.leave_bridge(world, call)


def _run(world: World, call: Call) -> None:
    while call.script and call.ended_at is None:
        verb = call.script.pop(0)
        call.running = type(verb).__name__
        if _PERFORM[type(verb)](world, call, verb):
            return
    endings.end_call(world, call, "hangup")


def _later(world: World, call: Call, milliseconds: float, deed: Callable[[], None]) -> None:
    """Do this after so many ms, if the same script runs still."""
    turn = call.turn

    def in_turn() -> None:
        if call.turn == turn and call.ended_at is None:
            deed()

    world.later(milliseconds, in_turn)


def _start(world: World, call: Call, verb: verbs.StartTranscription) -> bool:
    transcription.start(world, call, verb)
    return False


def _stop(world: World, call: Call, verb: verbs.StopTranscription) -> bool:
    transcription.stop(world, call, verb.name)
    return False


def _pause(world: World, call: Call, verb: verbs.Pause) -> bool:
    _later(world, call, call.scaled(verb.seconds * 1000), partial(_run, world, call))
    return True


def _speak(world: World, call: Call, verb: verbs.SpeakSentence) -> bool:
    if not verb.text:
        return False
    lasts = len(verb.text) * MS_PER_CHARACTER
    speech.say(world, call, Line(0, call.far_party, verb.text, lasts))
    _later(world, call, call.scaled(lasts), partial(_run, world, call))
    return True


def _redirect(world: World, call: Call, verb: verbs.Redirect) -> bool:
    fetch(world, call, verb.hook, "redirect")
    return True


def _hang_up(world: World, call: Call, _: verbs.Hangup) -> bool:
    endings.end_call(world, call, "hangup")
    return True


def _not_run(world: World, call: Call, verb: verbs.NotRun) -> bool:
    endings.end_call(world, call, "error", f"The stand-in does not run <{verb.name}>.")
    return True


def _transfer(world: World, call: Call, verb: verbs.Transfer) -> bool:
    takers = [number for number in verb.numbers if answering_of(world, number).picks_up]
    if takers:
        wait = time_to_pick_up(world, call, answering_of(world, takers[0]))
        _later(world, call, wait, partial(_join, world, call, verb, takers[0]))
    else:
        wait = call.scaled(verb.timeout_seconds * 1000)
        _later(world, call, wait, partial(_transferred, world, call, verb, "timeout"))
    return True


def _join(world: World, call: Call, verb: verbs.Transfer, number: str) -> None:
    call.joined.append(number)
    call.bridged = Bridged(partial(_transferred, world, call, verb, "hangup"))
    speech.take_script(world, call, spoken_by(number, answering_of(world, number).script))


def _transferred(world: World, call: Call, verb: verbs.Transfer, cause: str) -> None:
    if verb.complete is None:
        _run(world, call)
    else:
        fetch(world, call, verb.complete, "transferComplete", cause=cause)


def _bridge(world: World, call: Call, verb: verbs.Bridge) -> bool:
    """Connect two calls; what one's party says is not heard on the other's `outbound`, that must be said there."""
    other = world.calls.get(verb.call_id)
    if other is None or other is call or other.state != "answered" or other.bridged is not None:
        _bridge_over(world, call, verb.complete, "error")
        return True
    interrupt(world, other)
    other.running = "Bridge"
    call.bridged = Bridged(partial(_bridge_over, world, call, verb.complete, "hangup"), other.call_id)
    other.bridged = Bridged(partial(_target_left, world, other, call, verb.target_complete), call.call_id)
    return True


def _bridge_over(world: World, call: Call, complete: verbs.Hook | None, cause: str) -> None:
    if complete is None:
        _run(world, call)
    else:
        fetch(world, call, complete, "bridgeComplete", cause=cause)


def _target_left(world: World, target: Call, bridging: Call, complete: verbs.Hook | None) -> None:
    if complete is None:
        endings.end_call(world, target, "hangup")
    else:
        fetch(world, target, webhooks.absolute(bridging, complete), "bridgeTargetComplete", cause="hangup")


_PERFORM: dict[type, Callable[[World, Call, Any], bool]] = {
    verbs.StartTranscription: _start,
    verbs.StopTranscription: _stop,
    verbs.Pause: _pause,
    verbs.SpeakSentence: _speak,
    verbs.Redirect: _redirect,
    verbs.Transfer: _transfer,
    verbs.Bridge: _bridge,
    verbs.Hangup: _hang_up,
    verbs.NotRun: _not_run,
}
"""By the type of the verb; true where the script waits, or is over."""
