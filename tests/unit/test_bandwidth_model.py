from typing import Any

import pytest

from functions.transcript.bandwidth_frames import Start, Words, read_frame
from local.bandwidth_model.effects import OpenSocket, SendWebhook
from local.bandwidth_model.requests import (
    CreateCall,
    DeleteTranscription,
    GetCall,
    GetTranscription,
    ListTranscriptions,
    ModifyBody,
    ModifyCall,
    ReplaceBxml,
)
from local.bandwidth_model.steering import DisturbWebhooks, InjectFault, WebhookFaults
from local.conversation.effects import BreakSocket, CloseSocket, SendFrame
from local.conversation.inputs import SocketOpened
from local.conversation.steering import Answering, DropSocket, EndCall, Leave, Speak, Timings
from tests.unit.virtual_bandwidth import (
    APP,
    OURS,
    PAUSE,
    SOCKET,
    THEIRS,
    THIRD,
    VirtualBandwidth,
    bxml,
    creation,
    line,
    start,
)

STARTED, REJECTED, STOPPED, AVAILABLE = (
    f"realTimeTranscription{what}" for what in ("Started", "Rejected", "Stopped", "Available")
)
SPELLINGS = ("realTimeTranscription", "transcription")


def details(event: dict[str, Any]) -> dict[str, Any]:
    (name,) = [name for name in SPELLINGS if name in event]
    return dict(event[name])


@pytest.fixture
def virtual() -> VirtualBandwidth:
    return VirtualBandwidth()


def transcribed(virtual: VirtualBandwidth, *lines: Any, **attributes: str) -> str:
    """A placed call that is transcribed, whose party says these lines."""
    call = virtual.place(start(**attributes), PAUSE, script=lines)
    virtual.run_until(lambda: bool(virtual.webhooks(STARTED, call)))
    return call


# --- scripts


def test_a_script_that_runs_out_hangs_up(virtual: VirtualBandwidth) -> None:
    call = virtual.place('<Pause duration="3"/>')
    assert virtual.truth(call)["state"] == "answered"
    virtual.run(4000)
    assert virtual.webhooks("disconnect", call)[0]["cause"] == "hangup"


def test_an_empty_answer_hangs_up(virtual: VirtualBandwidth) -> None:
    call = virtual.place()
    assert virtual.truth(call)["cause"] == "hangup"


def test_pushed_bxml_ends_the_running_verb_and_drops_the_rest(virtual: VirtualBandwidth) -> None:
    call = virtual.place('<Pause duration="3"/>', '<Redirect redirectUrl="/next"/>')
    virtual.push(call, PAUSE)
    virtual.run(10_000)
    assert virtual.truth(call)["running"] == "Pause"
    assert "redirect" not in virtual.types()


def test_pushed_bxml_without_a_verb_that_waits_hangs_up(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual)
    virtual.push(call, "<StopTranscription/>")
    virtual.run(1000)
    assert virtual.truth(call)["cause"] == "hangup"


@pytest.mark.parametrize("document", ["<Response>", bxml("<Dance/>")])
def test_invalid_bxml_fails_the_call(virtual: VirtualBandwidth, document: str) -> None:
    call = virtual.place(PAUSE)
    virtual.done(ReplaceBxml(call, document))
    virtual.run(1000)
    (disconnected,) = virtual.webhooks("disconnect", call)
    assert (disconnected["cause"], bool(disconnected["errorMessage"])) == ("invalid-bxml", True)


def test_a_verb_that_is_not_run_says_so(virtual: VirtualBandwidth) -> None:
    call = virtual.place("<Gather/>", PAUSE)
    assert "<Gather>" in virtual.truth(call)["errorMessage"]


def test_relative_urls_are_taken_from_where_the_script_came(virtual: VirtualBandwidth) -> None:
    virtual.documents["redirect"] = bxml(PAUSE)
    virtual.place('<Redirect redirectUrl="next?a=1"/>')
    sent = virtual.of(SendWebhook)[-1]
    assert (sent.event["eventType"], sent.hook.url) == ("redirect", f"{APP}/next?a=1")


