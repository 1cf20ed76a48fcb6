"""BXML's verbs, as far as the stand-in knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a webhook goes, and the credentials that it has if it is asked for them. The URL may be relative.

    One whose answer is awaited goes to `fallback` if none comes that can be used.
    """

    url: str
    method: str = "POST"
    username: str = ""
    password: str = ""
    fallback: "Hook | None" = None


@dataclass(frozen=True, slots=True)
class StartTranscription:
    """Transcribe these tracks of the call from now on."""

    name: str | None
    tracks: tuple[str, ...]
    destination: str | None
    stabilized: bool
    hook: Hook | None
    custom_params: dict[str, str]


@dataclass(frozen=True, slots=True)
class StopTranscription:
    """End the transcription of this name, or all."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SpeakSentence:
    """A voice says this to the call's own party."""

    text: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with what is answered there."""

    hook: Hook


@dataclass(frozen=True, slots=True)
class Transfer:
    """Ring these numbers, and connect the first who picks up."""

    numbers: tuple[str, ...]
    timeout_seconds: float
    complete: Hook | None


@dataclass(frozen=True, slots=True)
class Bridge:
    """Connect with another call."""

    call_id: str
    complete: Hook | None
    target_complete: Hook | None


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A documented verb that the stand-in does not run."""

    name: str


type Verb = (
    StartTranscription
    | StopTranscription
    | Pause
    | SpeakSentence
    | Redirect
    | Transfer
    | Bridge
    | Hangup
    | NotRun
)
