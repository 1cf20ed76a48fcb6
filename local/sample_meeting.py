"""The sample call, told to the stand-in and to the functions."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from .api import Api

SCRIPT = Path(__file__).parent / "sample_call.json"
PAUSE_MS = 4000
"""At speed 1, before people say it all once more."""

type Described = dict[str, Any]
"""A simulated call as its stand-in tells of it."""


@dataclass(frozen=True)
class Meeting:
    """A simulated call and the session that transcribes it; `words` is how much its script says.

    `heard_as` has the ids by which the transcript knows speakers, where those are not the stand-in's own.
    """

    sim_id: str
    session_id: str
    words: int
    names: dict[str, str]
    heard_as: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """A simulated group call that nobody transcribes so far; `sample` has its people and its script."""

    sim_id: str
    group: str
    sample: Described


async def prepare_call(calls: Api, speed: float, rounds: int = 1, **manners: Any) -> Prepared:
    """A call of three people that begins to talk once it is transcribed; 1.0 is the speed of life.

    They say what they have to say so many times.
    """
    sample: Described = json.loads(SCRIPT.read_text())
    sample["script"] = said_again(sample["script"], rounds)
    group = str(uuid4())
    call = await calls.post("/sim/calls", sample | {"groupCallId": group, "speed": speed} | manners)
    return Prepared(call["simId"], group, sample)


async def open_meeting(functions: Api, calls: Api, speed: float, rounds: int = 1, **manners: Any) -> Meeting:
    """Such a call, and the session that transcribes it."""
    call = await prepare_call(calls, speed, rounds, **manners)
    names = {speaker["rawId"]: speaker["displayName"] for speaker in call.sample["speakers"]}
    start = {"call": {"groupCallId": call.group}, "locale": "en-GB", "speakers": names, "tag": "sample"}
    session = await functions.post("/api/sessions", start)
    return Meeting(call.sim_id, session["id"], words_in(call.sample["script"]), names)


def said_again(script: list[dict[str, Any]], rounds: int) -> list[dict[str, Any]]:
    """The script so many times, one after the other."""
    length = max(line["at"] + line["duration"] for line in script) + PAUSE_MS
    return [line | {"at": line["at"] + number * length} for number in range(rounds) for line in script]


def words_in(lines: Iterable[Mapping[str, Any]]) -> int:
    """How many words these lines have."""
    return sum(len(line["text"].split()) for line in lines)


async def describe(calls: Api, meeting: Meeting) -> Described:
    """What was really said and done in a call."""
    described: Described = await calls.get(f"/sim/calls/{meeting.sim_id}")
    return described