@pytest.mark.parametrize("status", [None, 401, 500])
def test_a_call_that_gets_no_script_ends(virtual: VirtualBandwidth, status: int | None) -> None:
    virtual.statuses["answer"] = status
    call = virtual.place(PAUSE)
    virtual.run(1000)
    assert virtual.webhooks("disconnect", call)[0]["cause"] == "callback-error"


def test_a_second_url_is_asked_where_the_first_gives_no_script(virtual: VirtualBandwidth) -> None:
    virtual.statuses["answer"] = None
    virtual.documents["answer"] = bxml(PAUSE)
    created = virtual.done(CreateCall(creation(answer_fallback_url=f"{APP}/second")))
    virtual.run_until(lambda: virtual.types().count("answer") == 1)
    virtual.statuses["answer"] = 200
    virtual.run(1000)
    first, second = (sent for sent in virtual.of(SendWebhook) if sent.event["eventType"] == "answer")
    assert (first.hook.url, second.hook.url) == (f"{APP}/answer", f"{APP}/second")
    assert first.event == second.event
    assert virtual.truth(created["callId"])["running"] == "Pause"


def test_a_script_that_comes_after_another_was_pushed_is_dropped(virtual: VirtualBandwidth) -> None:
    virtual.documents["redirect"] = bxml("<Hangup/>")
    call = virtual.place('<Pause duration="1"/>', '<Redirect redirectUrl="/next"/>')
    virtual.latency = 300
    virtual.run_until(lambda: "redirect" in virtual.types())
    virtual.push(call, PAUSE)
    virtual.run(1000)
    assert virtual.truth(call)["running"] == "Pause"


def test_a_sentence_is_heard_on_the_outbound_track(virtual: VirtualBandwidth) -> None:
    virtual.place(
        start(), '<Pause duration="2"/>', "<SpeakSentence>This call is written down.</SpeakSentence>", PAUSE
    )
    virtual.run(6000)
    assert virtual.words() == [("outbound", "This call is written down.")]


def test_a_transferred_call_hears_the_other_and_goes_on_after_it(virtual: VirtualBandwidth) -> None:
    virtual.done(Answering(target=THIRD, script=(line(2000, "Third here."),)))
    call = virtual.place(start(), f"<Transfer><PhoneNumber>{THIRD}</PhoneNumber></Transfer>", PAUSE)
    virtual.run(6000)
    assert ("outbound", "Third here.") in virtual.words()
    virtual.done(Leave(call, THIRD))
    assert virtual.truth(call)["running"] == "Pause"


def test_what_somebody_said_before_they_left_keeps_its_track(virtual: VirtualBandwidth) -> None:
    virtual.done(Answering(target=THIRD, script=(line(2000, "Third here.", delay=3000),)))
    call = virtual.place(start(), f"<Transfer><PhoneNumber>{THIRD}</PhoneNumber></Transfer>", PAUSE)
    virtual.run(4500)
    virtual.done(Leave(call, THIRD))
    virtual.run(5000)
    assert ("outbound", "Third here.") in virtual.words()


def test_a_transfer_that_nobody_takes_is_complete(virtual: VirtualBandwidth) -> None:
    virtual.done(Answering(target=THIRD, picks_up=False))
    virtual.documents["transferComplete"] = bxml(PAUSE)
    verb = (
        f'<Transfer callTimeout="5" transferCompleteUrl="/done"><PhoneNumber>{THIRD}</PhoneNumber></Transfer>'
    )
    call = virtual.place(verb, "<Hangup/>")
    virtual.run(6000)
    assert virtual.webhooks("transferComplete", call)[0]["cause"] == "timeout"
    assert virtual.truth(call)["running"] == "Pause"


def test_a_bridge_ends_when_either_call_is_given_other_bxml(virtual: VirtualBandwidth) -> None:
    first = virtual.place(PAUSE)
    virtual.documents["bridgeTargetComplete"] = bxml(PAUSE)
    second = virtual.place(f'<Bridge bridgeTargetCompleteUrl="/after">{first}</Bridge>', PAUSE)
    assert (virtual.truth(first)["running"], virtual.truth(second)["running"]) == ("Bridge", "Bridge")
    virtual.push(second, PAUSE)
    virtual.run(100)
    assert len(virtual.webhooks("bridgeTargetComplete", first)) == 1
    assert virtual.truth(first)["running"] == "Pause"


