"""The sample call, told to the stand-in and to the functions."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from .api import Api

SCRIPT = Path(__file__).parent / "sample_call.json"


@dataclass(frozen=True)
class Meeting:
    """A simulated call and the session that transcribes it; `lines` is how much its script says."""

    sim_id: str
    session_id: str
    lines: int
    names: dict[str, str]


async def open_meeting(functions: Api, calls: Api, speed: float) -> Meeting:
    """A call of three people that begins to talk once it is transcribed; 1.0 is the speed of life."""
    sample: dict[str, Any] = json.loads(SCRIPT.read_text())
    group = str(uuid4())
    call = await calls.post("/sim/calls", sample | {"groupCallId": group, "speed": speed})
    names = {speaker["rawId"]: speaker["displayName"] for speaker in sample["speakers"]}
    start = {"call": {"groupCallId": group}, "locale": "en-GB", "speakers": names, "tag": "sample"}
    session = await functions.post("/api/sessions", start)
    return Meeting(call["simId"], session["id"], len(sample["script"]), names)
