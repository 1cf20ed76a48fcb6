"""Somebody is rung: whether and when they pick up, and that they are in the call then."""

import msgspec

from local.acs_model import presence
from local.acs_model.state import Call, World
from local.conversation import people, speech
from local.conversation.steering import Answering, Line, OwnLine, Speaker

RINGS_FOR = 30_000
"""Time in ms until a ringing that nobody answers ends."""


def pick_up(world: World, call: Call, raw_id: str, answering: Answering) -> None:
    """The one rung is in the call, and begins to speak by the script."""
    presence.come_in(world, call, Speaker(raw_id=raw_id, display_name=answering.display_name))
    speech.take_script(world, call, spoken_by(raw_id, answering.script))


def spoken_by(raw_id: str, script: tuple[OwnLine, ...]) -> tuple[Line, ...]:
    """The script with a speaker to each line, as raw ids: `raw_id` where none is named."""
    lines = people.spoken_by(raw_id, script)
    return tuple(msgspec.structs.replace(line, speaker=people.raw_id_of_text(line.speaker)) for line in lines)