def test_a_bridge_target_with_nowhere_to_go_is_hung_up(virtual: VirtualBandwidth) -> None:
    first = virtual.place(PAUSE)
    second = virtual.place(f"<Bridge>{first}</Bridge>", PAUSE)
    virtual.done(EndCall(second))
    assert virtual.truth(first)["cause"] == "hangup"


def test_a_bridge_with_no_such_call_is_over_at_once(virtual: VirtualBandwidth) -> None:
    virtual.documents["bridgeComplete"] = bxml(PAUSE)
    call = virtual.place('<Bridge bridgeCompleteUrl="/after">c-none</Bridge>')
    assert virtual.webhooks("bridgeComplete", call)[0]["cause"] == "error"


# --- transcriptions


def test_who_calls_can_speak_in_the_script_of_who_is_called(virtual: VirtualBandwidth) -> None:
    transcribed(virtual, line(0, "Hello there."), line(2000, "Hello to you.", speaker=OURS))
    virtual.run(5000)
    assert virtual.words() == [("inbound", "Hello there."), ("outbound", "Hello to you.")]


def test_what_is_said_is_heard_on_its_track_and_received(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual, line(0, "Hello there, how are you?", 2000))
    virtual.done(Speak(call, OURS, "Fine, thank you.", 1000))
    virtual.run(5000)
    assert virtual.words() == [("outbound", "Fine, thank you."), ("inbound", "Hello there, how are you?")]
    assert all(part["received"] for part in virtual.truth(call)["spoken"])


@pytest.mark.parametrize(
    ("stabilized", "newest"),
    [("true", "one two three four five six"), ("false", "one two three four five six seven")],
)
def test_partials_grow_and_keep_back_what_is_not_stable(
    virtual: VirtualBandwidth, stabilized: str, newest: str
) -> None:
    transcribed(virtual, line(0, "one two three four five six seven eight.", 4000), stabilized=stabilized)
    virtual.run(6000)
    partials = [text for _, text in virtual.words(partial=True)]
    assert partials == sorted(set(partials), key=len)
    assert partials[-1] == newest


def test_a_partial_and_its_final_begin_at_the_same_moment(virtual: VirtualBandwidth) -> None:
    transcribed(virtual, line(0, "one two three four five six.", 4000))
    virtual.run(6000)
    begins = {frame["startTime"] for frame in virtual.frames() if frame["eventType"] == "transcription"}
    assert len(begins) == 1


def test_every_frame_is_one_that_the_product_reads(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual, line(0, "Hello there, how are you? …", 2000))
    virtual.run(5000)
    virtual.done(EndCall(call))
    first, *said, last = [
        read_frame(frame.payload.encode(), "s-1", virtual.now) for frame in virtual.of(SendFrame)
    ]
    assert isinstance(first, Start)
    assert first.call_id == call
    assert all(isinstance(each, Words) for each in said)
    assert last is None
    final = said[-1]
    assert isinstance(final, Words)
    assert [word.text for word in final.words or ()] == ["Hello", "there", "how", "are", "you"]
    assert final.confidence is not None


def test_a_socket_begins_with_its_parameters_and_ends_with_stop(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual)
    virtual.push(call, '<StopTranscription name="verbatim"/>', PAUSE)
    first, last = virtual.frames()
    assert (first["eventType"], "customParams" in first, last["eventType"]) == ("start", False, "stop")
    assert len(virtual.of(CloseSocket)) == 1


def test_a_stop_of_another_name_has_no_effect(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual)
    virtual.push(call, '<StopTranscription name="another"/>', PAUSE)
    virtual.run(1000)
    assert virtual.webhooks(STOPPED) == []


