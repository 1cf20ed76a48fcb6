"""Each part is built when it is first asked for."""

import json
import os
import subprocess
import sys

import azure.functions as func
import pytest

from functions.errors import Unauthorized
from functions.lifecycle.events import StartRequested
from functions.lifecycle.journal import Occurrence
from functions.settings import read_settings
from functions.triggers.site import list_providers
from functions.wiring import Wiring
from local.child_process import PROJECT
from tests.local_cloud.call_automation_process import ACCESS_KEY, RESOURCE_ID
from tests.service.bed import entry_of, new_session
from tests.service.cloud import Cloud
from tests.service.test_settings import BANDWIDTH, KEYLESS

IMPORTS = """
import json, os, sys
import function_app
from functions.settings import read_settings
from functions.wiring import Wiring
sdks = ("azure.identity", "azure.data.tables", "azure.messaging.webpubsubservice", "azure.communication.callautomation", "aiohttp", "functions.transcript.bandwidth_frames", "functions.adapters.bandwidth", "functions.lifecycle.bandwidth_webhooks", "xml.etree.ElementTree", "functions.lifecycle.machine", "functions.transcript.formats")
def loaded(): return [sdk for sdk in sdks if sdk in sys.modules]
seen = [loaded()]
wiring = Wiring(read_settings(os.environ))
wiring.stream
seen.append(loaded())
wiring.calls
seen.append(loaded())
wiring.decoder("bandwidth")
seen.append(loaded())
print(json.dumps(seen))
"""


async def close_viewers(wiring: Wiring) -> None:
    for viewers in wiring.viewers.values():
        await viewers.client.close()  # type: ignore[attr-defined]  # the adapter, not the port


def settings_of(azurite: str, cloud: Cloud) -> dict[str, str]:
    return {
        "TABLES_CONNECTION_STRING": azurite,
        "WEB_PUBSUB_CONNECTION_STRING": cloud.web_pubsub.connection_string,
        "ACS_CONNECTION_STRING": f"endpoint={cloud.acs_url}/;accesskey={ACCESS_KEY}",
        "ACS_RESOURCE_ID": RESOURCE_ID,
        "ACS_CALLBACK_KEYS_URL": f"{cloud.acs_url}/calling/keys",
        "COGNITIVE_SERVICES_ENDPOINT": "https://speech.example",
        "PUBLIC_URL": cloud.callbacks.url,
    }


@pytest.fixture(scope="module")
def imported(azurite: str, whole_cloud: Cloud) -> list[list[str]]:
    """What a process of a deployment with keys has loaded, and when."""
    return imports(settings_of(azurite, whole_cloud))


def imports(settings: dict[str, str]) -> list[list[str]]:
    """The SDKs that a process has loaded after indexing, with its frame path and its calls built, and more."""
    ended = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-c", IMPORTS],
        env={**os.environ, **settings},
        cwd=PROJECT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    found: list[list[str]] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_indexing_imports_no_sdk_and_no_machine_and_the_frame_path_none_for_calls(
    imported: list[list[str]],
) -> None:
    indexed, framed, called, _ = imported
    assert indexed == []
    assert "azure.data.tables" in framed
    assert "azure.communication.callautomation" not in framed
    assert "azure.communication.callautomation" in called


def test_another_providers_decoder_is_imported_with_its_first_frame(imported: list[list[str]]) -> None:
    *before, asked_for = imported
    assert not any("functions.transcript.bandwidth_frames" in seen for seen in before)
    assert "functions.transcript.bandwidth_frames" in asked_for


def test_a_deployment_without_bandwidth_imports_nothing_that_only_bandwidth_needs(
    imported: list[list[str]],
) -> None:
    indexed, framed, called, _ = imported
    assert "xml.etree.ElementTree" not in indexed
    for theirs in ("functions.adapters.bandwidth", "functions.lifecycle.bandwidth_webhooks"):
        assert theirs not in [*indexed, *framed, *called]


def test_a_deployment_with_bandwidth_imports_its_adapter_when_a_call_needs_it(
    azurite: str, cloud: Cloud
) -> None:
    wiring = Wiring(read_settings(settings_of(azurite, cloud) | BANDWIDTH))
    assert set(wiring.sessions.other_calls) == {"bandwidth"}
    assert wiring.sessions.other_calls["bandwidth"]() is wiring.bandwidth


@pytest.mark.parametrize(("more", "told"), [({}, ["acs"]), (BANDWIDTH, ["acs", "bandwidth"])])
async def test_the_page_is_told_whose_calls_are_served(
    azurite: str, cloud: Cloud, more: dict[str, str], told: list[str]
) -> None:
    wiring = Wiring(read_settings(settings_of(azurite, cloud) | more))
    asked = func.HttpRequest(method="GET", url="/api/providers", body=b"")
    assert json.loads((await list_providers(asked, wiring)).get_body()) == {"providers": told}


def test_a_deployment_with_keys_never_imports_what_identities_need(imported: list[list[str]]) -> None:
    assert [sdk for seen in imported for sdk in seen if sdk == "azure.identity"] == []


def test_a_deployment_without_keys_imports_it_on_the_frame_path_and_not_at_indexing() -> None:
    indexed, framed, *_ = imports(KEYLESS)
    assert indexed == []
    assert "azure.identity" in framed
    assert "azure.communication.callautomation" not in framed


async def test_the_running_app_reads_writes_and_checks_callers(azurite: str, cloud: Cloud) -> None:
    wiring = Wiring(read_settings(settings_of(azurite, cloud)))
    session = new_session()
    try:
        await wiring.sessions.store.insert(session, entry_of(session))
        assert await wiring.find(session.id) == session
        assert await wiring.tell(session.id, Occurrence("test", "again", StartRequested())) == session
        assert wiring.stream.segments is wiring.segments
        with pytest.raises(Unauthorized):
            await wiring.check_event("connection", "sha256=0", None)
        with pytest.raises(Unauthorized):
            await wiring.check_callback("Bearer x.y.z")
    finally:
        await wiring.tables.close()
        await close_viewers(wiring)
