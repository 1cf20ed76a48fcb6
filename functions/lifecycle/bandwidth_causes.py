"""The words with which Bandwidth says that a transcription did not start or broke, or why a call is over.

Sources: Bandwidth's pages on its webhooks (`realTimeTranscriptionRejected`, `realTimeTranscriptionStopped`,
`disconnect`) and on the errors of its REST interface. It has words where ACS has numbers; `code` is the status of the
same meaning.
"""

from functions.lifecycle.code_rows import ResultCode
from functions.lifecycle.session import Cause


def cause_row(  # noqa: PLR0913 -- a line of a table
    reason: str, code: int, meaning: str, remedy: str, *, retryable: bool = False, cause: Cause = Cause.ERROR
) -> ResultCode:
    """A row for one of Bandwidth's words."""
    return ResultCode(code, 0, "", meaning, retryable, cause, remedy, reason)


BANDWIDTH_CAUSES = (
    cause_row(
        "transcription.connection-error",
        502,
        "Bandwidth could not talk to the transcript socket.",
        "Bandwidth could not reach the transcript socket, or lost it. Check that Web PubSub is up and that its event "
        "handler answers, then start again.",
        retryable=True,
        cause=Cause.CONNECTION_ERROR,
    ),
    cause_row(
        "transcription.duplicate",
        409,
        "A transcription of this name exists on the call.",
        "An earlier request for the same transcription came through after all. It is stopped and started anew; if that "
        "does not help, stop the session and start it again.",
        retryable=True,
    ),
    cause_row(
        "transcription.error",
        500,
        "The transcription failed inside Bandwidth.",
        "Bandwidth's transcription failed. Start again; if it stays so, send Bandwidth's support the call id.",
        retryable=True,
    ),
    cause_row(
        "transcription.track-limit",
        429,
        "Four tracks of the call are transcribed already.",
        "Bandwidth transcribes four tracks of a call at most, and ours are two. Let the application that runs the call "
        "stop a transcription of its own, then start again.",
    ),
    cause_row(
        "call.hangup",
        200,
        "Somebody hung up.",
        "The call is over. Start again when there is a call.",
        cause=Cause.CLOSED,
    ),
    cause_row(
        "call.cancel",
        487,
        "The call was cancelled while it rang.",
        "The call was cancelled before anybody answered. Start again when there is a call.",
    ),
    cause_row("call.busy", 486, "The callee is busy.", "The person is in another call. Call again later."),
    cause_row(
        "call.timeout",
        408,
        "Nobody answered.",
        "Nobody answered in time. Agree with the person on the call, then call again.",
    ),
    cause_row(
        "call.rejected",
        603,
        "The call was rejected.",
        "The person, or their carrier, rejected the call. Check the number, and agree with them on the call.",
    ),
    cause_row(
        "call.callback-error",
        502,
        "Bandwidth could not deliver a callback.",
        "Bandwidth could not reach the application that runs the call. If that is this one, check that PUBLIC_URL can "
        "be reached from the internet, and BANDWIDTH_WEBHOOK_USER and BANDWIDTH_WEBHOOK_PASSWORD.",
        cause=Cause.CONNECTION_ERROR,
    ),
    cause_row(
        "call.invalid-bxml",
        400,
        "Bandwidth was given invalid BXML.",
        "Bandwidth did not accept the BXML. Check continueWith, and what the address that it redirects to answers.",
    ),
    cause_row(
        "call.application-error",
        400,
        "Something was asked of the call that Bandwidth cannot do.",
        "The call was asked for something that Bandwidth does not support. Check continueWith, and what the address "
        "that it redirects to answers.",
    ),
    cause_row(
        "call.account-limit",
        429,
        "The account has as many calls as it may.",
        "The Bandwidth account is at its limit of calls. Wait for some to end, or ask Bandwidth for a higher limit.",
    ),
    cause_row(
        "call.node-capacity-exceeded",
        503,
        "Bandwidth is at its capacity.",
        "Bandwidth has too many calls at the moment. Call again in a minute.",
    ),
    cause_row(
        "call.error", 500, "The call failed.", "The call failed inside Bandwidth. Call again in a minute."
    ),
    cause_row(
        "call.unknown",
        500,
        "The call failed for an unknown reason.",
        "The call failed, and Bandwidth does not know why. Call again in a minute.",
    ),
    cause_row(
        "api.400",
        400,
        "Bandwidth found the request wrong.",
        "Bandwidth did not accept the request. Check the numbers, the call id and continueWith, then start again.",
    ),
    cause_row(
        "api.401",
        401,
        "Bandwidth does not accept our credentials.",
        "Bandwidth does not accept the app's credentials. Check BANDWIDTH_CLIENT_ID and BANDWIDTH_CLIENT_SECRET, then "
        "start again.",
    ),
    cause_row(
        "api.403",
        403,
        "Bandwidth forbids the request.",
        "The credentials do not open this account. Check BANDWIDTH_ACCOUNT_ID, and that the credential has the voice "
        "role and the account has voice and speech recognition.",
    ),
    cause_row(
        "api.404",
        404,
        "Bandwidth knows no such call.",
        "The call is over, or there never was one of this id. Start again while there is a call.",
    ),
    cause_row(
        "api.409",
        409,
        "The call is not in a state for this.",
        "The call is queued, rings, or is over. Start again once it is answered.",
    ),
    cause_row(
        "api.413",
        413,
        "The BXML is too large.",
        "Bandwidth takes 64 KB of BXML at most. Start again with a shorter continueWith, such as one Redirect.",
    ),
    cause_row(
        "api.429",
        429,
        "Bandwidth receives too many requests.",
        "The Bandwidth account makes too many requests at once. Start again in a minute.",
        retryable=True,
    ),
    cause_row(
        "api.503",
        503,
        "Bandwidth is overloaded.",
        "Bandwidth is overloaded. Start again in a minute.",
        retryable=True,
    ),
    cause_row(
        "api.unanswered",
        504,
        "Bandwidth did not answer.",
        "Nobody knows whether the phone rings; who answers now is hung up on. Start again in a minute.",
        cause=Cause.CONNECTION_ERROR,
    ),
)
"""`transcription.*` are the causes of a rejection or a stop, `call.*` those of a disconnect, `api.*` REST statuses."""
