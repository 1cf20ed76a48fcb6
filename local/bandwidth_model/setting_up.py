"""Calls that begin: one that we place, and one that comes in."""

from functools import partial

from local.bandwidth_model import endings, faults, scripts, webhooks
from local.bandwidth_model.requests import CreateBody
from local.bandwidth_model.state import Call, World
from local.bandwidth_model.steering import Application
from local.bandwidth_model.verbs import Hook
from local.conversation import speech
from local.conversation.people import answering_of, spoken_by, time_to_pick_up
from local.conversation.refusals import Refusal
from local.conversation.steering import Answering, Ring

CALLS_A_SECOND = 5
MOST_SESSIONS = 100
"""The limits of an account by default [D]."""
DIALLED_AFTER = 100
"""Time in ms from `queued` to `initiated` [I]."""
INBOUND_CALLBACK_SECONDS = 15.0


def place(world: World, body: CreateBody) -> Call:
    """Call a number. Raises Refusal where the account's limits are reached."""
    _check_limits(world)
    world.created.append(world.now)
    answering = answering_of(world, body.called)
    call = Call(
        call_id=world.mint("c"),
        direction="outbound",
        caller=body.caller,
        called=body.called,
        application_id=body.application_id,
        disconnect=_hook(body.disconnect_url, body.disconnect_method, body.username, body.password),
        callback_seconds=body.callback_timeout,
        tag=body.tag,
        manners=answering,
        created_at=world.now,
        enqueued_at=world.now,
    )
    world.calls[call.call_id] = call
    world.later(call.scaled(DIALLED_AFTER), partial(_dial, world, call, body, answering))
    return call


def ring(world: World, asked: Ring) -> Call:
    """Somebody calls a number of ours. Raises Refusal where no application has it."""
    called = asked.called.removeprefix("4:")
    application = _application_of(world, called)
    call = Call(
        call_id=world.mint("c"),
        direction="inbound",
        caller=asked.caller.removeprefix("4:"),
        called=called,
        application_id=application.application_id,
        disconnect=_hook(application.call_status_url, "POST", application.username, application.password),
        callback_seconds=INBOUND_CALLBACK_SECONDS,
        tag=None,
        manners=asked,
        created_at=world.now,
        started_at=world.now,
        state="initiated",
    )
    world.calls[call.call_id] = call
    hook = Hook(application.call_initiated_url, "POST", application.username, application.password)
    call.running = "initiate"
    webhooks.ask(world, call, hook, "initiate", partial(_picked_up, world, call, asked, hook.url))
    return call


def _picked_up(world: World, call: Call, asked: Ring, base_url: str, document: str) -> None:
    """The script is there, and the call is answered by its running [D]."""
    call.state, call.answered_at = "answered", world.now
    scripts.begin(world, call, document, base_url)
    call.joined += [speaker.raw_id for speaker in asked.speakers]
    speech.take_script(world, call, spoken_by(call.caller, asked.script))


def _check_limits(world: World) -> None:
    recent = [moment for moment in world.created if world.now - moment < 1000]  # noqa: PLR2004 -- a second
    world.created = recent
    if len(recent) >= CALLS_A_SECOND:
        raise Refusal(429, "error", "Account call creation rate limit exceeded", retry_after=1)
    if sum(call.ended_at is None for call in world.calls.values()) >= MOST_SESSIONS:
        raise Refusal(429, "error", "Account concurrent call limit exceeded", retry_after=1)


def _dial(world: World, call: Call, body: CreateBody, answering: Answering) -> None:
    if call.ended_at is not None:
        return
    call.state, call.started_at = "initiated", world.now
    cause = faults.cause_of(world, "create")
    if cause is not None:
        endings.end_call(world, call, cause, "This failure was asked for")
    elif answering.picks_up:
        wait = time_to_pick_up(world, call, answering)
        world.later(wait, partial(_answered, world, call, body, answering))
    else:
        wait = call.scaled(body.call_timeout * 1000)
        world.later(wait, partial(endings.end_call, world, call, "timeout"))


def _answered(world: World, call: Call, body: CreateBody, answering: Answering) -> None:
    if call.ended_at is not None:
        return
    call.state, call.answered_at = "answered", world.now
    speech.take_script(world, call, spoken_by(call.called, answering.script))
    second = _hook(
        body.answer_fallback_url, body.answer_fallback_method, body.fallback_username, body.fallback_password
    )
    hook = Hook(body.answer_url, body.answer_method, body.username or "", body.password or "", second)
    scripts.fetch(world, call, hook, "answer")


def _application_of(world: World, called: str) -> Application:
    having = [app for app in world.applications.values() if called in app.numbers or not app.numbers]
    if not having:
        raise Refusal(
            409, "noApplication", f"No application has the number {called}; POST /sim/applications."
        )
    return max(having, key=lambda app: called in app.numbers)


def _hook(url: str | None, method: str, username: str | None, password: str | None) -> Hook | None:
    return None if url is None else Hook(url, method, username or "", password or "")
