from typing import NamedTuple

import pytest

from functions.lifecycle.events import Outcome
from functions.lifecycle.result_codes import RESULT_CODES, ResultCode, explain, matches
from functions.lifecycle.session import Cause
from functions.lifecycle.transcription_codes import TRANSCRIPTION_CODES


class Row(NamedTuple):
    """A row of Microsoft's table, then what we make of it; the remedy speaks of `remedy`."""

    code: int
    sub_code: int
    message: str
    retryable: bool
    cause: Cause
    remedy: str

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.code, self.sub_code, self.message)


BAD_REQUEST = "Action failed due to a bad request to Cognitive Services. Check your input parameters."
TIMING_OUT = (
    "Action failed due to a request to Cognitive Services timing out. Try again later or check for any issues "
    "with the service."
)
NO_REGION = "Invalid Request, only locale that contain region information are supported."
NOT_ON_CONNECT = "UpdateTranscription is not supported for connection created with Connect interface."
NO_UPDATE = "Update transcription functionality is not supported at this time."
NO_URL = "Request not allowed when Transcription url not set during call setup."
NO_COGNITIVE = "Request not allowed when Cognitive Service Configuration not set during call setup."
UNAUTHENTICATED = (
    "Action failed due to a Cognitive Services authentication error. Check your authorization input and "
    "ensure it's correct."
)
FORBIDDEN = (
    "Action failed due to a forbidden request to Cognitive Services. Check your subscription status and "
    "ensure it's active."
)
TOO_MANY = (
    "Action failed, requests exceeded the number of allowed concurrent requests for the cognitive services "
    "subscription."
)
FATAL, RETRYABLE = False, True
ERROR, CONNECTION_ERROR = Cause.ERROR, Cause.CONNECTION_ERROR
TABLE = [
    Row(400, 8581, "Action failed, StreamUrl isn't valid.", FATAL, CONNECTION_ERROR, "Web PubSub"),
    Row(400, 8565, BAD_REQUEST, FATAL, ERROR, "COGNITIVE_SERVICES_ENDPOINT"),
    Row(400, 8565, TIMING_OUT, RETRYABLE, ERROR, "in a minute"),
    Row(
        400,
        8605,
        "Custom speech recognition model for Transcription is not supported.",
        FATAL,
        ERROR,
        "speechModelEndpointId",
    ),
    Row(400, 8523, "Invalid Request, locale is missing.", FATAL, ERROR, "No locale"),
    Row(400, 8523, NO_REGION, FATAL, ERROR, "no region"),
    Row(
        405, 8520, "Transcription functionality is not supported at this time.", FATAL, ERROR, "kind of call"
    ),
    Row(405, 8520, NOT_ON_CONNECT, FATAL, ERROR, "was joined"),
    Row(400, 8528, "Action is invalid, call already terminated.", FATAL, Cause.CLOSED, "over already"),
    Row(405, 8520, NO_UPDATE, FATAL, ERROR, "locale in place"),
    Row(405, 8522, NO_URL, FATAL, ERROR, "transcript socket"),
    Row(405, 8522, NO_COGNITIVE, FATAL, ERROR, "COGNITIVE_SERVICES_ENDPOINT"),
    Row(
        400,
        8501,
        "Action is invalid when call is not in Established state.",
        RETRYABLE,
        ERROR,
        "not established",
    ),
    Row(401, 8565, UNAUTHENTICATED, FATAL, ERROR, "Cognitive Services User"),
    Row(403, 8565, FORBIDDEN, FATAL, ERROR, "subscription is active"),
    Row(429, 8565, TOO_MANY, RETRYABLE, ERROR, "quota"),
    Row(
        500,
        8578,
        "Action failed, not able to establish WebSocket connection.",
        RETRYABLE,
        CONNECTION_ERROR,
        "Web PubSub",
    ),
    Row(500, 8580, "Action failed, transcription service was shut down.", RETRYABLE, ERROR, "shut down"),
    Row(500, 8579, "Action failed, transcription was canceled.", RETRYABLE, ERROR, "canceled"),
    Row(500, 9999, "Unknown internal server error.", RETRYABLE, ERROR, "correlationId"),
]
NOT_IN_THE_TABLE = Row(
    412, 8583, "Invalid action, Transcription is not active.", RETRYABLE, ERROR, "not active yet"
)
UNKNOWN = [
    Row(400, 1234, "Something new.", FATAL, ERROR, "wrong"),
    Row(401, 0, "Something new.", FATAL, ERROR, "credentials"),
    Row(403, 0, "Something new.", FATAL, ERROR, "forbids"),
    Row(404, 0, "Something new.", FATAL, ERROR, "no such call"),
    Row(429, 0, "Something new.", RETRYABLE, ERROR, "in a minute"),
    Row(500, 4711, "Something new.", RETRYABLE, ERROR, "correlationId"),
    Row(504, 0, "Something new.", RETRYABLE, ERROR, "correlationId"),
    Row(200, 1234, "Something new.", FATAL, ERROR, "no error"),
    Row(402, 0, "Something new.", FATAL, ERROR, "refused"),
    Row(408, 1234, "Something new.", RETRYABLE, ERROR, "in time"),
    Row(410, 0, "Something new.", RETRYABLE, ERROR, "media"),
    Row(430, 0, "Something new.", RETRYABLE, ERROR, "cannot be reached"),
    Row(480, 1234, "Something new.", RETRYABLE, ERROR, "cannot be reached"),
    Row(481, 0, "Something new.", FATAL, ERROR, "incoming call"),
    Row(486, 0, "Something new.", RETRYABLE, ERROR, "another call"),
    Row(487, 1234, "Something new.", FATAL, ERROR, "canceled"),
    Row(490, 0, "Something new.", RETRYABLE, ERROR, "network"),
    Row(491, 0, "Something new.", RETRYABLE, ERROR, "network"),
    Row(496, 0, "Something new.", RETRYABLE, ERROR, "network"),
    Row(497, 0, "Something new.", RETRYABLE, ERROR, "network"),
    Row(498, 0, "Something new.", RETRYABLE, ERROR, "network"),
    Row(600, 0, "Something new.", RETRYABLE, ERROR, "another call"),
    Row(603, 1234, "Something new.", FATAL, ERROR, "declined"),
    Row(604, 0, "Something new.", FATAL, ERROR, "nobody"),
    Row(606, 0, "Something new.", FATAL, ERROR, "device"),
    Row(699, 0, "Something new.", FATAL, ERROR, "refused"),
    Row(400, 8523, "Something new about locales.", FATAL, ERROR, "wrong"),
]


