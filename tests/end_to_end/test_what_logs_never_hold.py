"""No ticket, secret, key, token or word of a call is in any log or journal; what happened is."""

from pathlib import Path
from uuid import uuid4

from yarl import URL

from functions.adapters.tables.sessions import TableSessions
from tests.end_to_end.calls import inject, line, make_call
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.sessions import journal, reaches, start, stopped, stores, transcribed
from tests.end_to_end.web_pubsub_events import MESSAGE, headers_of, post_event

MARK = "Zwiebelkuchen"


def logs(cloud: Cloud) -> dict[str, str]:
    """What each process of the cloud has written so far."""
    folder: Path = cloud.stack.run_dir
    return {path.name: path.read_text(errors="replace") for path in folder.glob("*.log")}


def holding(cloud: Cloud, secret: str) -> list[str]:
    """The logs in which a text occurs."""
    return [name for name, text in logs(cloud).items() if secret in text]


async def whole_session(cloud: Cloud) -> dict[str, str]:
    """A session from its start to its end, something said in it and read along; its access for viewers."""
    call = await make_call(cloud, [line(0, "Is this on?")])
    session = await start(cloud, call.by_group)
    access: dict[str, str] = (await cloud.api("POST", f"/api/sessions/{session['id']}/captions")).body
    async with cloud.http.ws_connect(access["url"], protocols=["json.webpubsub.azure.v1"]):
        await stores(cloud, session, 1)
    page = f"{cloud.stack.plan.functions_url}/api/captions/{session['id']}/transcript"
    read = await cloud.ask("GET", page, headers={"Authorization": f"Bearer {access['readToken']}"})
    assert read.status == 200, read.text
    await stopped(cloud, session)
    return access


async def test_no_log_holds_a_word_that_was_said(cloud: Cloud) -> None:
    word = f"{MARK}{uuid4().hex}"
    call = await make_call(cloud, [line(0, f"The {word} is ready."), line(3000, f"Which {word}?")])
    session = await start(cloud, call.by_group)
    await cloud.ask(
        "POST", f"{cloud.stack.plan.web_pubsub_url}/sim/faults", {"sends": {"status": 503, "times": 2}}
    )
    await stores(cloud, session, 2)
    await cloud.ask("POST", f"{cloud.stack.plan.web_pubsub_url}/sim/faults", {"sends": {"times": 0}})
    headers = headers_of(cloud, session, MESSAGE, f"socket-of-{session['id']}")
    for body in (f"no json, but {word}", f'{{"kind": "{word}"}}'):
        assert (await post_event(cloud, headers, body.encode())).status == 204
    await stopped(cloud, session)
    assert holding(cloud, word) == []
    assert word not in str(await journal(cloud, session))


async def test_no_log_holds_a_name_of_a_speaker(cloud: Cloud) -> None:
    name = f"{MARK} {uuid4().hex}"
    _, session = await transcribed(cloud, speakers={"8:acs:someone": name})
    await stopped(cloud, session)
    assert holding(cloud, name) == []


async def test_no_log_holds_a_ticket_or_a_secret_of_any_session_so_far(cloud: Cloud) -> None:
    await inject(cloud, "start", "status", status=403)  # what goes wrong in a callback is logged too
    call = await make_call(cloud)
    await reaches(cloud, await start(cloud, call.by_group), "failed")
    await whole_session(cloud)
    store = TableSessions(cloud.tables)
    found = [await store.load(row.session_id) async for row in store.newest(None)]
    kept = [stored.session for stored in found if stored is not None]
    assert kept
    written = "".join(logs(cloud).values())
    assert [one.id for one in kept if one.ticket in written or one.secret in written] == []


async def test_no_log_holds_a_key_or_a_token(cloud: Cloud) -> None:
    access = await whole_session(cloud)
    plan = cloud.stack.plan
    assert plan.event_handler_key is not None
    keys = (plan.web_pubsub_key, plan.acs_key, plan.master_key, plan.host_key, plan.event_handler_key)
    assert [holding(cloud, key) for key in keys] == [[]] * len(keys)
    assert holding(cloud, "eyJ") == []  # every JWT begins like this
    assert holding(cloud, "access_token=") == []
    assert holding(cloud, access["readToken"]) == []
    assert holding(cloud, URL(access["url"]).query["access_token"]) == []


async def test_the_hosts_logs_show_no_unexpected_failure(cloud: Cloud) -> None:
    before = {name: len(text) for name, text in logs(cloud).items()}
    await whole_session(cloud)
    for name, whole in logs(cloud).items():
        text = whole[before[name] :]
        if name.startswith("functions-"):
            assert "Traceback" not in text, text[text.index("Traceback") - 300 :][:3000]
            assert "/8583" not in text  # as refusals are written; an id may hold the digits too


async def test_the_journal_tells_what_happened_in_order(cloud: Cloud) -> None:
    _, session = await transcribed(cloud)
    await stopped(cloud, session)
    happened = [entry["event"] for entry in await journal(cloud, session)]
    milestones = [
        "start-requested",
        "call-connected",
        "transcription-started",
        "stop-requested",
        "transcription-stopped",
        "call-disconnected",
    ]
    assert [name for name in happened if name in milestones] == milestones
