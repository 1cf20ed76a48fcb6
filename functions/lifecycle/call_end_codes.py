"""The codes with which CallDisconnected says that a call ended as calls do. They are no failures.

Sources: Microsoft's troubleshooting-codes page of July 2025 ("Call Automation error codes", CallDisconnected, and
"Calling End call codes", whose code 0 is Call Automation's 200), and Microsoft Graph's "Call end reason codes" (the
same calling platform). Recorded: 200/5001, 200/7000, 200/560000.
"""

from functions.lifecycle.code_rows import ANY_STATUS, Advice, rows
from functions.lifecycle.session import Cause

HUNG_UP = Advice("The call ended as calls do. Start again when there is a call.", cause=Cause.CLOSED)
ALONE = Advice(
    "The call ended because nobody else was in it. Start again when people are in the call.",
    cause=Cause.CLOSED,
)
ENDED_BY_PROGRAM = Advice(
    "A program ended the call. Start again if there is a call that should be transcribed.",
    cause=Cause.CLOSED,
)
TRANSFERRED = Advice("Start again with the call to which this one was transferred.", cause=Cause.CLOSED)
REMOVED = Advice(
    "Somebody took our connection out of the call. Agree with them on the transcription, then start again.",
    cause=Cause.CLOSED,
)
LEFT_IN_LOBBY = Advice(
    "Nobody let us in from the lobby. Ask somebody in the meeting to do so, then start again.",
    cause=Cause.CLOSED,
)
CANCELED = Advice(
    "The caller hung up before the call was answered. Start again with their next call.", cause=Cause.CLOSED
)

# Of a CallDisconnected it means that we hung up; but a failure that names no result is read as 200/0 too.
NO_ERROR = Advice("ACS named no error. Start again if the call goes on without us.")

CALL_END_CODES = (
    *rows(NO_ERROR, (200, 0, "ACS named no error.")),
    *rows(
        HUNG_UP,
        (200, 4097, "The organizer or the other side ended the call."),
        (200, 4521, "The other side went away without hanging up."),
        (200, 5001, "The conversation has ended."),
        (200, 5003, "The conversation has ended, or nobody took the call."),
        (200, 5007, "The one who began the group call left it."),
        (200, 5030, "The time of the breakout room is over."),
        (200, 18503, "The other side left the call."),
        (200, 540000, "The caller on the phone hung up."),
        (200, 560000, "The person called on the phone hung up."),
    ),
    *rows(
        ALONE,
        (200, 5002, "All the others left the call."),
        (200, 5010, "Only one participant was left in the call."),
        (200, 5012, "Nobody was left in the call."),
        (200, 5013, "Nobody else joined the group call."),
        (200, 5014, "Nobody was there to host the group call."),
        (200, 5020, "Only hidden participants were left in the call."),
    ),
    *rows(
        ENDED_BY_PROGRAM,
        (200, 7000, "Call Automation or a bot ended the call."),
        (200, 10550, "A bot ended the call."),
    ),
    *rows(TRANSFERRED, (200, 7015, "The call was transferred.")),
    *rows(
        REMOVED,
        (200, 5000, "Another participant removed us from the call."),
        (200, 5300, "Another participant, or another program, removed us from the call."),
        (200, 5317, "We were removed because our role in the call changed."),
    ),
    *rows(LEFT_IN_LOBBY, (200, 5855, "We waited in the lobby for too long.")),
    *rows(
        CANCELED,
        (487, 0, "The caller canceled the call."),
        (487, 540487, "The caller on the phone canceled the call."),
        # 497 in Microsoft's table, beside 487 for its sibling
        (ANY_STATUS, 560487, "The call to the phone was canceled."),
        (ANY_STATUS, 8542, "The call was canceled."),
    ),
)
