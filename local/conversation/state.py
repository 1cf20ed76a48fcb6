"""What every model of calls remembers: the world, conversations, what was said in them and who listens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.conversation.agenda import Agenda
from local.conversation.steering import Answering, Line, Manners

PUNCTUATION = ".,!?;:\"'…()"


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is said (ms since the epoch)."""

    text: str
    begins: int
    ends: int


type Words = tuple[Word, ...]


@dataclass(slots=True)
class Hearing:
    """One listener's recognition of an utterance: of its words `first` up to `upto`.

    `upto` is None until the final is made; equal to `first` if nothing came of it.
    """

    listener_id: str
    first: int
    upto: int | None = None
    shown: int = 0
    received: bool = False


@dataclass(slots=True)
class Utterance:
    """What one person says in one breath. `ticks` (below 1 ms) make its offsets uneven, as real ones are."""

    speaker: str
    words: Words
    delay: int
    ticks: int
    hearings: list[Hearing] = field(default_factory=list)

    @property
    def begins(self) -> int:
        """When its first word begins (ms)."""
        return self.words[0].begins

    @property
    def ends(self) -> int:
        """When its last word ends (ms)."""
        return self.words[-1].ends

    def words_begun(self, now: int) -> int:
        """How many words have begun at that moment."""
        return sum(word.begins < now for word in self.words)


@dataclass(slots=True)
class Socket:
    """A transcript socket; without an `id` there is none now. Frames go out while it is open."""

    binary: bool = False
    id: str | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """A transcription under way: which speakers it hears, and the frames that it makes of words.

    `interim` is asked with the words that are over, and gives None where it makes nothing of them.
    """

    id: str
    socket: Socket
    hears: Callable[[str], bool]
    interim: Callable[[Utterance, Words], str | None]
    final: Callable[[Utterance, Words], str]


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A call in which people talk; moments in ms since the epoch."""

    manners: Manners
    created_at: int
    ended_at: int | None = None
    transcribed: bool = False
    waiting_scripts: list[tuple[Line, ...]] = field(default_factory=list)
    utterances: list[Utterance] = field(default_factory=list)
    listeners: dict[str, Listener] = field(default_factory=dict)

    def scaled(self, milliseconds: float) -> int:
        """How long this takes at the call's speed (ms)."""
        return round(milliseconds / self.manners.speed)

    def takes(self, drawn: float, fixed: int | None) -> int:
        """How long this takes (ms): what was drawn, at the call's speed, unless it is fixed."""
        return self.scaled(drawn) if fixed is None else fixed


@dataclass(slots=True)
class Conversations[Effect, Call, Socketed](Agenda[Effect]):
    """All calls, whose each socket is, the finals that are not known to be read, and what people do when rung."""

    calls: dict[str, Call] = field(default_factory=dict)
    sockets: dict[str, Socketed] = field(default_factory=dict)
    awaited: dict[str, Hearing] = field(default_factory=dict)
    answering: dict[str, Answering] = field(default_factory=dict)


type AnyWorld = Conversations[Any, Any, Any]
