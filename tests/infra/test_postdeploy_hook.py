"""The hook after a deployment, run for real with programs in place of az, curl and sleep that note their calls."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.infra.templates import EVENT_ROUTING, INFRA, MAIN, ROOT, parameters

HOOK = INFRA / "hooks" / "postdeploy.sh"
WINDOWS_HOOK = INFRA / "hooks" / "postdeploy.ps1"
OUTPUTS = {
    "AZURE_SUBSCRIPTION_ID": "subscription-of-a-test",
    "ACS_NAME": "acs-test",
    "ACS_RESOURCE_GROUP": "rg-acs-test",
    "AZURE_RESOURCE_GROUP": "rg-test",
    "SERVICE_API_IDENTITY_PRINCIPAL_ID": "principal-of-a-test",
    "SERVICE_API_NAME": "func-test",
    "SERVICE_API_URI": "https://func-test.azurewebsites.net",
    "WEB_PUBSUB_AUDIENCE": "https://webpubsub.azure.com",
    "WEB_PUBSUB_NAMES": "wps-test,wps-test-2",
}


class Machine:
    """A machine on which the hook runs. Each program answers what its file says, line by line, then the last again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        self.calls.touch()
        self.program("curl", "200")
        self.program("az", "0")
        self.program("sleep", "0")

    def program(self, name: str, *answers: str) -> None:
        """curl prints its answer; the others end with it."""
        (self.folder / f"{name}.answers").write_text("\n".join(answers) + "\n")
        answer = 'printf %s "$answer"' if name == "curl" else 'exit "$answer"'
        program = self.folder / name
        program.write_text(
            "#!/bin/sh\n"
            f'echo "{name} $*" >> "{self.calls}"\n'
            f'answers="{self.folder / name}.answers"\n'
            'answer=$(head -n 1 "$answers")\n'
            '[ "$(wc -l < "$answers")" -le 1 ] || { tail -n +2 "$answers" > "$answers.next"; '
            'mv "$answers.next" "$answers"; }\n'
            f"{answer}\n"
        )
        program.chmod(0o755)

    def run(self, **outputs: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", **OUTPUTS, **outputs}
        return subprocess.run(  # noqa: S603 -- our own hook
            ["/bin/sh", str(HOOK)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )

    def called(self, name: str) -> list[str]:
        return [line for line in self.calls.read_text().splitlines() if line.startswith(f"{name} ")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_routes_events_to_the_deployed_functions_and_says_where_the_page_is(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("https://func-test.azurewebsites.net/app")
    [deployment] = machine.called("az")
    assert "--subscription subscription-of-a-test --resource-group rg-test" in deployment
    assert "--template-file infra/event-routing.bicep" in deployment
    assert "functionAppName=func-test" in deployment
    assert "functionPrincipalId=principal-of-a-test" in deployment
    assert "webPubSubNames=wps-test,wps-test-2" in deployment
    assert "acsName=acs-test acsResourceGroup=rg-acs-test" in deployment


def test_a_second_run_does_the_same_again(machine: Machine) -> None:
    machine.run()
    first = machine.calls.read_text()
    machine.run()
    assert machine.calls.read_text() == first + first


def test_events_are_routed_only_once_the_app_answers(machine: Machine) -> None:
    machine.program("curl", "000", "503", "200")
    assert machine.run().returncode == 0
    names = [line.split()[0] for line in machine.calls.read_text().splitlines()]
    assert names == ["curl", "sleep", "curl", "sleep", "curl", "az", "curl"]


def test_an_app_that_never_gets_well_is_told_with_its_status_and_no_event_is_routed(machine: Machine) -> None:
    machine.program("curl", "503")
    done = machine.run()
    assert done.returncode == 1
    assert "still answers 503 after ten minutes" in done.stderr
    assert "azd hooks run postdeploy" in done.stderr
    assert machine.called("az") == []
    assert machine.called("sleep") == ["sleep 10"] * 60


def test_a_function_whose_keys_cannot_be_listed_yet_is_waited_for(machine: Machine) -> None:
    machine.program("az", "1", "0")
    assert machine.run().returncode == 0
    assert len(machine.called("az")) == 2


def test_a_deployment_that_fails_three_times_fails_the_hook(machine: Machine) -> None:
    machine.program("az", "1")
    done = machine.run()
    assert done.returncode == 1
    assert "event-routing.bicep could not be deployed" in done.stderr
    assert len(machine.called("az")) == 3
    assert "Verbatim is up" not in done.stdout


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_missing_output_is_named_before_anything_is_done(machine: Machine, name: str) -> None:
    done = machine.run(**{name: ""})
    assert done.returncode != 0
    assert name in done.stderr
    assert machine.calls.read_text() == ""


def test_every_variable_that_it_needs_is_an_output_of_the_template() -> None:
    outputs = set(re.findall(r"^output (\w+) ", MAIN.read_text(), re.MULTILINE))
    assert set(OUTPUTS) - {"AZURE_SUBSCRIPTION_ID"} <= outputs


@pytest.mark.parametrize("hook", [HOOK, WINDOWS_HOOK], ids=lambda path: path.suffix)
def test_both_hooks_hand_the_same_things_to_the_template(hook: Path) -> None:
    text = hook.read_text()
    assert set(re.findall(r"^\s+(\w+)=\"?\$", text, re.MULTILINE)) >= set(parameters(EVENT_ROUTING))
    assert set(OUTPUTS) <= set(re.findall(r"\b[A-Z][A-Z_]+\b", text))
    assert "--template-file infra/event-routing.bicep" in text


def test_the_windows_hook_stops_at_once_in_the_powershell_that_cannot_run_it() -> None:
    text = WINDOWS_HOOK.read_text()
    assert "-SkipHttpErrorCheck" in text, "which is only in PowerShell 7"
    assert text.startswith("#Requires -Version 7\n")


def test_an_app_that_did_not_start_is_told_apart_from_one_without_storage(machine: Machine) -> None:
    machine.program("curl", "404")
    done = machine.run()
    assert done.returncode == 1
    assert "still answers 404" in done.stderr
    assert "404: the app did not start" in done.stderr
    assert "404: the app did not start" in WINDOWS_HOOK.read_text()


def test_azure_yaml_names_the_hooks_that_exist() -> None:
    named = re.findall(r"run: (\S+)", (ROOT / "azure.yaml").read_text())
    assert [ROOT / path for path in named] == [HOOK, WINDOWS_HOOK]
