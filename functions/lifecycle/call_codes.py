"""The codes with which ConnectFailed, CreateCallFailed and AnswerFailed say that our connection did not come about,
and CallDisconnected that it broke.

Sources: Microsoft's troubleshooting-codes page of July 2025 ("Call Automation error codes", the Rooms rows of
"Calling End call codes", and "Generic subcodes", which names no status), and Microsoft Graph's "Call end reason
codes" (marked G). Codes that speak of the person called are in callee_codes.
"""

from functions.lifecycle.code_rows import ANY_STATUS, Advice, rows

NO_SUCH_CALL = Advice("Check the call's id, and start while somebody is in the call.")
LOST_CALL = Advice(
    "The call could no longer be answered. Take the next one; if it stays so, send Microsoft the correlationId."
)
BAD_VALUE = Advice("Correct the value that ACS names as wrong, then start again.")
NOT_SUPPORTED = Advice(
    "ACS does not offer this on such a call. Check the known limitations of Call Automation for this kind of call."
)
NOT_CONFIGURED = Advice(
    "Set what ACS says was not configured when the connection was made, then start a new session."
)
IN_THE_WAY = Advice(
    "Something else is being done on the call. Wait until that has ended, then start again.", retryable=True
)
ANOTHER_APP = Advice(
    "Another program dials out or records on this call. Start again when it has finished, or let it go first."
)
TOO_EARLY = Advice("The call was not up. Start again when people are in the call.", retryable=True)
CREDENTIALS = Advice(
    "Check that the ACS connection setting holds a current key of the resource that it names, then start again."
)
VALIDATION = Advice(
    "ACS could not verify the request. Start again; if it stays so, check the ACS connection setting.",
    retryable=True,
)
RIGHTS = Advice(
    "Give our identity the right to use Call Automation on the ACS resource, wait some minutes, then start again."
)
OTHER_RESOURCE = Advice(
    "Use the connection setting of the ACS resource that owns the number and gets the call, then start again."
)
IDENTITY = Advice(
    "Let the functions use an identity that the ACS resource and its tenant know, or the resource's access key."
)
TEAMS = Advice("Ask the Teams administrator to allow this ACS resource to take part in Teams calls.")
AI_SERVICES = Advice(
    "ACS may not use Azure AI services. Switch on the managed identity of the ACS resource, and give it the role "
    "Cognitive Services User."
)
NOT_INVITED = Advice("Add our identity to the participants of the room, then start again.")
ROOM_CLOSED = Advice("Check when the room is valid: start after it opens, or ask its owner to extend it.")
ROOM_OF_OTHERS = Advice("Join the room with an identity of Azure Communication Services.")
MEETING_LINK = Advice("Check the link or id of the meeting, then start again.")
MEETING_LOCKED = Advice("Ask the organizer to unlock the meeting, then start again.")
NO_GROUP_CALL = Advice("This is no group call: name it by its serverCallId instead, then start again.")
THROTTLED = Advice(
    "Too much is asked of ACS at once. Wait until other calls have ended, then start again.", retryable=True
)
MONTHLY_LIMIT = Advice("The resource has used up its calls for this month. Ask Microsoft for a higher limit.")
LONGEST_CALL = Advice(
    "The call has lasted as long as ACS allows. Start again with a new call, if it should go on."
)
NO_KEEP_ALIVE = Advice(
    "ACS took the call for abandoned. Check that the functions are up and answer callbacks, then start again.",
    retryable=True,
)
SLOW_ANSWER = Advice(
    "An incoming call was not answered in time. Check that the functions are up and their callbacks can be reached, "
    "then ask the caller to try again."
)
NO_MEDIA_OFFER = Advice(
    "The two sides could not agree on media, or one declined. Ask the caller to try again, with another app if it "
    "stays so."
)
MEDIA_OF_ACS = Advice(
    "The call's media could not be reached. Start again; if it stays so, send Microsoft the correlationId.",
    retryable=True,
)
ACS_FAILED = Advice(
    "ACS failed inside. Start again; if it stays so, send Microsoft the session's correlationId.",
    retryable=True,
)

