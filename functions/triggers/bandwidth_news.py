"""What Bandwidth's webhooks tell, once their sender is known: what happens to a session's call, and calls that ring.

One that asks what the call shall do is answered with BXML, any other with 204.
"""

import logging

import azure.functions as func
from msgspec.structs import replace

from functions.lifecycle.answer_rules import match_script
from functions.lifecycle.bandwidth import LOCALES, PROVIDER
from functions.lifecycle.bandwidth_webhooks import Webhook, event_of, read_webhook
from functions.lifecycle.bxml import hang_up_script
from functions.lifecycle.events import NamesHeard
from functions.lifecycle.journal import Occurrence
from functions.lifecycle.raw_ids import PHONE
from functions.lifecycle.session import IncomingCall, Session, StartAt
from functions.services import incoming, people
from functions.services.applying import apply, apply_news
from functions.services.ports import Stored
from functions.services.wired import Services
from functions.triggers.answers import answer_empty
from functions.triggers.tickets import check_ticket

ASKING = frozenset({"answer", "initiate", "redirect"})
"""Webhooks whose answer is what the call does next."""
LOG = logging.getLogger("verbatim.http")


async def hear_of_call(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Let the session know what happened to its call.

    Raises Unauthorized for a wrong ticket, InputRefused, Unavailable.
    """
    stored = await check_ticket(services, req.route_params["id"], req.params.get("ticket", ""), PROVIDER)
    webhook = read_webhook(req.get_body())
    session = await hear(services, stored, webhook)
    if webhook.event_type not in ASKING:
        return answer_empty()
    if webhook.call_id != session.call_connection_id:  # one too many, or of a start that has failed
        return answer_bxml(hang_up_script())
    return answer_bxml(await services.answer_bandwidth(session))


async def hear_of_number(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """A call rings: answered as a rule says, or not at all. Later news of it comes here, too, such as its end.

    Raises InputRefused, Unavailable.
    """
    webhook = read_webhook(req.get_body())
    if webhook.event_type != "initiate":
        stored = await people.session_with(services.sessions, webhook.call_id)
        if stored is not None and stored.session.request.provider == PROVIDER:
            await hear(services, stored, webhook)
        return answer_empty()
    session = await answer(services, webhook)
    return answer_bxml(hang_up_script() if session is None else await services.answer_bandwidth(session))


async def hear(services: Services, stored: Stored, webhook: Webhook) -> Session:
    """The session after what a webhook tells, and after the names of the call's parties."""
    known: Stored | None = stored
    session = stored.session
    names = names_of(webhook)
    if not names.items() <= session.names.items() and session.ended_at is None:
        happened = Occurrence(webhook.source, f"names/{webhook.id}", NamesHeard(names))
        session, known = await apply(services.sessions, session.id, happened, stored), None

    def understand(session: Session) -> Occurrence:
        return Occurrence(webhook.source, webhook.id, event_of(webhook, session))

    return await apply_news(services.sessions, session.id, understand, known)


def names_of(webhook: Webhook) -> dict[str, str]:
    """Who is heard on which track."""
    from functions.transcript.bandwidth_frames import party_names  # noqa: PLC0415 -- spares the others a decoder

    names = party_names(webhook.direction, webhook.caller, webhook.to) if webhook.direction else {}
    return {track: name for track, name in names.items() if name}


async def answer(services: Services, webhook: Webhook) -> Session | None:
    """The session that answers a call which rings; none if no rule wants it answered."""
    call = IncomingCall(PHONE + webhook.caller, PHONE + webhook.to, webhook.call_id, "")
    request = match_script(services.settings.answer_rules, call)
    if request is None:
        return None
    if request.locale not in LOCALES:  # a rule for both providers, with a locale that ACS has
        LOG.warning(
            "an answer rule has the locale %s, which Bandwidth lacks: %s it is", request.locale, LOCALES[0]
        )
        request = replace(request, locale=LOCALES[0])
    wanted = replace(request, provider=PROVIDER, start_at=StartAt.SETUP, locales=LOCALES)
    session = await incoming.answer(services.sessions, wanted)
    return session if session is None else await name_parties(services, session, webhook)


async def name_parties(services: Services, session: Session, webhook: Webhook) -> Session:
    """The session with the names of who calls and who is called."""
    happened = Occurrence(webhook.source, webhook.id, NamesHeard(names_of(webhook)))
    return await apply(services.sessions, session.id, happened)


def answer_bxml(script: bytes) -> func.HttpResponse:
    """What the call does next."""
    return func.HttpResponse(
        script, status_code=200, mimetype="application/xml", headers={"Cache-Control": "no-store"}
    )
