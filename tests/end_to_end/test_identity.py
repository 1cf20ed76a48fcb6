"""A deployment without any access key does all that one with keys does."""

from contextlib import AsyncExitStack

from local.azurite import ACCOUNT_KEY
from local.stack_plan import app_settings
from tests.end_to_end.calls import connections_of, held_back, line, make_call
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.identity import keyless_of
from tests.end_to_end.sessions import over, start, stopped, stores, transcribed
from tests.end_to_end.test_events_out import names_of
from tests.end_to_end.test_two_calls import watching
from tests.waiting import until

SCRIPT = [line(number * 600, f"Sentence {number}.", duration=500) for number in range(10)]


async def test_a_call_is_transcribed_captioned_and_told_of(keyless_cloud: Cloud) -> None:
    cloud = keyless_cloud
    call = await make_call(cloud, SCRIPT)
    async with AsyncExitStack() as later:
        async with held_back(cloud, "CallConnected"):  # nobody talks before somebody reads along
            session = await start(cloud, call.by_group)
            viewer, _ = await later.enter_async_context(watching(cloud, session))
        assert await stores(cloud, session, 10) == [one["text"] for one in SCRIPT]
        await until(lambda: len(viewer.live) == len(viewer.finals) == 10)
    await stopped(cloud, session)
    await over(cloud, session)
    assert [one["state"] for one in await connections_of(cloud, call)] == ["disconnected"]
    assert await names_of(cloud, session, 3) == ["Session.Started", "Session.Stopped", "Transcript.Ready"]


async def test_an_erased_session_is_closed_everywhere(keyless_cloud: Cloud) -> None:
    cloud = keyless_cloud
    _, session = await transcribed(cloud)
    assert (await cloud.api("DELETE", f"/api/sessions/{session['id']}")).status == 202
    assert (await cloud.api("GET", f"/api/sessions/{session['id']}")).status == 404


async def test_viewers_get_a_url_of_their_own_that_the_service_signed(keyless_cloud: Cloud) -> None:
    cloud = keyless_cloud
    _, session = await transcribed(cloud)
    access = (await cloud.api("POST", f"/api/sessions/{session['id']}/captions")).body
    assert access["url"].startswith(
        f"wss://127.0.0.1:{keyless_of(cloud).web_pubsub_ports[0]}/client/hubs/captions?"
    )


async def test_every_dependency_is_ready(keyless_cloud: Cloud) -> None:
    found = (await keyless_cloud.api("GET", "/api/health/details")).body
    assert found["status"] == "up"
    assert {name for name, one in found["dependencies"].items() if one["ready"]} == {
        "tables",
        "webPubSub",
        "callAutomation",
    }


async def test_no_log_holds_a_token_or_what_opens_the_identitys_endpoint(keyless_cloud: Cloud) -> None:
    await transcribed(keyless_cloud)
    logs = sorted(keyless_cloud.stack.run_dir.glob("*.log"))
    written = {log.name: log.read_text(errors="replace") for log in logs}
    assert {"functions-1.log", "web-pubsub.log"} <= set(written)
    header = keyless_of(keyless_cloud).entra.identity_header
    assert [name for name, text in written.items() if "eyJ" in text or header in text] == []


def test_the_functions_are_given_no_key(lasting_keyless_cloud: Cloud) -> None:
    plan = lasting_keyless_cloud.stack.plan
    given = app_settings(plan)
    assert [name for name in given if "CONNECTION_STRING" in name or name.endswith("_KEY")] == []
    secrets = (plan.web_pubsub_key, plan.acs_key, plan.event_topic_key, ACCOUNT_KEY)
    assert not any(secret in value for value in given.values() for secret in secrets)
