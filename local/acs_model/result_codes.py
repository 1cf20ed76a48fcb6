"""Result codes and messages, as in Microsoft's table for transcription and in recorded traffic."""

from dataclasses import dataclass

from local.conversation.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Result:
    """`resultInformation` of a callback."""

    code: int
    sub_code: int
    message: str


@dataclass(frozen=True, slots=True)
class TranscriptionChange:
    """`transcriptionStatus`, `transcriptionStatusDetails` and the result of a transcription's callback."""

    status: str
    detail: str
    result: Result


CONNECTED = Result(200, 0, "")
PARTICIPANTS = Result(200, 0, "")
COMPLETED = Result(200, 0, "Action completed successfully.")
STARTED = TranscriptionChange("transcriptionStarted", "subscriptionStarted", COMPLETED)
STOPPED = TranscriptionChange("transcriptionStopped", "subscriptionStopped", COMPLETED)
UPDATED = TranscriptionChange("transcriptionUpdated", "transcriptionLocaleUpdated", COMPLETED)
RESUMED = TranscriptionChange("transcriptionResumed", "streamConnectionReestablished", COMPLETED)
ENDED_BY_API = Result(
    200,
    7000,
    "Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
)
CONVERSATION_ENDED = Result(200, 5001, "The conversation has ended. DiagCode: 0#5001.@")

NO_ANSWER = Result(487, 10004, "Action failed, nobody picked up in time.")
"""For a placed call or an invitation that rang out; which code these really have is not documented [I]."""

NOT_ESTABLISHED = Result(400, 8501, "Action is invalid when call is not in Established state.")
TERMINATED = Result(400, 8528, "Action is invalid, call already terminated.")
LOCALE_MISSING = Result(400, 8523, "Invalid Request, locale is missing.")
LOCALE_WITHOUT_REGION = Result(
    400, 8523, "Invalid Request, only locale that contain region information are supported."
)
STREAM_URL_INVALID = Result(400, 8581, "Action failed, StreamUrl isn't valid.")
URL_NOT_SET = Result(405, 8522, "Request not allowed when Transcription url not set during call setup.")
COGNITIVE_SERVICES_NOT_SET = Result(
    405, 8522, "Request not allowed when Cognitive Service Configuration not set during call setup."
)
UPDATE_AFTER_CONNECT = Result(
    405, 8520, "UpdateTranscription is not supported for connection created with Connect interface."
)
NOT_SUPPORTED = Result(405, 8520, "Transcription functionality is not supported at this time.")
NO_SOCKET = Result(500, 8578, "Action failed, not able to establish WebSocket connection.")

_MESSAGES = {
    (result.code, result.sub_code): result.message
    for result in (NOT_ESTABLISHED, TERMINATED, STREAM_URL_INVALID, NOT_SUPPORTED, NO_SOCKET)
} | {
    (400, 8565): "Action failed due to a bad request to Cognitive Services. Check your input parameters.",
    (400, 8605): "Custom speech recognition model for Transcription is not supported.",
    (401, 8565): "Action failed due to a Cognitive Services authentication error. "
    "Check your authorization input and ensure it's correct.",
    (403, 8565): "Action failed due to a forbidden request to Cognitive Services. "
    "Check your subscription status and ensure it's active.",
    (429, 8565): "Action failed, requests exceeded the number of allowed concurrent requests "
    "for the cognitive services subscription.",
    (500, 8580): "Action failed, transcription service was shut down.",
    (500, 8579): "Action failed, transcription was canceled.",
    (500, 9999): "Unknown internal server error.",
}

# Which detail goes with which code is not documented; these are the ones whose names fit [I].
_DETAILS = {
    (400, 8581): "streamUrlMissing",
    (500, 8578): "streamConnectionUnsuccessful",
    (500, 8580): "serviceShutdown",
    (400, 8565): "badRequest",
    (401, 8565): "authenticationFailure",
    (403, 8565): "forbidden",
    (429, 8565): "tooManyRequests",
}


def result_of(code: int, sub_code: int) -> Result:
    """The result with this code, with the documented message where there is one."""
    return Result(code, sub_code, _MESSAGES.get((code, sub_code), f"Action failed with {code}/{sub_code}."))


def failed(result: Result) -> TranscriptionChange:
    """A transcription's failure, with the detail that fits."""
    detail = _DETAILS.get((result.code, result.sub_code), "unspecifiedError")
    return TranscriptionChange("transcriptionFailed", detail, result)


def not_active() -> Refusal:
    """The refusal of a stop when nothing is active [R]; in no Microsoft table."""
    return Refusal(412, "8583", "Invalid action, Transcription is not active.")


def call_not_found() -> Refusal:
    """An unknown or ended call or connection; the code that Microsoft's calling service gives for it."""
    return Refusal(404, "8522", "Call not found.")


def not_ringing(why: str) -> Refusal:
    """An incoming call that cannot be answered, rejected or redirected (any more) [I]."""
    return Refusal(404, "8522", f"Call not found: {why}.")


def bad_request(why: str) -> Refusal:
    """A body that says what cannot be [I]."""
    return Refusal(400, "8501", why)
