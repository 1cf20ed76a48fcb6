"""The settings that the templates give the functions, held against those that the functions read."""

import ast
import contextlib
from collections.abc import Iterator, Mapping

import pytest

from functions.errors import SettingsInvalid
from functions.settings import Settings, read_settings
from tests.infra.templates import MAIN, ROOT, Parameter, app_settings, parameters

KEYS = {
    "ACS_CONNECTION_STRING",
    "EVENT_TOPIC_KEY",
    "TABLES_CONNECTION_STRING",
    "WEB_PUBSUB_CONNECTION_STRING",
}
"""The managed identity opens these services in Azure."""
NOT_OURS = {
    "ACS_CALLBACK_KEYS_URL",  # the local cloud's
    "BANDWIDTH_API_URL",  # the local cloud's
    "BANDWIDTH_TOKEN_URL",  # the local cloud's
    "WEBSITE_HOSTNAME",  # set by the platform
}
GUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
MADE = {
    "ACS_ENDPOINT": "https://acs-verbatim.unitedstates.communication.azure.com",
    "ACS_RESOURCE_ID": GUID,
    "AZURE_CLIENT_ID": GUID,
    "AZURE_TENANT_ID": GUID,
    "COGNITIVE_SERVICES_ENDPOINT": "https://ais-verbatim.cognitiveservices.azure.com/",
    "ENTRA_AUTHORITY": "https://login.microsoftonline.com/",
    "EVENT_TOPIC_ENDPOINT": "https://evgt-verbatim.westeurope-1.eventgrid.azure.net/api/events",
    "TABLES_ENDPOINT": "https://stverbatim.table.core.windows.net/",
    "WEB_PUBSUB_AUDIENCE": "https://webpubsub.azure.com",
    "WEB_PUBSUB_DRAINING": "",
    "WEB_PUBSUB_ENDPOINT": "https://wps-verbatim.webpubsub.azure.com",
    "WEB_PUBSUB_IDENTITY": GUID,
}
"""What Azure makes of the expressions that are more than a parameter, in its forms."""
PLATFORM = {"WEBSITE_HOSTNAME": "func-verbatim.azurewebsites.net"}


class Recorder(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def parameter_of(expression: str) -> Parameter | None:
    """The parameter that a setting hands on, as it is or as a text; None if it is made of more."""
    return parameters(MAIN).get(expression.removeprefix("string(").removesuffix(")"))


def deployed(**changed: str) -> dict[str, str]:
    """The environment of the functions in Azure, each parameter at its default."""
    environment = PLATFORM | MADE
    for name, expression in app_settings().items():
        parameter = parameter_of(expression)
        if parameter is not None:
            environment[name] = (parameter.default or "").strip("'")
    return environment | changed


def asked_in(environment: Mapping[str, str]) -> set[str]:
    recorder = Recorder(environment)
    with contextlib.suppress(SettingsInvalid):
        read_settings(recorder)
    return recorder.asked


def numbers() -> list[str]:
    found = {name: parameter_of(expression) for name, expression in app_settings().items()}
    return [name for name, parameter in found.items() if parameter is not None and parameter.type == "int"]


def test_every_setting_that_is_read_is_set_and_every_one_that_is_set_is_read() -> None:
    read = (
        asked_in({})
        | asked_in(deployed())
        | asked_in(deployed(ENTRA_TENANT_ID=GUID, BANDWIDTH_ACCOUNT_ID="5500000"))
    )
    assert set(app_settings()) == read - KEYS - NOT_OURS


def test_settings_are_read_in_one_place() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in [ROOT / "function_app.py", *(ROOT / "functions").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers == {"function_app.py"}


def test_with_its_parameters_untouched_the_app_starts_without_any_key() -> None:
    settings = read_settings(deployed())
    assert [settings.tables_connection_string, *(each.key for each in settings.web_pubsubs)] == ["", ""]
    assert (settings.acs_access_key, settings.event_topic_key) == ("", "")
    assert settings.sign_in is None


def test_an_untouched_parameter_means_the_same_as_a_missing_setting() -> None:
    assert read_settings(deployed()) == read_settings(PLATFORM | MADE)


def test_sign_in_with_entra_id_is_on_when_both_its_parameters_are_given() -> None:
    settings = read_settings(deployed(ENTRA_TENANT_ID=GUID, ENTRA_CLIENT_ID=GUID))
    assert settings.sign_in is not None


def limits(name: str) -> tuple[int, int]:
    parameter = parameter_of(app_settings()[name])
    assert parameter is not None
    return parameter.limit("minValue"), parameter.limit("maxValue")


@pytest.mark.parametrize("name", numbers())
def test_the_template_allows_of_a_number_what_the_app_allows(name: str) -> None:
    least, most = limits(name)
    for number in (least, most):
        assert isinstance(read_settings(deployed(**{name: str(number)})), Settings)
    for number in (least - 1, most + 1):
        with pytest.raises(SettingsInvalid, match=name):
            read_settings(deployed(**{name: str(number)}))


def test_several_web_pubsubs_are_set_as_the_app_reads_them() -> None:
    other = "3f2504e0-4f89-11d3-9a0c-0305e82c3302"
    hosts = ["wps-verbatim.webpubsub.azure.com", "wps-verbatim-2.webpubsub.azure.com"]
    read = read_settings(
        deployed(
            WEB_PUBSUB_ENDPOINT=",".join(f"https://{host}" for host in hosts),
            WEB_PUBSUB_IDENTITY=f"{GUID},{other}",
            WEB_PUBSUB_DRAINING=hosts[1],
        )
    )
    assert [(each.name, each.identity) for each in read.web_pubsubs] == [(hosts[0], GUID), (hosts[1], other)]
    assert [each.draining for each in read.web_pubsubs] == [False, True]


@pytest.mark.parametrize("name", ["WEB_PUBSUB_ENDPOINT", "WEB_PUBSUB_IDENTITY", "WEB_PUBSUB_DRAINING"])
def test_the_lists_are_joined_by_what_the_app_splits_them_at(name: str) -> None:
    assert app_settings()[name].startswith("join(")
    assert app_settings()[name].endswith(", ',')")
