"""A deployment from GitHub is the same as one by hand: the workflow hands azd every variable that the template reads."""

import re

import pytest

from tests.infra.templates import MAIN, ROOT, given_parameters, parameters

WORKFLOW = (ROOT / ".github" / "workflows" / "azure-dev.yml").read_text()
HANDED = re.compile(r"^      (\w+): \$\{\{ (vars|secrets)\.(\w+) \}\}$", re.MULTILINE)
VARIABLE = re.compile(r"\$\{(\w+)(?:=.*)?\}")


def read_by_template() -> dict[str, bool]:
    """The variables that main.parameters.json reads, each with whether it is a secret."""
    found: dict[str, bool] = {}
    for name, given in given_parameters().items():
        variable = VARIABLE.fullmatch(str(given))
        if variable:
            found[variable[1]] = "@secure()" in parameters(MAIN)[name].decorators
    return found


@pytest.mark.parametrize(("variable", "secret"), read_by_template().items())
def test_a_variable_that_is_set_by_hand_holds_in_the_pipeline_too(variable: str, secret: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    handed = {name: (kind, source) for name, kind, source in HANDED.findall(WORKFLOW)}
    assert handed[variable] == ("secrets" if secret else "vars", variable)


def test_azure_installs_the_packages_whatever_azd_would_do_by_itself() -> None:
    assert re.search(r"^    remoteBuild: true\b", (ROOT / "azure.yaml").read_text(), re.MULTILINE)