def test_started_stopped_and_available_tell_of_the_same_transcription(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual)
    virtual.run(61_000)
    virtual.done(EndCall(call))
    virtual.run(5000)
    started = virtual.webhooks(STARTED)[0]["realTimeTranscription"]
    (stopped,) = virtual.webhooks(STOPPED)
    available = virtual.webhooks(AVAILABLE)[0]["realTimeTranscription"]
    assert (started["destination"], started["stabilized"]) == (SOCKET, "true")
    assert stopped["cause"] == "closed"
    assert details(stopped)["duration"].startswith("PT1M")
    assert started["id"] == details(stopped)["id"] == available["id"]
    assert virtual.frames()[0]["metadata"]["transcriptionName"] == started["name"]
    order = virtual.types()
    assert order.index(STOPPED) < order.index("disconnect") < order.index(AVAILABLE)


def test_a_stopped_transcription_says_what_the_documented_example_says(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual)
    virtual.done(EndCall(call))
    virtual.run(1)
    (stopped,) = virtual.webhooks(STOPPED)
    assert set(stopped) - set(SPELLINGS) == {
        *("accountId", "answerTime", "applicationId", "callId", "callUrl", "cause", "direction"),
        *("enqueuedTime", "eventTime", "eventType", "from", "startTime", "to"),
    }
    assert set(details(stopped)) == {
        *("duration", "id", "name", "startTime", "tracks", "destination", "stabilized"),
    }


def test_without_a_destination_only_available_is_told(virtual: VirtualBandwidth) -> None:
    attributes: dict[str, Any] = {"destination": None}
    call = virtual.place(start(**attributes), PAUSE, script=(line(0, "Not live."),))
    virtual.run(4000)
    virtual.done(EndCall(call))
    virtual.run(9000)
    assert [kind for kind in virtual.types() if kind.startswith("realTime")] == [AVAILABLE]
    (listed,) = virtual.done(ListTranscriptions(call))
    read = virtual.done(GetTranscription(call, listed["transcriptionId"]))
    assert [track["transcript"] for track in read["tracks"]] == ["Not live.", ""]


@pytest.mark.parametrize("again", [start(), start(tracks="inbound")])
def test_a_name_is_used_once_on_a_call(virtual: VirtualBandwidth, again: str) -> None:
    call = transcribed(virtual)
    virtual.push(call, again, PAUSE)
    virtual.run(1000)
    (rejected,) = virtual.webhooks(REJECTED, call)
    assert (rejected["cause"], rejected["originalTranscription"]["name"]) == ("duplicate", "verbatim")
    assert virtual.webhooks(STOPPED, call) == []


def test_four_tracks_at_once_are_all_there_are(virtual: VirtualBandwidth) -> None:
    call = virtual.place(start("one"), start("two"), start("three", tracks="outbound"), PAUSE)
    virtual.run(2000)
    assert [event["cause"] for event in virtual.webhooks(REJECTED, call)] == ["track-limit"]
    virtual.push(call, '<StopTranscription name="one"/>', start("four"), PAUSE)
    virtual.run(2000)
    assert len(virtual.webhooks(STARTED, call)) == 3


def test_a_socket_that_cannot_be_opened_is_a_rejection() -> None:
    virtual = VirtualBandwidth(refuse_sockets=True)
    call = virtual.place(start(), PAUSE)
    virtual.run(2000)
    assert [event["cause"] for event in virtual.webhooks(REJECTED, call)] == ["connection-error"]
    assert len(virtual.of(OpenSocket)) == 1


def test_a_lost_socket_ends_the_transcription_and_is_not_opened_again(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual, line(0, "This is lost.", 2000))
    virtual.lose_socket()
    virtual.run(5000)
    assert [event["cause"] for event in virtual.webhooks(STOPPED, call)] == ["connection-error"]
    assert (virtual.words(), len(virtual.sockets())) == ([], 1)
    assert [part["received"] for part in virtual.truth(call)["spoken"]] == [False]
    assert virtual.truth(call)["state"] == "answered"


