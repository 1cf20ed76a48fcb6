"""What people do when they are rung, and what they say then."""

from local.bandwidth_model.state import Call, World
from local.call_model.identifiers import raw_id_of_text
from local.call_model.steering import Answering, Line, OwnLine

PICKED_UP_AFTER = (300, 900)
"""Time in ms until somebody picks up [I]."""


def answering_of(world: World, number: str) -> Answering:
    """What this number does when rung: pick up, unless told otherwise."""
    return world.answering.get(raw_id_of_text(number)) or Answering(target=number)


def time_to_pick_up(world: World, call: Call, answering: Answering) -> int:
    """How long it rings (ms)."""
    drawn = call.scaled(world.random.uniform(*PICKED_UP_AFTER))
    fixed = answering.timings.connected
    return drawn if fixed is None else fixed


def spoken_by(number: str, script: tuple[OwnLine, ...]) -> tuple[Line, ...]:
    """The script with a speaker to each line: `number` where none is named."""
    return tuple(
        Line(line.at, line.speaker or number, line.text, line.duration, line.delay) for line in script
    )
