"""What a command cannot do together is refused in a sentence, before anything starts."""

import os
import subprocess
import sys

import pytest

from local.child_process import PROJECT

USAGE_ERROR = 2
FAULTS_ALONE = "leave out --hosts, --repeat and --drop"
PYTHON = (sys.executable, "-m")
OUTER_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
"""What a make that runs these tests tells one that it starts; ours are to be first of all."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in OUTER_MAKE}
    return subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("local demo --faults --drop", FAULTS_ALONE),
        ("local demo --faults --repeat", FAULTS_ALONE),
        ("local demo --faults --hosts 1", FAULTS_ALONE),
        ("local demo --faults --provider bandwidth --hosts 3", FAULTS_ALONE),
        ("tests.simulation --seeds 0", "'0' is not a number of worlds: it takes 1 or more"),
        ("tests.simulation --seeds -3", "'-3' is not a number of worlds"),
        ("tests.simulation --seeds many", "'many' is not a number of worlds"),
        ("tests.simulation --seed -1", "'-1' is not a seed, which is 0 or more"),
        ("tests.simulation --seed 3 --seeds 9", "not allowed with"),
    ],
)
def test_what_would_be_ignored_is_refused(command: str, said: str) -> None:
    refused = run(*PYTHON, *command.split())
    assert refused.returncode == USAGE_ERROR
    assert said in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize("option", ["PROVIDER=bandwidth", "FAULTS=1", "HOSTS=2", "REPEAT=1", "DROP=1"])
def test_make_run_refuses_what_is_for_make_demo(option: str) -> None:
    refused = run("make", "--dry-run", "run", option)
    assert refused.returncode == USAGE_ERROR
    assert f"{option.partition('=')[0]} is for make demo" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("", ""),
        ("FAULTS=1 DROP=1 HOSTS=3", "--faults --hosts 3 --drop"),
        ("PROVIDER=bandwidth SPEED=5 REPEAT=1", "--provider bandwidth --speed 5 --repeat"),
    ],
)
def test_make_demo_passes_on_all_that_is_given(given: str, passed: str) -> None:
    planned = run("make", "--dry-run", "demo", *given.split())
    assert planned.returncode == 0, planned.stderr
    _, _, options = planned.stdout.replace("\\\n", " ").partition("-m local demo")
    assert options.split() == passed.split()
