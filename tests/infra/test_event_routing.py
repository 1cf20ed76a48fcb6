"""The addresses to which events are routed, held against the functions that wait there."""

import re

import azure.functions as func
import pytest

from functions.services.ports import CAPTIONS_HUB, TRANSCRIPT_HUB
from functions.triggers import event_grid, transcript_stream
from functions.triggers.acs_events import PREFIX
from functions.triggers.endpoints import ALL, Endpoint
from tests.infra.templates import EVENT_ROUTING, INFRA, TEMPLATES, strings

TEXT = EVENT_ROUTING.read_text()
SUBSCRIPTION = (INFRA / "modules" / "communication-events.bicep").read_text()
KEY = re.compile(
    r"var (\w+) = listKeys\(resourceId\('Microsoft.Web/sites/functions', functionAppName, '(\w+)'\)"
)
CALLBACKS = re.search(r"var callbacks = 'https://\$\{functionApp.properties.defaultHostName\}/(\S+)'", TEXT)
ADDRESS = re.compile(r"'\$\{callbacks\}/([\w-]+)\?code=\$\{uriComponent\((\w+)\)\}'")
FOR_SERVICES = [one for one in ALL if one.for_services]
"""With Entra ID on, the host would not ask others for the key."""


def routed() -> dict[str, str]:
    """The routes to which events go, each with the function whose key opens it there."""
    function_of = dict(KEY.findall(TEXT))
    assert CALLBACKS
    return {f"{CALLBACKS[1]}/{path}": function_of[key] for path, key in ADDRESS.findall(TEXT)}


def test_only_the_two_callbacks_of_services_with_keys_are_routed() -> None:
    assert routed() == {each.route: each.name for each in FOR_SERVICES}


@pytest.mark.parametrize("endpoint", FOR_SERVICES, ids=lambda each: each.route)
def test_a_function_that_gets_events_has_a_key_and_answers_handshakes(endpoint: Endpoint) -> None:
    assert endpoint.auth_level == func.AuthLevel.FUNCTION
    assert set(endpoint.methods) == {"POST", "OPTIONS"}


def test_event_grid_brings_what_the_app_takes_in_and_nothing_else() -> None:
    wanted = {PREFIX + name for name in event_grid.RECEIVERS}
    assert set(strings("includedEventTypes", SUBSCRIPTION)) == wanted


def test_web_pubsub_brings_frames_and_the_socket_events_that_the_app_acts_on() -> None:
    assert "userEventPattern: 'message'" in TEXT
    acted_on = {transcript_stream.CONNECT, transcript_stream.DISCONNECTED}
    assert {f"azure.webpubsub.sys.{name}" for name in strings("systemEvents", TEXT)} == acted_on


def test_frames_come_with_the_token_of_web_pubsubs_identity_for_the_audience_that_the_app_checks() -> None:
    assert "type: 'ManagedIdentity'" in TEXT
    assert "managedIdentity: { resource: webPubSubAudience }" in TEXT
    main = (INFRA / "main.bicep").read_text()
    assert "WEB_PUBSUB_AUDIENCE: audience" in main
    assert "output WEB_PUBSUB_AUDIENCE string = audience" in main


def test_the_hubs_are_those_of_the_code_and_viewers_have_no_handler() -> None:
    service = (INFRA / "modules" / "web-pubsub.bicep").read_text()
    hub = re.compile(r"/hubs@[\d-]+' = \[\n  for [^\n]+: \{\n    parent: \w+\[number\]\n    name: '(\w+)'")
    assert hub.findall(service) == [CAPTIONS_HUB]
    assert service.count("/hubs@") == TEXT.count("/hubs@") == 1
    assert hub.findall(TEXT) == [TRANSCRIPT_HUB]
    assert "eventHandlers" not in service
    for template in (service, TEXT):
        assert "anonymousConnectPolicy: 'deny'" in template


def test_the_subscription_stands_on_the_acs_resource_so_that_it_clashes_with_nobodys_system_topic() -> None:
    assert "'Microsoft.EventGrid/eventSubscriptions@" in SUBSCRIPTION
    assert "scope: acs\n" in SUBSCRIPTION
    assert "scope: resourceGroup(acsResourceGroup)" in TEXT
    assert not any("systemTopics@" in path.read_text() for path in TEMPLATES)


def test_two_deployments_on_one_acs_have_subscriptions_of_their_own() -> None:
    assert "name: subscriptionName" in SUBSCRIPTION
    assert "subscriptionName: functionAppName" in TEXT


def test_the_address_with_a_key_in_it_is_not_kept_in_the_deployments_history() -> None:
    assert re.search(r"@secure\(\)\n@description.*\nparam endpointUrl string", SUBSCRIPTION)