def entry_of(row: Row) -> ResultCode:
    """The first entry that speaks of the row."""
    return next(entry for entry in RESULT_CODES if matches(entry, row.outcome))


@pytest.mark.parametrize("row", [*TABLE, NOT_IN_THE_TABLE], ids=lambda row: f"{row[:2]} {row[2][:30]}")
def test_every_row_of_microsofts_table_and_8583_is_explained(row: Row) -> None:
    error, cause = explain(row.outcome)
    assert (error.code, error.sub_code, error.message) == row[:3]
    assert (error.retryable, cause) == (row.retryable, row.cause)
    assert row.remedy in error.remedy
    assert error.remedy == entry_of(row).remedy


def test_microsofts_table_and_8583_are_all_there_is_of_transcription() -> None:
    assert {entry_of(row) for row in [*TABLE, NOT_IN_THE_TABLE]} == set(TRANSCRIPTION_CODES)


def test_messages_are_compared_without_case() -> None:
    error, _ = explain(Outcome(400, 8565, TIMING_OUT.upper()))
    assert error.retryable


@pytest.mark.parametrize("row", UNKNOWN, ids=lambda row: str(row[:2]))
def test_unknown_codes_are_explained_by_their_status(row: Row) -> None:
    error, cause = explain(row.outcome)
    assert (error.code, error.sub_code, error.message) == row[:3]
    assert (error.retryable, cause) == (row.retryable, row.cause)
    assert row.remedy in error.remedy


def test_an_outcome_without_words_gets_some() -> None:
    error, _ = explain(Outcome(500, 4711))
    assert error.message == "ACS answered 500 with subCode 4711."
