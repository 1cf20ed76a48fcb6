"""Call Automation's REST: checked, decoded, asked of the model, answered."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from local.acs_model.requests import (
    AddParticipant,
    AddParticipantBody,
    AnswerBody,
    AnswerCall,
    Connect,
    ConnectBody,
    CreateBody,
    CreateCall,
    GetConnection,
    GetParticipant,
    HangUp,
    ListParticipants,
    RedirectBody,
    RedirectCall,
    RejectBody,
    RejectCall,
    StartTranscription,
    StopTranscription,
    Terminate,
    TranscriptionBody,
    UpdateTranscription,
)
from local.call_automation import access_key
from local.call_automation.stage import Stage
from local.entra_callers import CallerRefused, EntraCallers, is_bearer
from local.model_routes import Handler, ToOperation, answered

type Check = Callable[[web.Request], Awaitable[None]]

_CONNECTIONS = "/calling/callConnections"
_ONE = _CONNECTIONS + "/{id:[^/:]+}"


def routes(stage: Stage, check: Check) -> list[web.RouteDef]:
    """Every operation that the stand-in has; `check` lets in who may ask."""

    def asking(operation: ToOperation) -> Handler:
        return _checked(operation, stage, check)

    return [
        web.post(_CONNECTIONS, asking(_of_a_call(CreateCall, CreateBody))),
        web.post(f"{_CONNECTIONS}:answer", asking(_of_a_call(AnswerCall, AnswerBody))),
        web.post(f"{_CONNECTIONS}:connect", asking(_of_a_call(Connect, ConnectBody))),
        web.post(f"{_CONNECTIONS}:redirect", asking(_of_a_call(RedirectCall, RedirectBody))),
        web.post(f"{_CONNECTIONS}:reject", asking(_of_a_call(RejectCall, RejectBody))),
        web.get(_ONE, asking(_get), allow_head=False),
        web.delete(_ONE, asking(_hang_up)),
        web.post(f"{_ONE}:terminate", asking(_terminate)),
        web.post(f"{_ONE}:startTranscription", asking(_start)),
        web.post(f"{_ONE}:stopTranscription", asking(_stop)),
        web.post(f"{_ONE}:updateTranscription", asking(_update)),
        web.get(f"{_ONE}/participants", asking(_list_participants), allow_head=False),
        web.post(f"{_ONE}/participants:add", asking(_add_participant)),
        web.get(f"{_ONE}/participants/{{raw_id}}", asking(_get_participant), allow_head=False),
    ]


def error(status: int, code: str, message: str) -> web.Response:
    """An error in the shape of Communication Services."""
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def checking(key: str | None, callers: EntraCallers | None) -> Check:
    """Lets in who signs with the access key or bears a token of Entra; raises Unauthorized, CallerRefused."""

    async def check(request: web.Request) -> None:
        authorization = request.headers.get("Authorization", "")
        if callers is not None and is_bearer(authorization):
            await callers.check(authorization)
            return
        await access_key.check(request, key)

    return check


def _checked(to_operation: ToOperation, stage: Stage, check: Check) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            await check(request)
            operation = await to_operation(request)
        except access_key.Unauthorized as refusal:
            return error(401, "Denied", str(refusal))
        except CallerRefused as refusal:
            return error(refusal.status, "Denied", str(refusal))
        except msgspec.DecodeError as refusal:
            return error(400, "8501", f"The body is not valid: {refusal}")
        return answered(await stage.ask(operation))

    return handle


def _id(request: web.Request) -> str:
    return request.match_info["id"]


def _repeatability_id(request: web.Request) -> str | None:
    return request.headers.get("Repeatability-Request-ID")


async def _transcription_body(request: web.Request) -> TranscriptionBody:
    return msgspec.json.decode(await request.read(), type=TranscriptionBody)


def _of_a_call[Body](operation: Callable[[Body, str | None], Any], form: type[Body]) -> ToOperation:
    """What is asked of a call to which we have no connection yet: a body, and what tells a repeat."""

    async def read(request: web.Request) -> Any:
        body = msgspec.json.decode(await request.read(), type=form)
        return operation(body, _repeatability_id(request))

    return read


async def _add_participant(request: web.Request) -> AddParticipant:
    body = msgspec.json.decode(await request.read(), type=AddParticipantBody)
    return AddParticipant(_id(request), body, _repeatability_id(request))


async def _get(request: web.Request) -> GetConnection:
    return GetConnection(_id(request))


async def _hang_up(request: web.Request) -> HangUp:
    return HangUp(_id(request))


async def _terminate(request: web.Request) -> Terminate:
    return Terminate(_id(request), _repeatability_id(request))


async def _start(request: web.Request) -> StartTranscription:
    return StartTranscription(_id(request), await _transcription_body(request))


async def _stop(request: web.Request) -> StopTranscription:
    return StopTranscription(_id(request), await _transcription_body(request))


async def _update(request: web.Request) -> UpdateTranscription:
    return UpdateTranscription(_id(request), await _transcription_body(request))


async def _list_participants(request: web.Request) -> ListParticipants:
    return ListParticipants(_id(request))


async def _get_participant(request: web.Request) -> GetParticipant:
    return GetParticipant(_id(request), request.match_info["raw_id"])
