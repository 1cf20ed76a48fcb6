"""What the demos count: every final, as often as it was spoken, stored and captioned."""

from collections import Counter
from typing import Any, NamedTuple

from .api import Api
from .sample_meeting import Described, Meeting, words_in

type Said = Counter[tuple[str, str]]


class Count(NamedTuple):
    """The finals: who said what, as often as it was spoken, stored and captioned; how many of these came live.

    *Spoken* is what the Web PubSub stand-in fully received from the call; *lost* is spoken, but not stored or not
    captioned; *duplicated* is spoken once, but stored or captioned twice.
    """

    spoken: Said
    stored: Said
    captioned: Said
    live: int

    @property
    def lost(self) -> int:
        """Spoken, but not stored or not captioned."""
        return ((self.spoken - self.stored) | (self.spoken - self.captioned)).total()

    @property
    def duplicated(self) -> int:
        """Stored or captioned more often than spoken."""
        return ((self.stored - self.spoken) | (self.captioned - self.spoken)).total()

    @property
    def fetched(self) -> int:
        """Captioned, but not live."""
        return self.captioned.total() - self.live

    def how_they_came(self) -> str:
        """What came live, and what did not."""
        return f"{self.live} of {self.captioned.total()} finals came live, {self.fetched} only by a fetch"

    def with_more(self, other: "Count") -> "Count":
        """Both together."""
        return Count(
            self.spoken + other.spoken,
            self.stored + other.stored,
            self.captioned + other.captioned,
            self.live + other.live,
        )

    def __str__(self) -> str:
        return (
            f"demo: finals spoken={self.spoken.total()} stored={self.stored.total()} "
            f"captioned={self.captioned.total()} lost={self.lost} duplicated={self.duplicated}"
        )


NOTHING = Count(Counter(), Counter(), Counter(), 0)


def count_spoken(call: Described, meeting: Meeting) -> Said:
    """What was said in the call and reached Web PubSub in full, by the ids of the transcript."""
    names = meeting.heard_as
    received = [line for line in call["spoken"] if line["received"]]
    return Counter((names.get(line["speaker"], line["speaker"]), line["text"]) for line in received)


def words_unheard(call: Described) -> int:
    """How many words reached nobody, since they were said while no socket was open."""
    return words_in(line for line in call["spoken"] if not line["received"])


async def read_transcript(functions: Api, meeting: Meeting) -> list[dict[str, Any]]:
    """The stored transcript, its gaps too."""
    page = await functions.get(f"/api/sessions/{meeting.session_id}/transcript?limit=1000")
    lines: list[dict[str, Any]] = page["segments"]
    return lines


def count_stored(lines: list[dict[str, Any]]) -> Said:
    """What a transcript holds."""
    return Counter((line["speaker"]["id"], line["text"]) for line in lines if "gap" not in line)


async def has_ended(functions: Api, meeting: Meeting) -> bool:
    """Whether every transcript socket of the session is closed: Web PubSub may still hold words until then."""
    journal = (await functions.get(f"/api/sessions/{meeting.session_id}/events"))["events"]
    heard = Counter(line["event"] for line in journal)
    return heard["socket-closed"] >= heard["socket-opened"]
