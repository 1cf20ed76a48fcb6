"""What a client is answered over REST."""

from collections.abc import Callable
from typing import Any

from local.bandwidth_model import endings, scripts, setting_up, views
from local.bandwidth_model.requests import (
    CreateCall,
    DeleteTranscription,
    GetCall,
    GetTranscription,
    ListTranscriptions,
    ModifyCall,
    ReplaceBxml,
)
from local.bandwidth_model.state import Call, Reply, Transcription, World
from local.bandwidth_model.verbs import Hook
from local.conversation.refusals import Refusal


def _create(world: World, operation: CreateCall) -> Reply:
    call = setting_up.place(world, operation.body)
    return Reply(201, views.created(world, call, operation.body), {"Location": world.call_url(call)})


def _get(world: World, operation: GetCall) -> Reply:
    return Reply(200, views.rest(world, _known(world, operation.call_id)))


def _modify(world: World, operation: ModifyCall) -> Reply:
    """End a call, or let it fetch another script; until that is there it does nothing [I]."""
    call, body = _modifiable(world, operation.call_id), operation.body
    call.tag = call.tag if body.tag is None else body.tag or None
    if body.state == "completed":
        endings.end_call(world, call, "hangup")
    elif body.redirect_url is None:
        raise Refusal(400, "validation", "A redirectUrl is required for the state active")
    else:
        scripts.interrupt(world, call)
        hook = Hook(body.redirect_url, body.redirect_method, body.username or "", body.password or "")
        scripts.fetch(world, call, hook, "redirect")
    return Reply(200)


def _replace(world: World, operation: ReplaceBxml) -> Reply:
    """A document that is no BXML is taken, and fails the call [I]."""
    call = _modifiable(world, operation.call_id)
    scripts.begin(world, call, operation.document, call.base_url)
    return Reply(204)


def _list_transcriptions(world: World, operation: ListTranscriptions) -> Reply:
    call = _known(world, operation.call_id)
    made = [each for each in call.transcriptions if not each.deleted]
    return Reply(200, [views.transcription_brief(world, each) for each in made])


def _get_transcription(world: World, operation: GetTranscription) -> Reply:
    made = _transcription(world, operation)
    if made.readable_at is None or world.now < made.readable_at:
        raise Refusal(404, "validation", "The transcription is not available")
    return Reply(200, views.text_of(world, made))


def _delete_transcription(world: World, operation: DeleteTranscription) -> Reply:
    _transcription(world, operation).deleted = True
    return Reply(200)


def _known(world: World, call_id: str) -> Call:
    if call_id not in world.calls:
        raise Refusal(404, "validation", f"Call [{call_id}] not found")
    return world.calls[call_id]


def _modifiable(world: World, call_id: str) -> Call:
    call = _known(world, call_id)
    if call.ended_at is not None:
        raise Refusal(404, "validation", f"Call [{call_id}] not found")
    if call.state != "answered":
        raise Refusal(409, "validation", f"Call [{call_id}] cannot be modified in its current state")
    return call


def _transcription(world: World, asked: GetTranscription | DeleteTranscription) -> Transcription:
    for made in _known(world, asked.call_id).transcriptions:
        if made.id == asked.transcription_id and not made.deleted:
            return made
    raise Refusal(404, "validation", f"Transcription [{asked.transcription_id}] not found")


REPLIES: dict[type, Callable[[World, Any], Reply]] = {
    CreateCall: _create,
    GetCall: _get,
    ModifyCall: _modify,
    ReplaceBxml: _replace,
    ListTranscriptions: _list_transcriptions,
    GetTranscription: _get_transcription,
    DeleteTranscription: _delete_transcription,
}
"""By the type of the operation; each raises Refusal where it cannot be carried out."""
