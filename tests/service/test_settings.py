"""Settings are right, or every mistake is told at once by its name."""

from typing import Any

import pytest

from functions.errors import SettingsInvalid
from functions.lifecycle.answer_rules import AnswerRule
from functions.settings import SignIn, read_settings
from local.azurite import connection_string

GOOD = {
    "TABLES_CONNECTION_STRING": connection_string(10002),
    "WEB_PUBSUB_CONNECTION_STRING": "Endpoint=http://127.0.0.1:8080;AccessKey=a+b/c==;Version=1.0;",
    "ACS_CONNECTION_STRING": "endpoint=https://acs.example/;accesskey=c2VjcmV0",
    "ACS_RESOURCE_ID": "6d889502-3d7a-41a8-befa-d21fd80e8767",
    "COGNITIVE_SERVICES_ENDPOINT": "https://speech.example/",
    "PUBLIC_URL": "https://app.example/",
}

KEYLESS = {
    "TABLES_ENDPOINT": "https://tables.example/",
    "WEB_PUBSUB_ENDPOINT": "https://web-pubsub.example/",
    "WEB_PUBSUB_IDENTITY": "5A1D8B0C-3F0B-4E8E-9C57-6C2F4B1B7E21",
    "AZURE_TENANT_ID": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "ACS_ENDPOINT": "https://acs.example/",
    "ACS_RESOURCE_ID": GOOD["ACS_RESOURCE_ID"],
    "COGNITIVE_SERVICES_ENDPOINT": "https://speech.example/",
    "PUBLIC_URL": "https://app.example/",
}
BANDWIDTH = {
    "BANDWIDTH_ACCOUNT_ID": "9900000",
    "BANDWIDTH_APPLICATION_ID": "7fc9698a-b04a-468b-9e8f-91238c0d0086",
    "BANDWIDTH_CLIENT_ID": "a-client",
    "BANDWIDTH_CLIENT_SECRET": "its secret",
    "BANDWIDTH_WEBHOOK_USER": "bandwidth",
    "BANDWIDTH_WEBHOOK_PASSWORD": "comes with this",
}
FORMS = [
    ("TABLES_CONNECTION_STRING", "TABLES_ENDPOINT"),
    ("WEB_PUBSUB_CONNECTION_STRING", "WEB_PUBSUB_ENDPOINT"),
    ("ACS_CONNECTION_STRING", "ACS_ENDPOINT"),
]


def mistakes_of(**changed: str) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(GOOD | changed)
    return str(caught.value)


def test_good_settings_are_read_with_their_defaults() -> None:
    settings = read_settings(GOOD)
    assert settings.acs_endpoint == "https://acs.example"
    assert settings.acs_access_key == "c2VjcmV0"
    [web_pubsub] = settings.web_pubsubs
    assert (web_pubsub.host, web_pubsub.key) == ("127.0.0.1", "a+b/c==")
    assert settings.public_url == "https://app.example"
    assert settings.cognitive_services_endpoint == "https://speech.example"
    assert settings.callback_keys_url == "https://acscallautomation.communication.azure.com/calling/keys"
    assert settings.callback_issuer == "https://acscallautomation.communication.azure.com"
    assert (settings.interim_ms, settings.captions_access_minutes) == (500, 60)
    assert settings.longest_session_ms == 24 * 3_600_000
    assert settings.sweep_schedule == "*/15 * * * * *"
    assert (settings.retention_days, settings.retention_schedule) == (0, "0 17 * * * *")
    assert (settings.event_topic_endpoint, settings.event_topic_key) == ("", "")
    assert settings.answer_rules == ()


def test_the_other_settings_are_read() -> None:
    settings = read_settings(
        GOOD
        | {
            "EVENT_TOPIC_ENDPOINT": " https://topic.example/api/events ",
            "EVENT_TOPIC_KEY": " c2VjcmV0 ",
            "RETENTION_DAYS": "3650",
            "RETENTION_SCHEDULE": "0 0 3 * * *",
            "ANSWER_RULES": ' [{"to": "+15551230000", "answerAlone": true}] ',
        }
    )
    assert settings.event_topic_endpoint == "https://topic.example/api/events"
    assert settings.event_topic_key == "c2VjcmV0"
    assert (settings.retention_days, settings.retention_schedule) == (3650, "0 0 3 * * *")
    assert settings.answer_rules == (AnswerRule("4:+15551230000"),)


