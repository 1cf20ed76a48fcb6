"""What each result code of ACS means for a session and for the person who has to act.

The codes are those of Microsoft's real-time transcription how-to ("Event codes"), and 412/8583, which no
table of Microsoft's lists but which a stop before TranscriptionStarted gets.
"""

from typing import NamedTuple

from functions.lifecycle.events import Outcome
from functions.lifecycle.session import Cause, SessionError

NOT_ACTIVE = 8583
CALL_TERMINATED = 8528
NOT_FOUND = 404
ENDED_BY_API = 7000


class ResultCode(NamedTuple):
    """A row: `fragment` tells rows with the same code and subCode apart by their message."""

    code: int
    sub_code: int
    fragment: str
    retryable: bool
    cause: Cause
    remedy: str


RESULT_CODES = (
    ResultCode(
        400,
        8581,
        "StreamUrl",
        retryable=False,
        cause=Cause.CONNECTION_ERROR,
        remedy="ACS does not accept the address of the transcript socket. Check that the Web PubSub connection "
        "setting names a public wss endpoint, then start again.",
    ),
    ResultCode(
        400,
        8565,
        "bad request",
        retryable=False,
        cause=Cause.ERROR,
        remedy="Azure AI services refused the request. Check that it supports the locale, and that "
        "COGNITIVE_SERVICES_ENDPOINT is a multi-service resource with a custom subdomain, then start again.",
    ),
    ResultCode(
        400,
        8565,
        "timing out",
        retryable=True,
        cause=Cause.ERROR,
        remedy="Azure AI services did not answer in time. Start again in a minute; if it stays so, look at the "
        "resource's health in the Azure portal.",
    ),
    ResultCode(
        400,
        8605,
        "",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The custom speech model is not supported for transcription. Start without speechModelEndpointId, "
        "or deploy a model that real-time transcription supports.",
    ),
    ResultCode(
        400,
        8523,
        "missing",
        retryable=False,
        cause=Cause.ERROR,
        remedy="No locale reached ACS. Start again with a locale such as en-US.",
    ),
    ResultCode(
        400,
        8523,
        "region",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The locale has no region. Start again with language and region, such as en-US or de-DE.",
    ),
    ResultCode(
        405,
        8520,
        "Connect interface",
        retryable=False,
        cause=Cause.ERROR,
        remedy="On a call that was joined the locale cannot change in place. Stop, then start with the new locale.",
    ),
    ResultCode(
        405,
        8520,
        "Update transcription",
        retryable=False,
        cause=Cause.ERROR,
        remedy="This call cannot change its locale in place. Stop, then start with the new locale.",
    ),
    ResultCode(
        405,
        8520,
        "",
        retryable=False,
        cause=Cause.ERROR,
        remedy="ACS does not offer transcription on this call. Check that the resource's region and the kind of "
        "call support real-time transcription.",
    ),
    ResultCode(
        400,
        8528,
        "",
        retryable=False,
        cause=Cause.CLOSED,
        remedy="The call was over already. Start again when there is a call.",
    ),
    ResultCode(
        405,
        8522,
        "url",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The connection was made without a transcript socket. Stop this session and start a new one.",
    ),
    ResultCode(
        405,
        8522,
        "Cognitive",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The connection was made without Azure AI services. Set COGNITIVE_SERVICES_ENDPOINT, then start a "
        "new session.",
    ),
    ResultCode(
        400,
        8501,
        "",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The call was not established yet. Start again when people are in the call.",
    ),
    ResultCode(
        401,
        8565,
        "",
        retryable=False,
        cause=Cause.ERROR,
        remedy="ACS may not use Azure AI services. Give the managed identity of the ACS resource the role "
        "Cognitive Services User on the AI services account, wait some minutes, then start again.",
    ),
    ResultCode(
        403,
        8565,
        "",
        retryable=False,
        cause=Cause.ERROR,
        remedy="Azure AI services forbids the request. Check that its subscription is active and its network rules "
        "let ACS in, then start again.",
    ),
    ResultCode(
        429,
        8565,
        "",
        retryable=True,
        cause=Cause.ERROR,
        remedy="Too many transcriptions run at once for this Azure AI services account. Wait for one to end, or ask "
        "for a higher quota.",
    ),
    ResultCode(
        500,
        8578,
        "",
        retryable=True,
        cause=Cause.CONNECTION_ERROR,
        remedy="ACS could not open the transcript socket. Check that Web PubSub is up and that its event handler "
        "answers, then start again.",
    ),
    ResultCode(
        500,
        8580,
        "",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The transcription service was shut down. Start again.",
    ),
    ResultCode(
        500,
        8579,
        "",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The transcription was canceled. Start again.",
    ),
    ResultCode(
        500,
        9999,
        "",
        retryable=True,
        cause=Cause.ERROR,
        remedy="ACS failed inside. Start again; if it stays so, send Microsoft the session's correlationId.",
    ),
    ResultCode(
        412,
        NOT_ACTIVE,
        "",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The transcription was not active yet. Nothing is lost; try again in a few seconds.",
    ),
)

BY_STATUS = {
    400: (
        False,
        "ACS found the request wrong. Check the call's id and the deployment's settings, then start again.",
    ),
    401: (False, "ACS does not accept our credentials. Check the ACS connection setting, then start again."),
    403: (
        False,
        "ACS forbids the operation. Check that our identity may use Call Automation on the resource.",
    ),
    404: (False, "ACS knows no such call. Check the id, and start while somebody is in the call."),
    429: (True, "ACS receives too many requests. Start again in a minute."),
}
SERVER_ERROR = 500
REFUSED = (False, "ACS refused the request. Check the deployment's settings and the call, then start again.")
FAILED = (True, "ACS failed. Start again; if it stays so, send Microsoft the session's correlationId.")


def explain(outcome: Outcome) -> tuple[SessionError, Cause]:
    """The error to show for an outcome, and the cause with which a session that fails by it ends."""
    row = next((row for row in RESULT_CODES if matches(row, outcome)), None)
    if row is not None:
        return describe(outcome, row.remedy, retryable=row.retryable), row.cause
    otherwise = REFUSED if outcome.code < SERVER_ERROR else FAILED
    retryable, remedy = BY_STATUS.get(outcome.code, otherwise)
    return describe(outcome, remedy, retryable=retryable), Cause.ERROR


def matches(row: ResultCode, outcome: Outcome) -> bool:
    """Whether the row speaks of this outcome."""
    same = (row.code, row.sub_code) == (outcome.code, outcome.sub_code)
    return same and row.fragment.casefold() in outcome.message.casefold()


def describe(outcome: Outcome, remedy: str, *, retryable: bool) -> SessionError:
    """The error in the form of the API."""
    message = outcome.message or f"ACS answered {outcome.code} with subCode {outcome.sub_code}."
    return SessionError(
        code=outcome.code, sub_code=outcome.sub_code, message=message, remedy=remedy, retryable=retryable
    )