def test_a_dropped_socket_is_broken(virtual: VirtualBandwidth) -> None:
    call = transcribed(virtual)
    virtual.done(DropSocket(call))
    virtual.run(1)
    assert len(virtual.of(BreakSocket)) == 1
    assert virtual.webhooks(STOPPED, call)[0]["cause"] == "connection-error"
    assert virtual.refused(DropSocket(call)) == 409


def test_a_socket_that_is_still_opening_cannot_be_dropped(virtual: VirtualBandwidth) -> None:
    virtual.latency = 5000
    call = virtual.place(start(), PAUSE)
    virtual.run_until(lambda: bool(virtual.sockets()))
    assert virtual.refused(DropSocket(call)) == 409
    virtual.run(5000)
    assert virtual.truth(call)["transcriptions"][0]["state"] == "active"


def test_a_stop_while_the_socket_opens_leaves_nothing_open(virtual: VirtualBandwidth) -> None:
    call = virtual.place(start(), PAUSE, timings=Timings(started=500))
    virtual.push(call, "<StopTranscription/>", PAUSE)
    virtual.run(2000)
    assert [kind for kind in virtual.types() if kind.startswith("realTime")] == []
    virtual.happen(SocketOpened("a socket of before"))
    assert virtual.ended_sockets()[-1] == "a socket of before"


def test_who_speaks_while_it_starts_is_heard_from_the_next_word(virtual: VirtualBandwidth) -> None:
    script = (line(0, "one two three four five six seven eight nine ten", 4000),)
    virtual.place('<Pause duration="2"/>', start(), PAUSE, script=script, start_script="on-creation")
    virtual.run(8000)
    ((track, text),) = virtual.words()
    assert track == "inbound"
    assert text.endswith("nine ten")
    assert not text.startswith("one")


# --- webhooks


def test_an_asynchronous_webhook_is_sent_again_only_when_no_connection_came_about(
    virtual: VirtualBandwidth,
) -> None:
    virtual.statuses = {"disconnect": None, STARTED: 500}
    call = transcribed(virtual)
    virtual.done(EndCall(call))
    virtual.run(20_000)
    assert virtual.types().count("disconnect") == 2
    assert virtual.types().count(STARTED) == 1


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_stopped_transcription_is_spelt_as_asked(virtual: VirtualBandwidth, spelling: Any) -> None:
    virtual.done(DisturbWebhooks(WebhookFaults(spelling=spelling)))
    call = transcribed(virtual)
    virtual.done(EndCall(call))
    virtual.run(1)
    assert spelling in virtual.webhooks(STOPPED, call)[0]


def test_webhooks_go_astray_as_asked_but_scripts_are_still_fetched(virtual: VirtualBandwidth) -> None:
    virtual.done(DisturbWebhooks(WebhookFaults(drop=1.0)))
    call = virtual.place(start(), PAUSE)
    virtual.run(2000)
    virtual.done(EndCall(call))
    virtual.run(2000)
    assert virtual.types() == ["answer"]
    assert {each["dropped"] for each in virtual.truth(call)["callbacks"][1:]} == {True}
    virtual.done(DisturbWebhooks(WebhookFaults(repeat=1.0)))
    again = virtual.place(PAUSE)
    virtual.done(EndCall(again))
    virtual.run(2000)
    assert len(virtual.webhooks("disconnect", again)) == 2


# --- calls and REST


def test_a_caller_is_heard_on_the_inbound_track(virtual: VirtualBandwidth) -> None:
    call = virtual.ring(start(), PAUSE, script=(line(0, "Hello?"),))
    virtual.run(4000)
    assert virtual.words() == [("inbound", "Hello?")]
    assert virtual.truth(call)["direction"] == "inbound"


def test_a_caller_who_gives_up_before_the_script_is_there_has_cancelled(virtual: VirtualBandwidth) -> None:
    virtual.latency = 300
    call = virtual.ring(PAUSE)
    virtual.done(EndCall(call))
    virtual.run(1000)
    assert virtual.truth(call)["cause"] == "cancel"


