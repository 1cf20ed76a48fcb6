"""Programmable Voice's REST: checked, decoded, asked of the model, answered."""

import msgspec
from aiohttp import web

from local.bandwidth.access_tokens import AccessTokens, Unauthorized
from local.bandwidth.stage import Stage
from local.bandwidth_model.requests import (
    CreateBody,
    CreateCall,
    DeleteTranscription,
    GetCall,
    GetTranscription,
    ListTranscriptions,
    ModifyBody,
    ModifyCall,
    ReplaceBxml,
)
from local.model_routes import Handler, ToOperation, answered

_CALLS = "/api/v2/accounts/{account}/calls"
_CALL = _CALLS + "/{call}"
_TRANSCRIPTION = _CALL + "/transcriptions/{transcription}"
_JSON, _XML = ("application/json",), ("application/xml", "text/xml")


class WrongMediaType(Exception):
    """A body is of another media type than this operation takes."""


def routes(stage: Stage, tokens: AccessTokens, account_id: str) -> list[web.RouteDef]:
    """Every operation that the stand-in has."""

    def asking(operation: ToOperation) -> Handler:
        return _checked(operation, stage, tokens, account_id)

    return [
        web.post("/api/v1/oauth2/token", tokens.give),
        web.post(_CALLS, asking(_create)),
        web.get(_CALL, asking(_get), allow_head=False),
        web.post(_CALL, asking(_modify)),
        web.put(f"{_CALL}/bxml", asking(_replace)),
        web.get(f"{_CALL}/transcriptions", asking(_list), allow_head=False),
        web.get(_TRANSCRIPTION, asking(_get_transcription), allow_head=False),
        web.delete(_TRANSCRIPTION, asking(_delete_transcription)),
    ]


def error(status: int, kind: str, description: str) -> web.Response:
    """An error in the shape of Bandwidth."""
    return web.json_response({"type": kind, "description": description, "id": None}, status=status)


def _checked(to_operation: ToOperation, stage: Stage, tokens: AccessTokens, account_id: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            tokens.check(request.headers.get("Authorization", ""))
        except Unauthorized as refusal:
            return error(401, "authentication-error", str(refusal))
        if request.match_info["account"] != account_id:
            return error(403, "authorization-error", "Access is denied")
        try:
            operation = await to_operation(request)
        except WrongMediaType as refusal:
            return error(415, "validation", str(refusal))
        except (msgspec.DecodeError, UnicodeDecodeError) as refusal:
            return error(400, "validation", f"The body is not valid: {refusal}")
        return answered(await stage.ask(operation))

    return handle


async def _body(request: web.Request, media_types: tuple[str, ...]) -> bytes:
    if request.content_type not in media_types:
        raise WrongMediaType(f"Content type '{request.content_type}' not supported")
    return await request.read()


def _call(request: web.Request) -> str:
    return request.match_info["call"]


async def _create(request: web.Request) -> CreateCall:
    return CreateCall(msgspec.json.decode(await _body(request, _JSON), type=CreateBody))


async def _get(request: web.Request) -> GetCall:
    return GetCall(_call(request))


async def _modify(request: web.Request) -> ModifyCall:
    body = msgspec.json.decode(await _body(request, _JSON), type=ModifyBody)
    return ModifyCall(_call(request), body)


async def _replace(request: web.Request) -> ReplaceBxml:
    return ReplaceBxml(_call(request), (await _body(request, _XML)).decode())


async def _list(request: web.Request) -> ListTranscriptions:
    return ListTranscriptions(_call(request))


async def _get_transcription(request: web.Request) -> GetTranscription:
    return GetTranscription(_call(request), request.match_info["transcription"])


async def _delete_transcription(request: web.Request) -> DeleteTranscription:
    return DeleteTranscription(_call(request), request.match_info["transcription"])
