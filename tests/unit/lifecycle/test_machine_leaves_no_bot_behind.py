"""Sessions in a call whose callbacks come late, twice, in any order or never, and whose performers die."""

from collections.abc import Callable

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.lifecycle import events
from functions.lifecycle.commands import (
    Invite,
    Leave,
    Pending,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
)
from functions.lifecycle.deadlines import MOST_FAILURES
from functions.lifecycle.events import Event
from functions.lifecycle.session import Connection, Session, StartRequest, State
from tests.unit.lifecycle.story import ADA, ANSWERED_ALONE, CALLER, INCOMING, KINDS, PLACED, REQUEST, at_setup
from tests.unit.lifecycle.virtual_acs import Step, VirtualAcs

DELIVERIES = ["callback"] * 5 + ["outcome"] * 5 + ["perform"] * 5 + ["lose", "repeat"]
ACCIDENTS = [
    "die-before",
    "die-after",
    "unanswered",
    "wait",
    "wait",
    "fail",
    "drop-sockets",
    "reopen",
    "duplicate",
]
PEOPLE = ["come", "go", "pick-up", "pick-up", "decline", "end-call"]
WISHES = ["stop", "start", "start", "restart", "german", "english", "names"]
WHAT = st.sampled_from(DELIVERIES + ACCIDENTS + PEOPLE + WISHES)
WITH_ERASURE = st.sampled_from([*DELIVERIES, *ACCIDENTS, *PEOPLE, *WISHES, "erase"])
STEPS = st.lists(st.tuples(WHAT, st.integers(0, 7)), max_size=60)
ALL = [*KINDS.values(), ANSWERED_ALONE]
REQUESTS = st.sampled_from([*ALL, *(at_setup(request) for request in ALL)])
NOT_JOINED = st.sampled_from([PLACED, INCOMING, ANSWERED_ALONE, at_setup(PLACED), at_setup(INCOMING)])
PAUSES = (1, 400, 2000, 15_000, 30_000, 45_000, 60_000, 200_000)
FATES = {
    "perform": "well",
    "die-before": "died-before",
    "die-after": "died-after",
    "unanswered": "unanswered",
}
HOUR_MS = 3_600_000
EXAMPLES = settings(max_examples=250)
WISHED: dict[str, Event] = {
    "stop": events.StopRequested(),
    "start": events.StartRequested(),
    "restart": events.RestartRequested(),
    "german": events.LocaleRequested("de-DE"),
    "english": events.LocaleRequested("en-US"),
    "names": events.SpeakersNamed({ADA: "Ada"}),
    "erase": events.ErasureRequested(),
}
HAPPENING: dict[str, Callable[[VirtualAcs], None]] = {
    "fail": VirtualAcs.break_transcription,
    "drop-sockets": VirtualAcs.drop_sockets,
    "reopen": VirtualAcs.reopen_sockets,
    "duplicate": VirtualAcs.duplicate_connection,
    "come": lambda acs: acs.come(CALLER if acs.request.call == INCOMING.call else ADA),
    "go": VirtualAcs.go,
    "pick-up": VirtualAcs.pick_up,
    "decline": VirtualAcs.decline,
    "end-call": VirtualAcs.end_call,
}


def step(acs: VirtualAcs, what: str, which: int) -> None:
    if what in FATES:
        if acs.to_perform:
            acs.perform(acs.to_perform.pop(which % len(acs.to_perform)), FATES[what])
    elif what == "outcome":
        if acs.outcomes:
            acs.take_in(acs.outcomes.pop(which % len(acs.outcomes)))
    elif what in ("callback", "lose", "repeat"):
        pass_on_callback(acs, what, which)
    elif what == "wait":
        acs.now += PAUSES[which]
        acs.take_in(events.TimePassed())
    elif what in WISHED:
        acs.take_in(WISHED[what])
    else:
        HAPPENING[what](acs)


def pass_on_callback(acs: VirtualAcs, what: str, which: int) -> None:
    if not acs.callbacks:
        return
    place = which % len(acs.callbacks)
    event = acs.callbacks[place] if what == "repeat" else acs.callbacks.pop(place)
    if what != "lose":
        acs.hear(event)


def live_through(steps: list[tuple[str, int]], request: StartRequest = REQUEST) -> VirtualAcs:
    acs = VirtualAcs(request)
    for what, which in steps:
        step(acs, what, which)
    return acs


@given(STEPS)
@EXAMPLES
def test_after_a_stop_a_call_that_we_joined_was_left_with_every_connection(
    steps: list[tuple[str, int]],
) -> None:
    acs = live_through(steps)
    acs.take_in(events.StopRequested())
    assert acs.settle()
    assert acs.session.ended_at is not None
    assert acs.bots_left_behind == set()


@given(STEPS, REQUESTS)
@EXAMPLES
def test_once_everybody_has_gone_so_have_we(steps: list[tuple[str, int]], request: StartRequest) -> None:
    acs = live_through(steps, request)
    acs.go()
    assert acs.settle()
    assert acs.session.ended_at is not None
    assert acs.bots_left_behind == set()


