"""What each result code of ACS means for a session and for the person who has to act.

The codes themselves are data, by what they speak of: transcription_codes, call_codes, callee_codes, call_end_codes.
A code that is not among them is explained by its status.
"""

from functions.lifecycle.bandwidth_causes import BANDWIDTH_CAUSES
from functions.lifecycle.call_codes import CALL_CODES
from functions.lifecycle.call_end_codes import CALL_END_CODES
from functions.lifecycle.callee_codes import CALLEE_CODES
from functions.lifecycle.code_rows import ANY_STATUS, ResultCode
from functions.lifecycle.events import Outcome
from functions.lifecycle.session import Cause, SessionError
from functions.lifecycle.transcription_codes import TRANSCRIPTION_CODES

__all__ = [
    "CALL_TERMINATED",
    "ENDED_BY_API",
    "NOT_ACTIVE",
    "NOT_FOUND",
    "RESULT_CODES",
    "ResultCode",
    "explain",
    "is_ordinary_end",
    "matches",
    "status_of",
]

NOT_ACTIVE = 8583
CALL_TERMINATED = 8528
NOT_FOUND = 404
ENDED_BY_API = 7000

RESULT_CODES = (*TRANSCRIPTION_CODES, *CALL_CODES, *CALLEE_CODES, *CALL_END_CODES, *BANDWIDTH_CAUSES)
"""The first row that matches holds: rows with a fragment come before the one of the same code without."""

# The statuses are those that the sources of the rows list without a subCode.
LATE = (True, "The other side did not respond in time. Make sure that it is online, then try again.")
SILENT = (True, "The person cannot be reached. Ask them to open their calling app, then call again.")
NETWORK = (True, "The network of a device failed. Check it, or change to another one, then call again.")
BUSY = (True, "The person is in another call. Call again later.")
DECLINED = (False, "The person declined. Agree with them on the call before calling again.")
NOBODY = (False, "There is nobody with this number or id. Check it, then call again.")
NOT_ACCEPTED = (
    False,
    (
        "ACS does not accept our credentials. Check the key in ACS_CONNECTION_STRING or, with ACS_ENDPOINT, that the "
        "app's managed identity belongs to the resource's tenant. Then start again."
    ),
)
NOT_ALLOWED = (
    False,
    (
        "ACS forbids the operation. Check that the app's managed identity has a role on the resource that allows "
        "Call Automation."
    ),
)
BY_STATUS = {
    400: (
        False,
        "ACS found the request wrong. Check the call's id and the deployment's settings, then start again.",
    ),
    401: NOT_ACCEPTED,
    403: NOT_ALLOWED,
    404: (False, "ACS knows no such call. Check the id, and start while somebody is in the call."),
    408: LATE,
    410: (True, "The media connection of the call failed. Check the networks, then start again."),
    429: (True, "ACS receives too many requests. Start again in a minute."),
    430: SILENT,
    480: SILENT,
    481: (
        False,
        "ACS could not handle the incoming call. Send Microsoft the session's correlationId if it stays so.",
    ),
    486: BUSY,
    487: (False, "The call was canceled before it was answered. Start again when there is a call."),
    490: NETWORK,
    491: NETWORK,
    496: NETWORK,
    497: NETWORK,
    498: NETWORK,
    600: BUSY,
    603: DECLINED,
    604: NOBODY,
    606: (
        False,
        "The person's device does not accept such a call. Check that it can take a call with audio only.",
    ),
}
NO_FAILURE = 300
SERVER_ERROR = 500
GLOBAL_ERROR = 600
NO_ERROR = (False, "ACS named no error. Start again if the call goes on.")
REFUSED = (False, "ACS refused the request. Check the deployment's settings and the call, then start again.")
FAILED = (True, "ACS failed. Start again; if it stays so, send Microsoft the session's correlationId.")

UNKNOWN_WORD = (
    "The call's provider has a reason that is not known here. "
    "Look it up in its documentation, then start again."
)


def explain(outcome: Outcome) -> tuple[SessionError, Cause]:
    """The error to show for an outcome, and the cause with which a session that fails by it ends."""
    row = find(outcome)
    if row is not None:
        return describe(outcome, row.meaning, row.remedy, retryable=row.retryable), row.cause
    if outcome.reason:
        return describe(outcome, f"{outcome.reason}.", UNKNOWN_WORD, retryable=False), Cause.ERROR
    retryable, remedy = by_status(outcome.code)
    unknown = f"ACS answered {outcome.code} with subCode {outcome.sub_code}."
    return describe(outcome, unknown, remedy, retryable=retryable), Cause.ERROR


def is_ordinary_end(outcome: Outcome) -> bool:
    """Whether a CallDisconnected says that the call ended as calls do: by hanging up, or for want of people.

    Then nothing failed. A call that was declined, or not answered, is no ordinary end: it never was one.
    """
    if outcome.code < NO_FAILURE:
        return True
    row = find(outcome)
    return row is not None and row.cause is Cause.CLOSED


def find(outcome: Outcome) -> ResultCode | None:
    """The row that speaks of this outcome, if there is one."""
    return next((row for row in RESULT_CODES if matches(row, outcome)), None)


def matches(row: ResultCode, outcome: Outcome) -> bool:
    """Whether the row speaks of this outcome."""
    if row.reason or outcome.reason:
        return row.reason == outcome.reason
    if row.sub_code != outcome.sub_code or row.code not in (ANY_STATUS, outcome.code):
        return False
    return row.fragment.casefold() in outcome.message.casefold()


def status_of(reason: str) -> int:
    """The status that means the same as a provider's word; 500 for a word that is not known."""
    return next((row.code for row in RESULT_CODES if row.reason == reason), SERVER_ERROR)


def by_status(code: int) -> tuple[bool, str]:
    """Whether to retry, and the remedy, where the status is all that is understood."""
    if code in BY_STATUS:
        return BY_STATUS[code]
    if code < NO_FAILURE:
        return NO_ERROR
    return FAILED if SERVER_ERROR <= code < GLOBAL_ERROR else REFUSED


def describe(outcome: Outcome, otherwise: str, remedy: str, *, retryable: bool) -> SessionError:
    """The error in the form of the API, in ACS's own words where it gave some."""
    return SessionError(
        code=outcome.code,
        sub_code=outcome.sub_code,
        message=outcome.message or otherwise,
        remedy=remedy,
        retryable=retryable,
        reason=outcome.reason or "",
    )
