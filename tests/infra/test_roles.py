"""What the app's identity may do, held against what the adapters ask of services."""

import re
from pathlib import Path

import pytest

from tests.infra.templates import EVENT_ROUTING, INFRA, MAIN, ROOT, TEMPLATES

MODULES = INFRA / "modules"
COMMUNICATION = (MODULES / "communication-lookup.bicep").read_text()
ACCESS = "".join(path.read_text() for path in sorted(MODULES.glob("*access.bicep")))
ADAPTERS = ROOT / "functions" / "adapters"
ROLE = re.compile(r"^var (\w+) = '([0-9a-f-]{36})'$", re.MULTILINE)
ASSIGNMENT = re.compile(
    r"name: guid\(([\w[\]]+)\.id, principalId, (\w+)\)\n +scope: ([\w[\]]+)\n"
    r" +properties: \{\n +roleDefinitionId: subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', (\w+)\)"
)
NEEDED = {
    "tables/rows.py": ("storage", "storageTableDataContributor"),
    "web_pubsub.py": ("webPubSubs[number]", "webPubSubServiceOwner"),
    "call_automation.py": ("acs", "contributor"),
    "event_topic.py": ("topic", "eventGridDataSender"),
}
"""What each adapter that shows the identity to a service needs there."""
FOR_THE_HOST = {("storage", "storageBlobDataOwner"), ("applicationInsights", "monitoringMetricsPublisher")}
IDS = {
    "storageBlobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "storageTableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "webPubSubServiceOwner": "12cf5a90-567b-43ae-8102-96cf46c7d9b4",
    "contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "eventGridDataSender": "d5a91429-5739-47e2-a06b-3470a27159e7",
    "monitoringMetricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
}
"""Azure's built-in roles; a digit that slips would fail the deployment."""


def assigned() -> set[tuple[str, str]]:
    found = ASSIGNMENT.findall(ACCESS)
    assert len(found) == ACCESS.count("roleAssignments@"), "an assignment is written in another form"
    for resource, role, scope, named_role in found:
        assert (resource, role) == (scope, named_role)
    return {(scope, role) for _, _, scope, role in found}


def test_every_adapter_that_shows_the_identity_has_its_role_and_no_role_is_for_nothing() -> None:
    assert assigned() == set(NEEDED.values()) | FOR_THE_HOST


def test_the_role_that_the_first_deployment_needs_waits_for_nothing_slow() -> None:
    block = re.search(r"^module storageAccess '.*?^\}", MAIN.read_text(), re.MULTILINE | re.DOTALL)
    assert block
    assert set(re.findall(r"(\w+)\.outputs", block[0])) == {"identity", "storage"}
    assert "dependsOn" not in block[0]


def test_no_adapter_that_shows_the_identity_is_missing_here() -> None:
    showing = {
        path.relative_to(ADAPTERS).as_posix()
        for path in ADAPTERS.rglob("*.py")
        if re.search(r"\b(AsyncTokenCredential|ManagedIdentity)\b", path.read_text())
    }
    assert showing - {"managed_identity.py"} == set(NEEDED)


def test_the_roles_are_those_that_their_names_say() -> None:
    assert dict(ROLE.findall(ACCESS)) == IDS


def test_acs_may_use_the_speech_account_or_every_start_would_fail_with_8565() -> None:
    speech = (INFRA / "modules" / "speech.bicep").read_text()
    assert "var cognitiveServicesUser = 'a97b65f3-24c7-4388-baec-2e87135dc908'" in speech
    assert "principalId: acsPrincipalId" in speech
    assert "customSubDomainName:" in speech
    assert "acsPrincipalId: communicationLookup.outputs.principalId" in MAIN.read_text()


def test_the_speech_account_is_of_a_kind_that_a_new_subscription_may_make() -> None:
    kinds = re.findall(r"^  kind: '(\w+)'", (MODULES / "speech.bicep").read_text(), re.MULTILINE)
    assert kinds == ["AIServices"], "CognitiveServices needs terms to be accepted in the portal first"


def test_an_acs_that_is_there_already_is_used_where_it_is_and_none_is_made() -> None:
    main = MAIN.read_text()
    assert "module communication 'modules/communication.bicep' = if (makesAcs) {" in main
    assert "group: acsResourceGroup" in main
    assert "existing = {\n  scope: resourceGroup(group)\n  name: name\n}" in COMMUNICATION
    assert "communication.outputs" not in main, "it has none where it is not made"


def test_azd_makes_nothing_in_the_group_of_an_acs_that_was_there_or_azd_down_deletes_it() -> None:
    scopes = re.findall(r"^  scope: (.*)$", MAIN.read_text(), re.MULTILINE)
    assert set(scopes) == {"group"}
    assert set(re.findall(r"^(?:resource|module) \w+ '\S+' (.*) \{$", COMMUNICATION, re.MULTILINE)) == {
        "existing ="
    }


def test_the_role_on_acs_comes_with_the_events_and_sooner_where_acs_is_ours() -> None:
    given = re.compile(r"modules/communication-access.bicep' = (.*)\{\n  scope: (.*)\n")
    assert given.findall(MAIN.read_text()) == [("if (makesAcs) ", "group")]
    assert given.findall(EVENT_ROUTING.read_text()) == [("", "resourceGroup(acsResourceGroup)")]


def test_an_acs_without_an_identity_is_told_what_to_do_before_any_call_fails_with_8565() -> None:
    assert re.search(r"acs\.\?identity\.\?principalId \?\? fail\('.*system-assigned identity", COMMUNICATION)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_gives_away_a_key(template: Path) -> None:
    text = template.read_text()
    if template.name != "event-routing.bicep":
        assert "listKeys" not in text
    assert not re.search(
        r"^output .*(listKeys|key|secret|connectionString)", text, re.MULTILINE | re.IGNORECASE
    )


@pytest.mark.parametrize(
    ("module", "door"),
    [
        ("storage", "allowSharedKeyAccess: false"),
        ("web-pubsub", "disableLocalAuth: true"),
        ("communication", "disableLocalAuth: !accessKeys"),
        ("speech", "disableLocalAuth: true"),
        ("events", "disableLocalAuth: true"),
        ("monitoring", "DisableLocalAuth: true"),
    ],
)
def test_services_take_no_keys(module: str, door: str) -> None:
    assert door in (INFRA / "modules" / f"{module}.bicep").read_text()