@given(STEPS, NOT_JOINED)
@EXAMPLES
def test_a_stop_of_a_call_that_we_placed_or_answered_hangs_up_on_nobody(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    acs = live_through(steps, request)
    acs.take_in(events.StopRequested())
    assert acs.settle(until=acs.now + HOUR_MS)
    assert acs.session.ended_at is not None
    assert not any(leg.transcribing for leg in acs.legs.values() if leg.id in acs.known)
    for leg in acs.legs.values():
        ours = leg.id == acs.session.call_connection_id
        if ours and leg.present:
            assert acs.people
            assert acs.session.connection is Connection.CONNECTED


@given(STEPS, REQUESTS)
@EXAMPLES
def test_left_alone_a_session_comes_to_rest_transcribing_or_ended_with_no_bot_too_many(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    happened = {what for what, _ in steps}
    assume(
        "lose" not in happened or not happened & {"end-call", "fail"}
    )  # the socket's end would tell, if not lost
    acs = live_through(steps, request)
    assert acs.settle(until=acs.now + HOUR_MS)
    ours = acs.session.call_connection_id or ""
    if acs.session.ended_at is None:
        assert acs.session.state is State.ACTIVE
        assert acs.bots_left_behind == {ours}
        assert acs.legs[ours].transcribing
        assert acs.legs[ours].locale == acs.session.locale
    else:
        assert acs.bots_left_behind <= ({ours} if acs.people and not acs.session.was_joined else set())


@given(STEPS, REQUESTS)
@EXAMPLES
def test_an_undisturbed_end_of_the_call_ends_the_session(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    left_out = ("start", "restart", "duplicate")
    acs = live_through([(what, which) for what, which in steps if what not in left_out], request)
    acs.end_call()
    assert acs.settle()
    assert acs.session.ended_at is not None
    assert acs.bots_left_behind == set()


@given(st.lists(st.tuples(WITH_ERASURE, st.integers(0, 7)), max_size=60), REQUESTS)
@EXAMPLES
def test_of_an_erased_session_only_a_tombstone_remains_and_no_word(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    acs = live_through(steps, request)
    acs.take_in(events.ErasureRequested())
    assert acs.settle(until=acs.now + HOUR_MS)
    session = acs.session
    assert session.words_erased
    assert session.erasure_due is None or session.connection is Connection.CONNECTED
    assert (session.speakers, session.names, session.request.speakers, session.request.tag) == (
        {},
        {},
        {},
        None,
    )
    assert not acs.legs or ADA not in repr(session)
    assert acs.wiped_at >= acs.spoke_at
    for one in acs.steps:
        after = one.decision.session
        assert not after.words_erased or (after.ended_at is not None and after.erased_at is not None)


@given(STEPS, NOT_JOINED)
@EXAMPLES
def test_we_hang_up_only_alone_or_ringing_or_when_a_caller_waits_for_nobody(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    acs = live_through(steps, request)
    acs.settle(until=acs.now + HOUR_MS)
    for one in acs.steps:
        before, after = one.before, one.decision.session
        leaves = Leave(after.call_connection_id or "") in [
            pending.command for pending in one.decision.commands
        ]
        assert not leaves or after.departing or after.connection is Connection.GONE
        if after.departing and not before.departing:
            assert before.connection is Connection.CONNECTING or is_reason_to_go(one)


def is_reason_to_go(one: Step) -> bool:
    """Whether the event says that nobody else is there, or that nobody comes."""
    event = one.event
    if isinstance(event, events.PeopleCounted):
        return event.people == ()
    if isinstance(event, events.CommandRefused | events.TimePassed):
        return has_invited(one.before) and not has_invited(one.decision.session)
    return isinstance(event, events.InvitationFailed)


def has_invited(session: Session) -> bool:
    return any(isinstance(pending.command, Invite) for pending in session.pending)


@given(STEPS, REQUESTS)
@EXAMPLES
def test_a_transcription_command_is_not_sent_again_before_something_told_of_the_first(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    acs = live_through(steps, request)
    acs.settle(until=acs.now + HOUR_MS)
    open_questions: dict[type, Pending] = {}
    for one in acs.steps:
        forget_what_is_told(one, open_questions)
        for pending in one.decision.commands:
            kind = type(pending.command)
            if kind not in (StartTranscription, StopTranscription, UpdateTranscription):
                continue
            assert pending.performed == 1
            assert kind not in open_questions, one
            open_questions[kind] = pending


TELLING = (
    events.TranscriptionStarted,
    events.TranscriptionStopped,
    events.TranscriptionFailed,
    events.TranscriptionUpdated,
    events.StreamBegan,
    events.CallReported,
    events.CallConnected,
    events.RestartRequested,  # which begins anew
)


def forget_what_is_told(one: Step, open_questions: dict[type, Pending]) -> None:
    """Forget the commands of which the event, or the answer that it is, says what became of them."""
    if isinstance(one.event, TELLING):
        open_questions.clear()
    if isinstance(one.event, events.CommandRefused | events.CommandAccepted):
        for kind, pending in list(open_questions.items()):
            if pending.id == one.event.command:
                del open_questions[kind]


@given(STEPS, REQUESTS)
@EXAMPLES
def test_failures_never_pass_their_limit(steps: list[tuple[str, int]], request: StartRequest) -> None:
    acs = live_through(steps, request)
    for one in acs.steps:
        assert one.decision.session.failures <= MOST_FAILURES


@given(STEPS, REQUESTS)
@EXAMPLES
def test_a_locale_changes_in_place_only_where_acs_can_do_that(
    steps: list[tuple[str, int]], request: StartRequest
) -> None:
    acs = live_through(steps, request)
    for one in acs.steps:
        updates = any(isinstance(pending.command, UpdateTranscription) for pending in one.decision.commands)
        assert not (updates and one.before.was_joined)