def test_one_who_does_not_pick_up_times_out(virtual: VirtualBandwidth) -> None:
    virtual.done(Answering(target=THEIRS, picks_up=False))
    call = virtual.done(CreateCall(creation(call_timeout=10)))["callId"]
    virtual.run(11_000)
    assert virtual.webhooks("disconnect", call)[0]["cause"] == "timeout"
    assert virtual.types() == ["disconnect"]


@pytest.mark.parametrize("cause", ["busy", "rejected"])
def test_a_call_ends_by_the_cause_that_was_asked_for(virtual: VirtualBandwidth, cause: str) -> None:
    virtual.done(InjectFault("create", "cause", cause=cause))
    call = virtual.done(CreateCall(creation()))["callId"]
    virtual.run(1000)
    assert virtual.webhooks("disconnect", call)[0]["cause"] == cause


@pytest.mark.parametrize(("operation", "told"), [("start-transcription", REJECTED), ("transcribe", STOPPED)])
def test_a_transcription_fails_by_the_cause_that_was_asked_for(
    virtual: VirtualBandwidth, operation: Any, told: str
) -> None:
    virtual.done(InjectFault(operation, "cause"))
    call = virtual.place(start(), PAUSE)
    virtual.run(2000)
    assert [event["cause"] for event in virtual.webhooks(told, call)] == ["error"]


def test_a_call_is_changed_only_while_it_is_answered(virtual: VirtualBandwidth) -> None:
    queued = virtual.done(CreateCall(creation()))["callId"]
    completed = ModifyBody(state="completed")
    assert virtual.refused(ModifyCall(queued, completed)) == 409
    assert virtual.refused(ReplaceBxml(queued, bxml())) == 409
    call = virtual.place(PAUSE)
    assert virtual.refused(ModifyCall(call, ModifyBody())) == 400
    virtual.done(ModifyCall(call, completed))
    assert virtual.refused(ModifyCall(call, completed)) == 404
    assert virtual.done(GetCall(call))["state"] == "disconnected"
    assert virtual.refused(GetCall("c-none")) == 404


def test_a_sixth_call_within_a_second_is_too_many(virtual: VirtualBandwidth) -> None:
    for _ in range(5):
        virtual.done(CreateCall(creation()))
    virtual.run(999)
    assert virtual.refused(CreateCall(creation())) == 429
    virtual.run(1)
    virtual.done(CreateCall(creation()))


def test_the_hundred_and_first_session_is_too_many(virtual: VirtualBandwidth) -> None:
    virtual.documents["answer"] = bxml(PAUSE)
    for _ in range(100):
        virtual.done(CreateCall(creation()))
        virtual.run(500)
    assert virtual.refused(CreateCall(creation())) == 429


def test_a_transcript_is_readable_a_while_after_it_is_available_and_gone_once_deleted(
    virtual: VirtualBandwidth,
) -> None:
    call = transcribed(virtual)
    virtual.done(EndCall(call))
    virtual.run_until(lambda: bool(virtual.webhooks(AVAILABLE)))
    made = virtual.webhooks(AVAILABLE)[0]["realTimeTranscription"]["id"]
    assert virtual.refused(GetTranscription(call, made)) == 404
    virtual.run(4000)
    assert len(virtual.done(GetTranscription(call, made))["tracks"]) == 2
    virtual.done(DeleteTranscription(call, made))
    assert virtual.refused(GetTranscription(call, made)) == 404


def test_who_is_not_in_the_call_neither_speaks_nor_leaves(virtual: VirtualBandwidth) -> None:
    call = virtual.place(PAUSE)
    assert virtual.refused(Speak(call, THIRD, "Hello.", 100)) == 400
    assert virtual.refused(Leave(call, THIRD)) == 400
    virtual.done(Leave(call, f"4:{THEIRS}"))
    assert virtual.truth(call)["cause"] == "hangup"


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[Any]:
        virtual = VirtualBandwidth(seed)
        call = transcribed(virtual, line(0, "Hello there, how are you?", 2000))
        virtual.run(5000)
        virtual.done(EndCall(call))
        virtual.run(9000)
        return virtual.log

    assert story(7) == story(7)
    assert story(7) != story(8)
