"""Bugs made on purpose in what is Bandwidth's own, each of which its property must catch."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from functions.adapters import bandwidth
from functions.adapters.bandwidth import BandwidthCalls
from functions.errors import CallRefused, Unavailable
from functions.lifecycle import bandwidth_webhooks, ends, machine, next_step, turns
from functions.lifecycle.bandwidth_answers import CallAnswer, how_to_answer
from functions.lifecycle.bxml import STAY, Start, go_on_script, script, stop_verb
from functions.lifecycle.commands import Pending, StopTranscription
from functions.lifecycle.session import Connection, Desired, PlacedCall, Session, Transcription
from functions.transcript import bandwidth_frames
from tests.simulation import world
from tests.simulation.run import quiet, violations_of
from tests.simulation.test_simulation import WORLDS_TO_CATCH_A_BUG
from tests.simulation.world import Kind, kind_of

pytestmark = pytest.mark.timeout(
    600
)  # worlds cost nothing but time on the processor, of which there may be little

type Patch = pytest.MonkeyPatch


@pytest.fixture
def patch() -> Iterator[Patch]:
    quiet()
    with pytest.MonkeyPatch.context() as patching:
        yield patching


def lose_what_the_call_goes_on_with(patch: Patch) -> None:
    """A stop is nothing but a stop."""
    patch.setattr(bandwidth, "stop_script", lambda names, _: script(map(stop_verb, names)))


def go_on_as_we_like(patch: Patch) -> None:
    """Whoever runs the call is not asked again."""
    patch.setattr(bandwidth, "continuation_of", lambda _: STAY)


def hang_up_on_people(patch: Patch) -> None:
    """A stop ends every call."""
    patch.setattr(next_step, "leaves_when_done", lambda _: True)


def ring_again(patch: Patch) -> None:
    """A call of which nobody heard is placed once more."""
    place = BandwidthCalls.place

    async def until_answered(
        calls: BandwidthCalls, session: Session, pending: Pending, call: PlacedCall
    ) -> Any:
        try:
            return await place(calls, session, replace(pending, performed=1), call)
        except CallRefused as refused:
            raise Unavailable("nobody answered") from refused

    patch.setattr(BandwidthCalls, "place", until_answered)


def let_them_wait(patch: Patch) -> None:
    """Who picks up at the moment of a stop hears nothing, for a day."""

    def stay(session: Session) -> CallAnswer:
        answer = how_to_answer(session)
        is_in_call = session.connection is Connection.CONNECTED and not session.departing
        return CallAnswer.GO_ON if answer is CallAnswer.HANG_UP and is_in_call else answer

    patch.setattr(bandwidth, "how_to_answer", stay)


def let_it_ring(patch: Patch) -> None:
    """A stop does not stop the ringing."""
    patch.setattr(next_step, "is_still_ringing", lambda _: False)
    let_them_wait(patch)


def give_one_name_to_all(patch: Patch) -> None:
    """No start is told from the next."""
    one = lambda session, before=0: f"{session.id}-1"  # noqa: ARG005, E731 -- shorter than a function
    patch.setattr(bandwidth, "transcription_name", one)
    patch.setattr(bandwidth_webhooks, "transcription_name", one)


def give_long_names(patch: Patch) -> None:
    """Longer than Bandwidth takes them."""
    patch.setattr(bandwidth, "transcription_name", lambda session: f"{session.id}-{session.starts:0300d}")


def let_all_run(patch: Patch) -> None:
    """What ran before a start runs on, and what was to stop as well."""
    patch.setattr(bandwidth, "earlier_names", lambda _: [])
    patch.setattr(bandwidth, "stop_script", lambda _, goes_on: go_on_script(goes_on))


def end_without_a_stop(patch: Patch) -> None:
    """What still runs is forgotten."""
    stop = next_step.stop

    def forget(session: Session, connection: str, now: int) -> Any:
        after, commands = stop(session, connection, now)
        return (ends.end(after, now), []) if StopTranscription(connection) in commands else (after, commands)

    patch.setattr(next_step, "stop", forget)


def believe_strangers(patch: Patch) -> None:
    """Whoever has the address of a socket is heard."""
    patch.setattr(bandwidth_frames.Start, "belongs_to", lambda *_: True)


def hear_english(patch: Patch) -> None:
    """No start names its language."""

    def in_english(**told: Any) -> Start:
        return Start(**told | {"language": None})

    patch.setattr(bandwidth, "Start", in_english)


def start_though_stopped(patch: Patch) -> None:
    """A stop is forgotten while nothing is transcribed."""
    decide = next_step.close_the_gap

    def forget(session: Session, now: int) -> Any:
        if session.connection is Connection.CONNECTED and session.transcription is Transcription.INACTIVE:
            return decide(replace(session, desired=Desired.TRANSCRIBING), now)
        return decide(session, now)

    patch.setattr(machine, "close_the_gap", forget)


def retry_forever(patch: Patch) -> None:
    """No incident is ever long enough; told in worlds where no start ever comes about."""
    patch.setattr(world, "BROKEN_FOR_GOOD", 1.0)
    patch.setattr(turns, "MOST_FAILURES", 1_000_000)


BUGS: tuple[tuple[Callable[[Patch], None], str], ...] = (
    (lose_what_the_call_goes_on_with, "broke off"),
    (lose_what_the_call_goes_on_with, "runs out"),
    (go_on_as_we_like, "does not go on as its application wants"),
    (hang_up_on_people, "broke off"),
    (ring_again, "rang 2 times"),
    (let_them_wait, "ended before it was in its call"),
    (let_it_ring, "ended before it was in its call"),
    (give_one_name_to_all, "was given the name"),
    (give_long_names, "a name is too long"),
    (let_all_run, "transcriptions of ours at once"),
    (end_without_a_stop, "nobody has the transcription"),
    (believe_strangers, "a stranger was heard"),
    (hear_english, "but is transcribed in en-US"),
    (start_though_stopped, "after its stop"),
    (retry_forever, "over and over"),
)


@pytest.mark.parametrize(("bug", "told"), BUGS, ids=lambda one: getattr(one, "__name__", None))
def test_a_bug_made_on_purpose_is_caught_by_its_property(
    bug: Callable[[Patch], None], told: str, patch: Patch
) -> None:
    bug(patch)
    worlds = (seed for seed in range(WORLDS_TO_CATCH_A_BUG) if kind_of(seed) is not Kind.ACS)
    assert any(told in line for seed in worlds for line in violations_of(seed))
