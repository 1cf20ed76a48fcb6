"""The codes that speak of the person called: AddParticipantFailed, and CreateCallFailed or CallDisconnected for the
same reasons.

Sources: Microsoft's troubleshooting-codes page of July 2025 ("Call Automation error codes", "Calling End call codes",
"PSTN call response codes", and "Generic subcodes", which names no status), Microsoft Graph's "Call end reason codes"
(marked G), and Azure-Samples/communication-services-web-calling-tutorial (marked with the issue).
"""

from functions.lifecycle.code_rows import ANY_STATUS, Advice, rows

BUSY = Advice("The person is in another call. Call them again later.", retryable=True)
NO_ANSWER = Advice(
    "The person did not answer. Make sure that they expect the call, then call again.", retryable=True
)
DECLINED = Advice("The person declined. Agree with them on the call before calling again.")
PHONE_DECLINED = Advice(
    "The person, or a filter against fraud, declined. Agree with them on the call; if they declined nothing, check "
    "that the caller's number has no more calls at once than ACS allows it."
)
ANSWERED_ELSEWHERE = Advice(
    "The call was taken on another device. Start again with the call that is going on there."
)
OFFLINE = Advice(
    "The person cannot be reached. Ask them to open their calling app and to stay signed in, then call again.",
    retryable=True,
)
UNKNOWN_TO_ACS = Advice(
    "Nobody is signed in under that id. Check that it is the person's, and that they have opened their calling app, "
    "then call again.",
    retryable=True,
)
APP_SILENT = Advice(
    "The person's app does not react. Ask them to start it anew, or to change the device, then call again.",
    retryable=True,
)
LOST_BEFORE_CONNECTED = Advice(
    "The other side took the call but never got into it. Check that it is online, then try again.",
    retryable=True,
)
BAD_NETWORK = Advice(
    "The network of the person's device let the call down. Ask them to try another network, or one whose firewall "
    "lets ACS through, then call again.",
    retryable=True,
)
WRONG_NUMBER = Advice(
    "The number is wrong, or not in service. Check it, with country code and without spaces, such as +14255550123."
)
CALLERS_NUMBER = Advice(
    "No such number was found. Check the number called, and that the caller's number belongs to this ACS resource and "
    "its subscription is active."
)
PHONE_FORBIDDEN = Advice(
    "The telephone network refused the call. Check that the number is complete and that this resource may call its "
    "country."
)
BLOCKED = Advice(
    "The call was blocked. Check that the caller's number belongs to this ACS resource, that a voice route fits the "
    "number called, and that the caller is not taken for spam."
)
TRUNK = Advice(
    "Check the direct routing of the ACS resource in the Azure portal: it has no session border controller for this "
    "number."
)
TELEPHONE_NETWORK = Advice(
    "The telephone network failed. Call again; if it stays so, check the logs of the session border controller or ask "
    "the telephone provider.",
    retryable=True,
)
MEDIA_TO_PHONE = Advice(
    "No sound could pass between ACS and the phone. Check that firewall and session border controller let the media "
    "ports of ACS through, then call again.",
    retryable=True,
)
WRONG_ID = Advice(
    "Check the person's id: a user of this ACS resource (8:acs:...), a Teams user (8:orgid:...) or a phone number "
    "(4:+...)."
)
CALLEE_UNWILLING = Advice(
    "The person's account does not take such calls. Ask its administrator to allow private calls and calls from this "
    "ACS resource."
)
FORWARDED_IN_CIRCLES = Advice(
    "Ask the person to check their call forwarding: the call was passed on too often."
)

CALLEE_CODES = (
    *rows(
        BUSY,
        (486, 560486, "The number called was busy."),
        (486, 540486, "The number was busy."),
        (ANY_STATUS, 8539, "The person called is busy."),
        (ANY_STATUS, 8540, "The person called is busy on every device."),
    ),
    *rows(
        NO_ANSWER,
        (408, 4506, "The call was not taken in time."),
        (408, 560408, "The number called did not respond in time."),
        (480, 560480, "The number called did not answer."),
        (487, 10004, "The person called neither took nor declined the call in time."),
    ),
    *rows(
        DECLINED,
        (487, 10024, "The call was declined on every device."),
        (603, 0, "The person called declined."),
        (ANY_STATUS, 8538, "The person called declined the call."),
    ),
    *rows(PHONE_DECLINED, (603, 560603, "The number called declined.")),
    *rows(ANSWERED_ELSEWHERE, (487, 10003, "Another device took the call.")),
    *rows(
        OFFLINE,
        (480, 10076, "The person called is known, but was not online."),
        (480, 10077, "The person called is known, also for push notifications, but was not online."),
        (480, 10078, "The device of the person called is not registered or cannot be reached."),
        (ANY_STATUS, 8541, "The person called is not available."),
        (ANY_STATUS, 8544, "The person called cannot be reached."),
    ),
    *rows(UNKNOWN_TO_ACS, (480, 10037, "The person called has no device registered.")),
    *rows(
        APP_SILENT,
        (430, 10315, "A message did not reach the app of the person called."),
        (430, 10317, "The app of the person called did not confirm a message."),
        (ANY_STATUS, 8546, "The app of the person called sent a wrong request."),
    ),
    *rows(
        LOST_BEFORE_CONNECTED,
        (408, 1106, "That the call was taken was not confirmed in time."),  # G
        (408, 10057, "The set-up of the call was not finished in time."),
    ),
    *rows(
        BAD_NETWORK,
        (410, 3100, "The call was not set up, because of the device's network."),
        (410, 3101, "The call broke, because of the device's network."),
        (410, 3111, "The call was not set up: the device could not agree on media."),
        (410, 3112, "The call was not set up, because of how the device's network is configured."),
        (410, 301004, "No media connection came about."),
        (410, 301005, "The media connection was lost."),
        (490, 4502, "A request of the device did not get through its network."),
        (496, 7, "The device lost its network connection."),
    ),
    *rows(
        WRONG_NUMBER,
        (404, 560404, "The number called was not found, or is assigned to nobody."),
        (484, 560484, "The number or address called is incomplete or not valid."),
    ),
    *rows(
        CALLERS_NUMBER,
        (404, 511404, "The number, or the resource that calls, was not found."),
        (
            500,
            511404,
            "The number, or the resource that calls, was not found; told as an error of ACS.",
        ),  # 36
    ),
    *rows(PHONE_FORBIDDEN, (403, 560403, "The call to the number was forbidden, canceled or rejected.")),
    *rows(BLOCKED, (403, 510403, "The call to the number was blocked.")),
    *rows(TRUNK, (403, 511532, "The resource has no SIP trunk for the number.")),
    *rows(
        TELEPHONE_NETWORK,
        (408, 500001, "The gateway to the telephone network did not respond in time."),
        (500, 560500, "A service of the telephone network failed."),
        (500, 560503, "A service of the telephone network was not available; told as an error of ACS."),
        (503, 560503, "A service of the telephone network was not available."),
    ),
    *rows(MEDIA_TO_PHONE, (410, 531004, "No media path to the telephone network was found.")),
    *rows(
        WRONG_ID,
        (ANY_STATUS, 7602, "The id of the person called is not valid."),
        (ANY_STATUS, 8606, "The id could not be made out."),
    ),
    *rows(
        CALLEE_UNWILLING,
        (403, 10124, "The person called may not be called by this caller."),  # issue 56
        (480, 10134, "The call could not be routed to the person."),  # G
        (480, 10199, "Private calling is off for the person called."),  # G
    ),
    *rows(FORWARDED_IN_CIRCLES, (ANY_STATUS, 8521, "The call was passed on too often.")),
)
