"""The codes with which ACS says that a transcription did not start, did not stop, or broke.

Source: Microsoft's real-time transcription how-to ("Event codes"); and 412/8583, which a stop before
TranscriptionStarted gets [recorded], where Microsoft's list of Call Automation codes only says "Precondition Failed".
"""

from functions.lifecycle.code_rows import ResultCode
from functions.lifecycle.session import Cause

TRANSCRIPTION_CODES = (
    ResultCode(
        400,
        8581,
        "StreamUrl",
        meaning="The address of the transcript socket is not valid.",
        retryable=False,
        cause=Cause.CONNECTION_ERROR,
        remedy="ACS does not accept the address of the transcript socket. Check that the Web PubSub connection "
        "setting names a public wss endpoint, then start again.",
    ),
    ResultCode(
        400,
        8565,
        "bad request",
        meaning="Azure AI services found the request bad.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="Azure AI services refused the request. Check that it supports the locale, and that "
        "COGNITIVE_SERVICES_ENDPOINT is a multi-service resource with a custom subdomain, then start again.",
    ),
    ResultCode(
        400,
        8565,
        "timing out",
        meaning="Azure AI services did not answer in time.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="Azure AI services did not answer in time. Start again in a minute; if it stays so, look at the "
        "resource's health in the Azure portal.",
    ),
    ResultCode(
        400,
        8605,
        "",
        meaning="Transcription does not support the custom speech model.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The custom speech model is not supported for transcription. Start without speechModelEndpointId, "
        "or deploy a model that real-time transcription supports.",
    ),
    ResultCode(
        400,
        8523,
        "locale is missing",
        meaning="The request has no locale.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="No locale reached ACS. Start again with a locale such as en-US.",
    ),
    ResultCode(
        400,
        8523,
        "region information",
        meaning="The locale has no region.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The locale has no region. Start again with language and region, such as en-US or de-DE.",
    ),
    ResultCode(
        405,
        8520,
        "Connect interface",
        meaning="The locale cannot be changed on a connection that joined a call.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="On a call that was joined the locale cannot change in place. Stop, then start with the new locale.",
    ),
    ResultCode(
        405,
        8520,
        "Update transcription",
        meaning="The locale cannot be changed on this call.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="This call cannot change its locale in place. Stop, then start with the new locale.",
    ),
    ResultCode(
        405,
        8520,
        "Transcription",
        meaning="This call cannot be transcribed.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="ACS does not offer transcription on this call. Check that the resource's region and the kind of "
        "call support real-time transcription.",
    ),
    ResultCode(
        400,
        8528,
        "",
        meaning="The call is over.",
        retryable=False,
        cause=Cause.CLOSED,
        remedy="The call was over already. Start again when there is a call.",
    ),
    ResultCode(
        405,
        8522,
        "url",
        meaning="The connection has no transcript socket.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The connection was made without a transcript socket. Stop this session and start a new one.",
    ),
    ResultCode(
        405,
        8522,
        "Cognitive",
        meaning="The connection has no Azure AI services.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="The connection was made without Azure AI services. Set COGNITIVE_SERVICES_ENDPOINT, then start a "
        "new session.",
    ),
    ResultCode(
        400,
        8501,
        "",
        meaning="The call is not established.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The call was not established yet. Start again when people are in the call.",
    ),
    ResultCode(
        401,
        8565,
        "",
        meaning="Azure AI services do not accept who asks.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="ACS may not use Azure AI services. Give the managed identity of the ACS resource the role "
        "Cognitive Services User on the AI services account, wait some minutes, then start again.",
    ),
    ResultCode(
        403,
        8565,
        "",
        meaning="Azure AI services forbid the request.",
        retryable=False,
        cause=Cause.ERROR,
        remedy="Azure AI services forbids the request. Check that its subscription is active and its network rules "
        "let ACS in, then start again.",
    ),
    ResultCode(
        429,
        8565,
        "",
        meaning="Azure AI services carry out as many requests as they may.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="Too many transcriptions run at once for this Azure AI services account. Wait for one to end, or ask "
        "for a higher quota.",
    ),
    ResultCode(
        500,
        8578,
        "",
        meaning="The transcript socket could not be opened.",
        retryable=True,
        cause=Cause.CONNECTION_ERROR,
        remedy="ACS could not open the transcript socket. Check that Web PubSub is up and that its event handler "
        "answers, then start again.",
    ),
    ResultCode(
        500,
        8580,
        "",
        meaning="The transcription service was shut down.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The transcription service was shut down. Start again.",
    ),
    ResultCode(
        500,
        8579,
        "",
        meaning="The transcription was canceled.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The transcription was canceled. Start again.",
    ),
    ResultCode(
        500,
        9999,
        "",
        meaning="ACS failed for an unknown reason.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="ACS failed inside. Start again; if it stays so, send Microsoft the session's correlationId.",
    ),
    ResultCode(
        412,
        8583,
        "Transcription",
        meaning="No transcription is active.",
        retryable=True,
        cause=Cause.ERROR,
        remedy="The transcription was not active yet. Nothing is lost; try again in a few seconds.",
    ),
)
