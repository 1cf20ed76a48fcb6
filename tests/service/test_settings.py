"""Settings are right, or every mistake is told at once by its name."""

from typing import Any

import pytest

from functions.errors import SettingsInvalid
from functions.settings import read_settings
from local.azurite import connection_string

GOOD = {
    "TABLES_CONNECTION_STRING": connection_string(10002),
    "WEB_PUBSUB_CONNECTION_STRING": "Endpoint=http://127.0.0.1:8080;AccessKey=a+b/c==;Version=1.0;",
    "ACS_CONNECTION_STRING": "endpoint=https://acs.example/;accesskey=c2VjcmV0",
    "ACS_RESOURCE_ID": "6d889502-3d7a-41a8-befa-d21fd80e8767",
    "COGNITIVE_SERVICES_ENDPOINT": "https://speech.example/",
    "PUBLIC_URL": "https://app.example/",
}


def mistakes_of(**changed: str) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        read_settings(GOOD | changed)
    return str(caught.value)


def test_good_settings_are_read_with_their_defaults() -> None:
    settings = read_settings(GOOD)
    assert settings.acs_endpoint == "https://acs.example"
    assert settings.acs_access_key == "c2VjcmV0"
    assert settings.web_pubsub_host == "127.0.0.1"
    assert settings.web_pubsub_keys == ("a+b/c==",)
    assert settings.public_url == "https://app.example"
    assert settings.cognitive_services_endpoint == "https://speech.example"
    assert settings.callback_keys_url == "https://acscallautomation.communication.azure.com/calling/keys"
    assert settings.callback_issuer == "https://acscallautomation.communication.azure.com"
    assert (settings.interim_ms, settings.captions_access_minutes) == (500, 60)
    assert settings.longest_session_ms == 24 * 3_600_000
    assert settings.sweep_schedule == "*/15 * * * * *"


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
    ],
)
def test_a_setting_that_can_not_work_is_told_before_anything_starts(name: str, value: str) -> None:
    told = mistakes_of(**{name: value})
    assert told.count(f"- {name} ") == 1
    assert told.count("\n- ") == 1


@pytest.mark.parametrize("name", ["TABLES_CONNECTION_STRING", "ACS_CONNECTION_STRING"])
def test_a_mistake_never_shows_a_secret(name: str) -> None:
    told = mistakes_of(**{name: "endpoint=nowhere;AccountKey=hunter2;accesskey=hunter2"})
    assert "hunter2" not in told
