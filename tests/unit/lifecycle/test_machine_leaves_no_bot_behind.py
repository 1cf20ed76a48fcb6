"""Sessions in a call whose callbacks come late, twice, in any order or never, and whose performers die."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.lifecycle import events
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import State
from tests.unit.lifecycle.virtual_acs import VirtualAcs

WHAT = st.sampled_from(
    ["callback"] * 5
    + ["outcome"] * 5
    + ["perform"] * 5
    + ["lose", "repeat", "die-before", "die-after", "wait", "stop", "start", "start"]
    + ["end-call", "fail", "duplicate"]
)
STEPS = st.lists(st.tuples(WHAT, st.integers(0, 7)), max_size=60)
PAUSES = (1, 400, 2000, 15_000, 30_000, 45_000, 60_000, 200_000)
FATES = {"perform": "well", "die-before": "died-before", "die-after": "died-after"}


def step(acs: VirtualAcs, what: str, which: int) -> None:
    if what in FATES:
        if acs.to_perform:
            acs.perform(acs.to_perform.pop(which % len(acs.to_perform)), FATES[what])
    elif what == "outcome":
        if acs.outcomes:
            acs.take_in(acs.outcomes.pop(which % len(acs.outcomes)))
    elif what in ("callback", "lose", "repeat"):
        pass_on_callback(acs, what, which)
    else:
        disturb(acs, what, which)


def pass_on_callback(acs: VirtualAcs, what: str, which: int) -> None:
    if not acs.callbacks:
        return
    place = which % len(acs.callbacks)
    event = acs.callbacks[place] if what == "repeat" else acs.callbacks.pop(place)
    if what != "lose":
        acs.take_in(event)


def disturb(acs: VirtualAcs, what: str, which: int) -> None:
    if what == "wait":
        acs.now += PAUSES[which]
        acs.take_in(events.TimePassed())
    elif what == "stop":
        acs.take_in(events.StopRequested())
    elif what == "start":
        acs.take_in(events.StartRequested())
    elif what == "end-call":
        acs.end_call()
    elif what == "duplicate":
        acs.duplicate_connection()
    elif acs.session.call_connection_id is not None:
        failed = Outcome(500, 8578, "Action failed, not able to establish WebSocket connection.")
        acs.take_in(events.TranscriptionFailed(acs.session.call_connection_id, failed))


def live_through(steps: list[tuple[str, int]]) -> VirtualAcs:
    acs = VirtualAcs()
    for what, which in steps:
        step(acs, what, which)
    return acs


@given(STEPS)
@settings(max_examples=400)
def test_after_a_stop_every_session_ends_and_every_connection_was_left(steps: list[tuple[str, int]]) -> None:
    acs = live_through(steps)
    acs.take_in(events.StopRequested())
    assert acs.settle()
    assert acs.session.ended_at is not None
    assert acs.bots_left_behind == set()


@given(STEPS)
@settings(max_examples=400)
def test_left_alone_a_session_comes_to_rest_transcribing_or_ended_with_no_bot_too_many(
    steps: list[tuple[str, int]],
) -> None:
    heard_of_the_end = not {"lose", "end-call"} <= {what for what, _ in steps}
    assume(heard_of_the_end)  # the socket's end, which would tell, was lost as well
    acs = live_through(steps)
    assert acs.settle(until=acs.session.must_end_at)
    ours = acs.session.call_connection_id
    if acs.session.ended_at is None:
        assert acs.session.state is State.ACTIVE
        assert acs.bots_left_behind == {ours}
        assert acs.legs[ours or ""].transcribing
    else:
        assert acs.bots_left_behind == set()


@given(STEPS)
def test_an_undisturbed_end_of_the_call_ends_the_session(steps: list[tuple[str, int]]) -> None:
    acs = live_through([(what, which) for what, which in steps if what not in ("start", "duplicate")])
    acs.end_call()
    assert acs.settle()
    assert acs.session.ended_at is not None
