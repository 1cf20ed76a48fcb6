"""Somebody is rung: whether and when they pick up, and that they are in the call then."""

from local.call_model import presence, speech
from local.call_model.identifiers import raw_id_of_text
from local.call_model.state import Call, World
from local.call_model.steering import Answering, Line, OwnLine, Speaker

RINGS_FOR = 30_000
"""Time in ms until a ringing that nobody answers ends."""
PICKED_UP_AFTER = (300, 900)
"""Time in ms until somebody picks up [I]."""


def instruct(world: World, answering: Answering) -> None:
    """From now on whoever this is about does so when rung."""
    world.answering[raw_id_of_text(answering.target)] = answering


def answering_of(world: World, raw_id: str) -> Answering:
    """What this one does when rung: pick up, unless told otherwise."""
    return world.answering.get(raw_id) or Answering(target=raw_id)


def time_to_pick_up(world: World, call: Call, answering: Answering) -> int:
    """How long it rings (ms)."""
    drawn = call.scaled(world.random.uniform(*PICKED_UP_AFTER))
    fixed = answering.timings.connected
    return drawn if fixed is None else fixed


def pick_up(world: World, call: Call, raw_id: str, answering: Answering) -> None:
    """The one rung is in the call, and begins to speak by the script."""
    presence.come_in(world, call, Speaker(raw_id=raw_id, display_name=answering.display_name))
    speech.take_script(world, call, spoken_by(raw_id, answering.script))


def spoken_by(raw_id: str, script: tuple[OwnLine, ...]) -> tuple[Line, ...]:
    """The script with a speaker to each line, as raw ids: `raw_id` where none is named."""
    return tuple(
        Line(line.at, raw_id_of_text(line.speaker) or raw_id, line.text, line.duration, line.delay)
        for line in script
    )
