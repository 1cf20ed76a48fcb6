"""What may be asked of any stand-in for calls itself: let someone call or speak, break something, look."""

from typing import Annotated, Literal

import msgspec

Milliseconds = Annotated[int, msgspec.Meta(ge=0)]
Duration = Annotated[int, msgspec.Meta(gt=0)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Steering(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Shared by all: camelCase on the wire, and a misspelt field is refused."""


class Speaker(Steering, frozen=True):
    """A person in a call."""

    raw_id: Text
    display_name: str = ""


class Line(Steering, frozen=True):
    """One utterance of a script; times in ms at speed 1, `delay` makes its final that much later."""

    at: Milliseconds
    speaker: str
    text: Text
    duration: Duration
    delay: Milliseconds = 0


class OwnLine(Steering, frozen=True, kw_only=True):
    """A `Line` that, without a speaker, is said by the one whose script it is: who calls, or who picks up."""

    at: Milliseconds
    speaker: str = ""
    text: Text
    duration: Duration
    delay: Milliseconds = 0


class Timings(Steering, frozen=True):
    """Fixed times in ms, not scaled by the call's speed; None: drawn as recorded."""

    connected: Milliseconds | None = None
    started: Milliseconds | None = None
    stopped: Milliseconds | None = None
    updated: Milliseconds | None = None
    disconnected: Milliseconds | None = None


class Manners(Steering, frozen=True, kw_only=True):
    """How a call goes, however it comes into being; `on-creation` is as soon as the speaker is in it."""

    speed: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    start_script: Literal["on-creation", "on-transcription"] = "on-creation"
    offset_form: Literal["relative", "counting-down"] = "relative"
    frames: Literal["text", "binary"] = "text"
    timings: Timings = Timings()
    callback_first: bool = False


class Ring(Manners, frozen=True, kw_only=True):
    """Somebody calls an identity or a number of ours; `speakers` are with the caller once it is answered."""

    caller: Text = msgspec.field(name="from")
    called: Text = msgspec.field(name="to")
    display_name: str = ""
    speakers: tuple[Speaker, ...] = ()
    script: tuple[OwnLine, ...] = ()


class Answering(Manners, frozen=True, kw_only=True):
    """What `target` (raw id or number) does when it is rung, from now on; the script begins as it picks up.

    A call goes at the speed, timings and so on of the first of its targets.
    """

    target: Text
    display_name: str = ""
    script: tuple[OwnLine, ...] = ()
    picks_up: bool = True


class Fault(Steering, frozen=True, kw_only=True):
    """How often something goes wrong that was asked to, and with which status if it is answered with one."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    times: Annotated[int, msgspec.Meta(ge=1)] = 1


class Speak(Steering, frozen=True):
    """Somebody says something now; ms at speed 1."""

    sim_id: str
    speaker: str
    text: Text
    duration: Duration
    delay: Milliseconds = 0


class Leave(Steering, frozen=True):
    """A person leaves the call; a call of two then ends, in any other the rest stays, and be it the bot alone."""

    sim_id: str
    raw_id: str


class EndCall(Steering, frozen=True):
    """Everyone leaves: the conversation has ended; a caller whom nobody answered hangs up."""

    sim_id: str


class DropSocket(Steering, frozen=True):
    """The transcript sockets of a call break; opened again after `reopen` ms, or never."""

    sim_id: str
    reopen: Milliseconds | None = 1000
    offsets: Literal["continue", "restart"] = "continue"


class DescribeCall(Steering, frozen=True):
    """What was really said and done in a call."""

    sim_id: str


class ListCalls(Steering, frozen=True):
    """All calls, the oldest first."""


class ListFaults(Steering, frozen=True):
    """The faults that requests are still to meet."""


class CallbackFaults(Steering, frozen=True):
    """How callbacks go astray: said twice, not at all, or up to `shuffle` ms late."""

    repeat: Probability = 0.0
    drop: Probability = 0.0
    shuffle: Milliseconds = 0