def test_the_public_url_is_the_apps_own_in_azure() -> None:
    environment: dict[str, str] = {**GOOD, "WEBSITE_HOSTNAME": "app.azurewebsites.net"}
    del environment["PUBLIC_URL"]
    assert read_settings(environment).public_url == "https://app.azurewebsites.net"


def test_every_missing_setting_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings({})
    assert all(str(caught.value).count(f"- {name} ") == 1 for name in GOOD)


def test_every_mistake_is_told_at_once_by_its_name() -> None:
    wrong: dict[str, Any] = {
        "TABLES_CONNECTION_STRING": "DefaultEndpointsProtocol=https",
        "WEB_PUBSUB_CONNECTION_STRING": "Endpoint=http://127.0.0.1:8080",
        "ACS_CONNECTION_STRING": "accesskey=c2VjcmV0",
        "ACS_RESOURCE_ID": "   ",
        "ACS_CALLBACK_KEYS_URL": "ftp://keys",
        "COGNITIVE_SERVICES_ENDPOINT": "speech.example",
        "PUBLIC_URL": "http://[::1",
        "INTERIM_INTERVAL_MS": "0.5",
        "LONGEST_SESSION_HOURS": "0",
        "CAPTIONS_ACCESS_MINUTES": "²",
        "RETENTION_DAYS": "-1",
        "EVENT_TOPIC_ENDPOINT": "topic.example",
        "ANSWER_RULES": "to: me",
    }
    told = mistakes_of(**wrong)
    assert [name for name in wrong if told.count(f"- {name} ") != 1] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TABLES_CONNECTION_STRING", "AccountName=a;AccountKey=b"),
        ("TABLES_CONNECTION_STRING", "nonsense"),
        ("WEB_PUBSUB_CONNECTION_STRING", "Endpoint=nowhere;AccessKey=k;Version=1.0;"),
        ("WEB_PUBSUB_CONNECTION_STRING", "Endpoint=http://[::1;AccessKey=k;Version=1.0;"),
        ("ACS_CONNECTION_STRING", "endpoint=acs.example;accesskey=c2VjcmV0"),
        ("ACS_CONNECTION_STRING", "endpoint=https://acs.example;accesskey=not base64"),
        ("PUBLIC_URL", "https://"),
        ("INTERIM_INTERVAL_MS", "10001"),
        ("LONGEST_SESSION_HOURS", "-1"),
        ("RETENTION_DAYS", "3651"),
        ("RETENTION_DAYS", "1.5"),
        ("AZURE_CLIENT_ID", "the app's"),
        ("ENTRA_AUTHORITY", "login.microsoftonline.com"),
        ("ACS_RESOURCE_ID", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/x"),
        ("ENTRA_AUTHORITY", "http://login.microsoftonline.com"),
        ("ACS_CALLBACK_KEYS_URL", "http://acscallautomation.communication.azure.com/calling/keys"),
        ("ACS_CALLBACK_KEYS_URL", "http://127.0.0.1.keys.example/"),
        ("ACS_CALLBACK_KEYS_URL", "http://localhost@keys.example/"),
        ("PUBLIC_URL", "http://app.example"),
        ("COGNITIVE_SERVICES_ENDPOINT", "http://speech.example"),
        ("SWEEP_SCHEDULE", "soon"),
        ("SWEEP_SCHEDULE", "*/15 * * * *"),
        ("SWEEP_SCHEDULE", "*/60 * * * * *"),
        ("SWEEP_SCHEDULE", "*/15 * * * * * *"),
        ("RETENTION_SCHEDULE", "0 0 24 * * *"),
        ("RETENTION_SCHEDULE", "0 0 3 * * mon,"),
        ("RETENTION_SCHEDULE", "0 0 3 * * 7"),
        ("RETENTION_SCHEDULE", "0 0 3 0 * *"),
        ("RETENTION_SCHEDULE", "0 0 3 * 0 *"),
        ("SWEEP_SCHEDULE", "*/0 * * * * *"),
        ("SWEEP_SCHEDULE", "mon * * * * *"),
        ("SWEEP_SCHEDULE", "*-5 * * * * *"),
        ("RETENTION_SCHEDULE", "0 0 3 * mon *"),
        ("RETENTION_SCHEDULE", "0 0 3 * * jan"),
        ("RETENTION_SCHEDULE", "0 0 3 * * any"),
        ("ANSWER_RULES", "[{}"),
        ("ANSWER_RULES", '{"to": "+15551230000", "answerAlone": true}'),
        ("ANSWER_RULES", '[{"to": "+15551230000"}]'),
        ("ANSWER_RULES", '[{"to": "+15551230000", "answerAlone": true, "locale": "english"}]'),
    ],
)
def test_a_setting_that_can_not_work_is_told_before_anything_starts(name: str, value: str) -> None:
    told = mistakes_of(**{name: value})
    assert told.count(f"- {name} ") == 1
    assert told.count("\n- ") == 1


