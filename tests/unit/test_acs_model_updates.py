from collections.abc import Callable
from typing import Any

import pytest

from local.acs_model.effects import OpenSocket, SendCallback
from local.acs_model.requests import GetConnection, HangUp, TranscriptionBody, UpdateTranscription
from local.acs_model.steering import InjectFault
from local.conversation.effects import Answer, SendFrame
from local.conversation.inputs import SocketLost
from local.conversation.steering import Answering, ListCalls, Speak, Timings
from tests.unit.virtual_call import PHONE, VirtualCall

QUICK = Timings(connected=400, started=600, stopped=300, updated=250)


def placed(virtual: VirtualCall) -> str:
    virtual.ask(Answering(target=PHONE, timings=QUICK))
    return virtual.place(PHONE)


def answered(virtual: VirtualCall) -> str:
    return virtual.answer(virtual.ring(timings=QUICK)["incomingCallContext"])


@pytest.fixture(params=[placed, answered])
def talking(request: pytest.FixtureRequest) -> tuple[VirtualCall, str]:
    virtual = VirtualCall()
    way_in: Callable[[VirtualCall], str] = request.param
    connection = way_in(virtual)
    virtual.start(connection, operation_context="start-1")
    return virtual, connection


def update(virtual: VirtualCall, connection: str, **body: Any) -> Answer:
    answer = virtual.ask(UpdateTranscription(connection, TranscriptionBody(**body)))
    assert answer is not None
    return answer


def failure(virtual: VirtualCall) -> tuple[int, int]:
    virtual.run(3000)
    result = virtual.the("TranscriptionFailed")["data"]["resultInformation"]
    return result["code"], result["subCode"]


def locales(virtual: VirtualCall) -> list[str]:
    return [f["transcriptionMetadata"]["locale"] for f in virtual.frames() if "transcriptionMetadata" in f]


def test_updated_comes_with_the_old_context_and_metadata_on_the_same_socket(
    talking: tuple[VirtualCall, str],
) -> None:
    virtual, connection = talking
    assert update(virtual, connection, locale="de-DE", operation_context="update-1").status == 202
    asked = virtual.now
    assert locales(virtual) == ["en-US"]
    virtual.run(1000)
    event = virtual.the("TranscriptionUpdated")["data"]
    assert virtual.at("TranscriptionUpdated") - asked == 250
    assert event["operationContext"] == "start-1"
    assert event["transcriptionUpdate"] == {
        "transcriptionStatus": "transcriptionUpdated",
        "transcriptionStatusDetails": "transcriptionLocaleUpdated",
    }
    assert locales(virtual) == ["en-US", "de-DE"]
    assert len(virtual.of(OpenSocket)) == 1
    assert len({frame.socket_id for frame in virtual.of(SendFrame)}) == 1
    shown = virtual.body_of(GetConnection(connection))["transcriptionSubscription"]
    assert (shown["state"], shown["locale"]) == ("active", "de-DE")


def test_a_second_update_bears_the_context_of_the_first(talking: tuple[VirtualCall, str]) -> None:
    virtual, connection = talking
    for number, locale in enumerate(("de-DE", "fr-FR"), 1):
        update(virtual, connection, locale=locale, operation_context=f"update-{number}")
        virtual.run(1000)
    updated = [e["data"] for e in virtual.events() if e["type"].endswith("TranscriptionUpdated")]
    assert [data["operationContext"] for data in updated] == ["start-1", "update-1"]


def test_an_update_names_its_own_model_and_callback_address(talking: tuple[VirtualCall, str]) -> None:
    virtual, connection = talking
    elsewhere = "https://elsewhere.example/"
    update(
        virtual,
        connection,
        locale="de-DE",
        speech_model_endpoint_id="model",
        operation_callback_uri=elsewhere,
    )
    virtual.run(1000)
    assert virtual.frames()[-1]["transcriptionMetadata"]["speechModelEndpointId"] == "model"
    urls = {sent.event["type"].rsplit(".")[-1]: sent.url for sent in virtual.of(SendCallback)}
    assert urls["TranscriptionUpdated"] == elsewhere


def test_what_is_said_after_an_update_has_offsets_that_go_on() -> None:
    virtual = VirtualCall()
    connection = placed(virtual)
    virtual.start(connection)
    virtual.run(10_000)
    update(virtual, connection, locale="de-DE")
    virtual.run(1000)
    (known,) = virtual.body_of(ListCalls())["calls"]
    virtual.ask(Speak(sim_id=known["simId"], speaker=PHONE, text="Guten Tag.", duration=500))
    virtual.run(3000)
    (final,) = virtual.data("Final")
    assert 11_000 * 10_000 <= final["offset"] < 11_001 * 10_000


@pytest.mark.parametrize("locale", [None, "de"])
def test_an_update_without_a_whole_locale_is_accepted_and_fails(
    talking: tuple[VirtualCall, str], locale: str | None
) -> None:
    virtual, connection = talking
    assert update(virtual, connection, locale=locale).status == 202
    assert failure(virtual) == (400, 8523)
    assert locales(virtual) == ["en-US"]


def test_an_update_can_fail_with_a_code_and_the_transcription_goes_on(
    talking: tuple[VirtualCall, str],
) -> None:
    virtual, connection = talking
    virtual.ask(InjectFault(operation="update", do="code", code=429, sub_code=8565))
    assert update(virtual, connection, locale="de-DE").status == 202
    assert failure(virtual) == (429, 8565)
    shown = virtual.body_of(GetConnection(connection))["transcriptionSubscription"]
    assert (shown["state"], shown["locale"]) == ("active", "en-US")


@pytest.mark.parametrize("way_in", [placed, answered])
def test_an_update_of_what_is_not_active_is_refused_with_8583(way_in: Callable[[VirtualCall], str]) -> None:
    virtual = VirtualCall()
    answer = update(virtual, way_in(virtual), locale="de-DE")
    assert answer.status == 412
    assert answer.body is not None
    assert answer.body["error"]["code"] == "8583"


def test_nothing_comes_of_an_update_after_a_stop(talking: tuple[VirtualCall, str]) -> None:
    virtual, connection = talking
    update(virtual, connection, locale="de-DE")
    virtual.stop(connection)
    virtual.run(3000)
    assert "TranscriptionUpdated" not in virtual.names()
    assert locales(virtual) == ["en-US"]


def test_an_update_after_a_hang_up_fails_with_8528(talking: tuple[VirtualCall, str]) -> None:
    virtual, connection = talking
    virtual.ask(HangUp(connection))
    update(virtual, connection, locale="de-DE")
    assert failure(virtual) == (400, 8528)


def test_an_update_while_the_socket_is_down_shows_on_the_next_one(talking: tuple[VirtualCall, str]) -> None:
    virtual, connection = talking
    virtual.happen(SocketLost(virtual.socket()))
    update(virtual, connection, locale="de-DE")
    virtual.run(5000)
    assert locales(virtual) == ["en-US", "de-DE"]
    assert "TranscriptionUpdated" in virtual.names()
