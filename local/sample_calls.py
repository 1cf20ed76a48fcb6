"""The sample conversation in calls of every kind, each with people of its own: what all providers' calls share.

Starts bear an Idempotency-Key, so that one whose answer was lost can be repeated.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from .api import Api
from .sample_meeting import SCRIPT, Meeting, words_in

LONGEST_SECONDS = 120
"""Until a session is in its call, even if whoever was to bring it there died."""

type Sample = dict[str, Any]


@dataclass(frozen=True)
class Apis:
    """The functions, and the steering of the stand-ins for calls and for Web PubSub."""

    functions: Api
    calls: Api
    web_pubsub: Api


async def let_them_talk(apis: Apis, meeting: Meeting) -> None:
    """Nothing is asked for in the middle of the call."""
    del apis, meeting


@dataclass(frozen=True)
class Kind:
    """A way into a call: `name` for people to read, `open` gives the meeting once its call and its session are there.

    `midway` happens when half of it was said.
    """

    name: str
    open: Callable[[Apis, float], Awaitable[Meeting]]
    midway: Callable[[Apis, Meeting], Awaitable[None]] = let_them_talk


def new_phone() -> str:
    """A phone's raw id; of numbers that are nobody's."""
    return f"4:+1555{uuid4().int % 10**7:07d}"


def sample_said_by(*people: str) -> Sample:
    """The sample call, its words spread over these people; they begin once they are transcribed.

    Where there are fewer than in the sample some share a telephone, and its name says so.
    """
    sample: Sample = json.loads(SCRIPT.read_text())
    places = {speaker["rawId"]: place for place, speaker in enumerate(sample["speakers"])}
    script = [line | {"speaker": people[places[line["speaker"]] % len(people)]} for line in sample["script"]]
    names = [speaker["displayName"] for speaker in sample["speakers"]]
    speakers = [
        {"rawId": raw_id, "displayName": " and ".join(names[place :: len(people)])}
        for place, raw_id in enumerate(people)
    ]
    return {"startScript": "on-transcription", "speakers": speakers, "script": script}


def meeting_of(sample: Sample, sim_id: str, session_id: str) -> Meeting:
    """The call and its session."""
    names = {speaker["rawId"]: speaker["displayName"] for speaker in sample["speakers"]}
    return Meeting(sim_id, session_id, words_in(sample["script"]), names)


async def start(functions: Api, call: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The session of a call; a repeat finds it again."""
    body = {"call": call, "tag": "sample", **more}
    session: dict[str, Any] = await functions.post("/api/sessions", body, {"Idempotency-Key": str(uuid4())})
    return session
