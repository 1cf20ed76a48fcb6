"""What is written in more than one place is the same in all of them."""

import json
import re

import pytest

from tests.infra.templates import INFRA, MAIN, ROOT, given_parameters, parameters, strings

PYTHON = (ROOT / ".python-version").read_text().strip()


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("infra/modules/function-app.bicep", r"name: 'python'\n\s+version: '([\d.]+)'"),
        ("pyproject.toml", r'requires-python = ">=([\d.]+),'),
        ("pyproject.toml", r'python_version = "([\d.]+)"'),
        (".devcontainer/devcontainer.json", r"devcontainers/python:\d+-([\d.]+)-"),
        (".github/workflows/checks.yml", r'python-version: "?([\d.]+)"?'),
    ],
)
def test_the_python_version_is_the_same_everywhere(file: str, pattern: str) -> None:
    assert set(re.findall(pattern, (ROOT / file).read_text())) == {PYTHON}


def test_the_tables_are_those_of_the_adapters() -> None:
    adapters = (ROOT / "functions" / "adapters" / "tables").glob("*.py")
    used = {
        name for path in adapters for name in re.findall(r'get_table_client\("(\w+)"\)', path.read_text())
    }
    assert set(strings("tableNames", (INFRA / "modules" / "storage.bicep").read_text())) == used


def test_the_parameters_file_gives_every_parameter_and_no_other() -> None:
    assert set(given_parameters()) == set(parameters(MAIN))


@pytest.mark.parametrize("name", parameters(MAIN))
def test_every_parameter_says_what_it_is(name: str) -> None:
    assert "@description('" in parameters(MAIN)[name].decorators or name == "location"


@pytest.mark.parametrize("name", sorted(set(parameters(MAIN)) - {"environmentName", "location"}))
def test_a_variable_that_is_not_set_means_the_default(name: str) -> None:
    given, default = given_parameters()[name], parameters(MAIN)[name].default or ""
    variable = re.fullmatch(r"\$\{([A-Z_]+)(?:=(.*))?\}", str(given))
    written = variable[2] or "" if variable else json.dumps(given)
    assert written == default.strip("'")


def test_every_abbreviation_is_used() -> None:
    names = json.loads((INFRA / "abbreviations.json").read_text())
    used = re.findall(r"\$\{abbreviations\.(\w+)\}", MAIN.read_text())
    assert set(names) == set(used)


def test_the_page_about_deploying_names_every_variable() -> None:
    variables = re.findall(r"\$\{([A-Z_]+)", json.dumps(given_parameters()))
    page = (ROOT / "docs" / "deploying.md").read_text()
    asked_by_azd = {"AZURE_ENV_NAME", "AZURE_LOCATION"}
    assert {name for name in variables if f"`{name}`" not in page} == asked_by_azd
