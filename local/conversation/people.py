"""People, named by raw ids, and what they do when they are rung."""

from local.conversation.state import AnyWorld, Conversation
from local.conversation.steering import Answering, Line, OwnLine

PICKED_UP_AFTER = (300, 900)
"""Time in ms until somebody picks up [I]."""


def raw_id_of_text(text: str) -> str:
    """A raw id as it is, a bare number (`+1555…`) as the raw id of its phone."""
    return f"4:{text}" if text.startswith("+") else text


def answering_of(world: AnyWorld, who: str) -> Answering:
    """What this one (a raw id or a number) does when rung: pick up, unless told otherwise."""
    return world.answering.get(raw_id_of_text(who)) or Answering(target=who)


def time_to_pick_up(world: AnyWorld, call: Conversation, answering: Answering) -> int:
    """How long it rings (ms)."""
    return call.takes(world.random.uniform(*PICKED_UP_AFTER), answering.timings.connected)


def spoken_by(who: str, script: tuple[OwnLine, ...]) -> tuple[Line, ...]:
    """The script with a speaker to each line: `who` where none is named."""
    return tuple(Line(line.at, line.speaker or who, line.text, line.duration, line.delay) for line in script)