@pytest.mark.parametrize(
    "schedule", ["*/15 * * * * *", "0 0 0 1 1 *", "0 30 9-17/2 * Jan,jul Mon-Fri", "0 0 3 31 12 6"]
)
def test_a_schedule_is_taken_as_it_is(schedule: str) -> None:
    assert read_settings(GOOD | {"SWEEP_SCHEDULE": schedule}).sweep_schedule == schedule


@pytest.mark.parametrize("address", ["http://127.0.0.1:7071", "http://localhost:7071", "http://[::1]:7071"])
def test_an_address_of_this_machine_needs_no_tls(address: str) -> None:
    assert read_settings(GOOD | {"PUBLIC_URL": address}).public_url == address


def test_an_event_topics_key_needs_its_address() -> None:
    told = mistakes_of(EVENT_TOPIC_KEY="c2VjcmV0")
    assert "- EVENT_TOPIC_ENDPOINT is missing." in told
    assert told.count("\n- ") == 1


def test_without_any_key_the_managed_identity_opens_every_service() -> None:
    settings = read_settings(KEYLESS | {"EVENT_TOPIC_ENDPOINT": "https://topic.example/api/events"})
    assert (settings.tables_connection_string, settings.tables_endpoint) == ("", "https://tables.example")
    [web_pubsub] = settings.web_pubsubs
    assert (web_pubsub.endpoint, web_pubsub.key) == ("https://web-pubsub.example", "")
    assert web_pubsub.host == "web-pubsub.example"
    assert web_pubsub.identity == "5a1d8b0c-3f0b-4e8e-9c57-6c2f4b1b7e21"
    assert web_pubsub.tenant == "72f988bf-86f1-41af-91ab-2d7cd011db47"
    assert web_pubsub.audience == "https://webpubsub.azure.com"
    assert (settings.acs_endpoint, settings.acs_access_key) == ("https://acs.example", "")
    assert settings.event_topic_endpoint == "https://topic.example/api/events"
    assert settings.event_topic_key == ""
    assert settings.client_id == ""
    assert settings.entra_authority == "https://login.microsoftonline.com"


def test_the_identity_its_audience_and_who_issues_tokens_can_be_chosen() -> None:
    settings = read_settings(
        KEYLESS
        | {
            "AZURE_CLIENT_ID": " 0F8FAD5B-D9CB-469F-A165-70867728950E ",
            "WEB_PUBSUB_AUDIENCE": "api://verbatim",
            "ENTRA_AUTHORITY": "https://login.microsoftonline.us/",
        }
    )
    assert settings.client_id == "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert settings.web_pubsubs[0].audience == "api://verbatim"
    assert settings.entra_authority == "https://login.microsoftonline.us"


@pytest.mark.parametrize(("connection", "endpoint"), FORMS)
def test_each_service_has_its_key_or_the_identity_for_itself(connection: str, endpoint: str) -> None:
    mixed: dict[str, str] = {name: value for name, value in GOOD.items() if name != connection}
    needed = (endpoint, "WEB_PUBSUB_IDENTITY", "AZURE_TENANT_ID")
    read_settings(mixed | {name: KEYLESS[name] for name in needed})