CALL_CODES = (
    *rows(
        NO_SUCH_CALL,
        (404, 4500, "There is no such call, or no longer."),
        (404, 8522, "The call, or somebody in it, was not found."),
        (ANY_STATUS, 8543, "The call does not exist."),
    ),
    *rows(LOST_CALL, (404, 404, "The call could not be answered.")),
    *rows(BAD_VALUE, (400, 8523, "A value in the request is not valid.")),
    *rows(NOT_SUPPORTED, (405, 8520, "This is not supported on such a call.")),
    *rows(NOT_CONFIGURED, (405, 8522, "Something was not configured when the connection was made.")),
    *rows(
        IN_THE_WAY,
        (400, 8500, "The call's media are being used otherwise."),
        (409, 8519, "Two actions on the call are in conflict."),
        (412, 8583, "What the action needs first is not given."),
    ),
    *rows(ANOTHER_APP, (400, 8559, "Another program dials out or records already.")),
    *rows(TOO_EARLY, (400, 8585, "The action is not possible in the call's state.")),
    *rows(
        CREDENTIALS,
        (401, 10009, "We were not authenticated."),
        (495, 4507, "The token is not valid."),
        (ANY_STATUS, 7501, "The token was not accepted."),
        (ANY_STATUS, 7509, "The signature of the request is wrong."),
    ),
    *rows(VALIDATION, (401, 71005, "ACS could not validate the token.")),
    *rows(
        RIGHTS,
        (403, 7504, "Our identity has too few permissions."),
        (ANY_STATUS, 7502, "Access is not enabled."),
        (ANY_STATUS, 7600, "Access to the resource is not enabled."),
    ),
    *rows(
        OTHER_RESOURCE,
        (403, 7507, "The caller belongs to another ACS resource."),
        (ANY_STATUS, 7601, "The caller's ACS identity is not valid."),
    ),
    *rows(
        IDENTITY,
        (ANY_STATUS, 7500, "This kind of Entra identity is not supported."),
        (ANY_STATUS, 7505, "The identity belongs to another tenant."),
        (ANY_STATUS, 7506, "The certificate is not trusted."),
        (ANY_STATUS, 7508, "This kind of ACS identity is not supported."),
        (ANY_STATUS, 7510, "The managed identity could not be validated."),
        (ANY_STATUS, 7603, "The ACS identity is not valid."),
        (ANY_STATUS, 8517, "The call belongs to another tenant."),
    ),
    *rows(
        TEAMS,
        (ANY_STATUS, 7604, "The resource may not take part in Teams calls."),
        (ANY_STATUS, 7605, "The resource may not record Teams calls."),
    ),
    *rows(
        AI_SERVICES,
        (400, 8567, "The ACS resource has no service principal for Azure AI services."),
        (ANY_STATUS, 7606, "The ACS resource may not use Azure AI services."),
        (ANY_STATUS, 8568, "The managed identity was refused by Azure AI services."),
    ),
    *rows(NOT_INVITED, (403, 5828, "We are not invited to the room.")),
    *rows(ROOM_CLOSED, (403, 5829, "The room is not open yet, or no longer.")),
    *rows(ROOM_OF_OTHERS, (403, 5830, "Only users of Azure Communication Services may join the room.")),
    *rows(
        MEETING_LINK,
        (ANY_STATUS, 8526, "The token to join with is not valid."),
        (ANY_STATUS, 8527, "The link to join with is not valid."),
        (ANY_STATUS, 8561, "The id of the meeting is not valid."),
    ),
    *rows(MEETING_LOCKED, (ANY_STATUS, 8560, "The meeting is locked.")),
    *rows(NO_GROUP_CALL, (ANY_STATUS, 8548, "The call is no group call.")),
    *rows(
        THROTTLED,
        (ANY_STATUS, 8516, "ACS limits our calls."),
        (ANY_STATUS, 8530, "Too many calls are active."),
    ),
    *rows(MONTHLY_LIMIT, (ANY_STATUS, 8529, "The monthly limit of calls is reached.")),
    *rows(LONGEST_CALL, (429, 10110, "The longest duration of a call is over.")),
    *rows(NO_KEEP_ALIVE, (ANY_STATUS, 8537, "The call gave no sign of life.")),  # G: with 408
    *rows(
        SLOW_ANSWER,
        (ANY_STATUS, 8586, "The incoming call was not acknowledged."),
        (ANY_STATUS, 8587, "The incoming call was not answered in time."),
        (ANY_STATUS, 8609, "The response to the incoming call is not valid."),
        (ANY_STATUS, 8610, "There was no response to the notification of the call."),
    ),
    *rows(NO_MEDIA_OFFER, (487, 4501, "The call was declined, or had no media to offer.")),
    *rows(
        MEDIA_OF_ACS,
        (500, 1005, "ACS had no connection to the media of our side."),  # G
        (ANY_STATUS, 8504, "The call has no media streams."),
    ),
    *rows(
        ACS_FAILED,
        (500, 10045, "The infrastructure of ACS failed."),
        (ANY_STATUS, 8518, "The call met with an exception."),
        (ANY_STATUS, 9001, "A service behind ACS failed for an unknown reason."),
        (ANY_STATUS, 9002, "A service behind ACS did not answer in time."),
        (ANY_STATUS, 9003, "ACS canceled the operation."),
        (ANY_STATUS, 9998, "ACS failed fatally."),
    ),
)