@pytest.mark.parametrize(("connection", "endpoint"), FORMS)
def test_a_key_and_the_identity_for_one_service_are_a_mistake(connection: str, endpoint: str) -> None:
    told = mistakes_of(**{endpoint: KEYLESS[endpoint]})
    assert f"- {connection} is set, and so is {endpoint}. " in told
    assert told.count("\n- ") == 1


@pytest.mark.parametrize("name", ["WEB_PUBSUB_IDENTITY", "AZURE_TENANT_ID"])
@pytest.mark.parametrize("value", ["", "somebody", "5a1d8b0c3f0b4e8e9c576c2f4b1b7e21"])
def test_a_web_pubsub_without_keys_must_be_known_by_its_identity(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(KEYLESS | {name: value})
    assert str(caught.value).count(f"- {name} is ") == 1
    assert str(caught.value).count("\n- ") == 1


@pytest.mark.parametrize(
    "name", ["TABLES_ENDPOINT", "WEB_PUBSUB_ENDPOINT", "ACS_ENDPOINT", "EVENT_TOPIC_ENDPOINT"]
)
@pytest.mark.parametrize("value", ["http://plain.example", "name.example", "https://"])
def test_no_token_goes_to_an_address_without_tls(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(KEYLESS | {name: value})
    assert str(caught.value).count(f"- {name} is not an https address. ") == 1
    assert str(caught.value).count("\n- ") == 1


TWO_KEYS = ("Endpoint=https://a.example;AccessKey=one", "Endpoint=https://b.example:8443;AccessKey=two")
OTHER_IDENTITY = "0f8fad5b-d9cb-469f-a165-70867728950e"
TWO_IDENTITIES = {
    "WEB_PUBSUB_ENDPOINT": "https://a.example,https://b.example/",
    "WEB_PUBSUB_IDENTITY": f"{KEYLESS['WEB_PUBSUB_IDENTITY']}, {OTHER_IDENTITY}",
}


@pytest.mark.parametrize("between", [",", "\n", " , \r\n"])
def test_several_web_pubsubs_are_listed_with_commas_or_line_by_line(between: str) -> None:
    settings = read_settings(GOOD | {"WEB_PUBSUB_CONNECTION_STRING": between.join(TWO_KEYS)})
    assert [(each.name, each.key) for each in settings.web_pubsubs] == [
        ("a.example", "one"),
        ("b.example:8443", "two"),
    ]


def test_several_without_keys_have_an_identity_each() -> None:
    first, second = read_settings(KEYLESS | TWO_IDENTITIES).web_pubsubs
    assert (first.name, first.identity) == ("a.example", KEYLESS["WEB_PUBSUB_IDENTITY"].lower())
    assert (second.endpoint, second.identity) == ("https://b.example", OTHER_IDENTITY)
    assert (second.tenant, second.audience) == (first.tenant, first.audience)


@pytest.mark.parametrize("identities", [OTHER_IDENTITY, f"{OTHER_IDENTITY},{OTHER_IDENTITY.upper()}"])
def test_an_identity_for_two_addresses_could_not_tell_them_apart(identities: str) -> None:
    with pytest.raises(SettingsInvalid, match="does not name one identity for each address") as caught:
        read_settings(KEYLESS | TWO_IDENTITIES | {"WEB_PUBSUB_IDENTITY": identities})
    assert str(caught.value).count("\n- ") == 1


def test_a_web_pubsub_that_is_listed_twice_is_a_mistake() -> None:
    told = mistakes_of(WEB_PUBSUB_CONNECTION_STRING=f"{TWO_KEYS[0]},{TWO_KEYS[0]}")
    assert "- Web PubSub a.example is set twice." in told
    assert told.count("\n- ") == 1


def test_a_list_without_anything_in_it_is_missing() -> None:
    assert "- WEB_PUBSUB_CONNECTION_STRING is missing. " in mistakes_of(WEB_PUBSUB_CONNECTION_STRING=" , ")


def test_each_line_of_a_list_must_be_right() -> None:
    told = mistakes_of(WEB_PUBSUB_CONNECTION_STRING=f"{TWO_KEYS[0]},Endpoint=https://b.example")
    assert "- WEB_PUBSUB_CONNECTION_STRING has no good accesskey. " in told
    assert told.count("\n- ") == 1


def test_one_that_drains_is_named_by_its_host() -> None:
    two = GOOD | {"WEB_PUBSUB_CONNECTION_STRING": ",".join(TWO_KEYS)}
    settings = read_settings(two | {"WEB_PUBSUB_DRAINING": "B.example:8443"})
    assert [each.draining for each in settings.web_pubsubs] == [False, True]


@pytest.mark.parametrize("named", ["c.example", "a.example,b.example:8443"])
def test_what_drains_is_one_of_them_and_not_all(named: str) -> None:
    told = mistakes_of(WEB_PUBSUB_CONNECTION_STRING=",".join(TWO_KEYS), WEB_PUBSUB_DRAINING=named)
    assert told.count("- WEB_PUBSUB_DRAINING names ") == 1
    assert told.count("\n- ") == 1


def test_every_mistake_in_the_rules_is_told_at_once() -> None:
    told = mistakes_of(ANSWER_RULES='[{"to": "me", "answerAlone": false}, {"From": 1}, {"to": "+1"}]')
    lines = told.splitlines()[1:]
    assert all(line.startswith("- ANSWER_RULES rule ") for line in lines)
    assert [line.split()[3] for line in lines] == ["1:", "1:", "2:", "2:", "2:", "3:", "3:"]


@pytest.mark.parametrize("name", ["TABLES_CONNECTION_STRING", "ACS_CONNECTION_STRING"])
def test_a_mistake_never_shows_a_secret(name: str) -> None:
    told = mistakes_of(**{name: "endpoint=nowhere;AccountKey=hunter2;accesskey=hunter2"})
    assert "hunter2" not in told
    assert "hunter2" not in mistakes_of(EVENT_TOPIC_KEY="hunter2")


def test_people_sign_in_where_both_of_its_settings_are_there() -> None:
    tenant, app = "72F988BF-86F1-41AF-91AB-2D7CD011DB47", "0f8fad5b-d9cb-469f-a165-70867728950e"
    sign_in = read_settings(GOOD | {"ENTRA_TENANT_ID": tenant, "ENTRA_CLIENT_ID": app}).sign_in
    assert sign_in == SignIn("https://login.microsoftonline.com", tenant.lower(), app)
    assert read_settings(GOOD | {"ENTRA_TENANT_ID": " ", "ENTRA_CLIENT_ID": ""}).sign_in is None


@pytest.mark.parametrize("value", ["0f8fad5b-d9cb-469f-a165-70867728950e", "contoso.example"])
@pytest.mark.parametrize(
    ("given", "missing"),
    [("ENTRA_TENANT_ID", "ENTRA_CLIENT_ID"), ("ENTRA_CLIENT_ID", "ENTRA_TENANT_ID")],
)
def test_half_a_sign_in_is_told_and_is_never_a_deployment_with_keys(
    given: str, missing: str, value: str
) -> None:
    told = mistakes_of(**{given: value})
    assert f"- {missing} is missing." in told
    assert "or neither: then function keys open the API." in told


def test_bandwidth_is_served_where_all_of_its_settings_are_there_and_not_where_none_is() -> None:
    assert read_settings(GOOD).bandwidth is None
    told = read_settings(GOOD | BANDWIDTH).bandwidth
    assert told is not None
    assert (told.account_id, told.client_id) == ("9900000", "a-client")
    assert told.api_url == "https://voice.bandwidth.com/api/v2"
    assert told.token_url == "https://api.bandwidth.com/api/v1/oauth2/token"


@pytest.mark.parametrize("only", BANDWIDTH)
def test_half_of_bandwidths_settings_is_a_mistake_for_each_that_is_missing(only: str) -> None:
    told = mistakes_of(**{only: BANDWIDTH[only]})
    missing = BANDWIDTH.keys() - {only}
    assert all(told.count(f"- {name} is missing.") == 1 for name in missing)
    assert "or none" in told


def test_what_bandwidth_could_not_send_is_a_mistake() -> None:
    told = mistakes_of(
        **BANDWIDTH | {"BANDWIDTH_WEBHOOK_USER": "a:b", "BANDWIDTH_API_URL": "ftp://voice.example"}
    )
    assert "BANDWIDTH_WEBHOOK_USER has a colon" in told
    assert "BANDWIDTH_API_URL is not an http" in told
