"""The templates before a compiler, where one is installed, and before the checker that BICEP_CHECKER names."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.templates import EVENT_ROUTING, MAIN, TEMPLATES


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)  # noqa: S603 -- our own
    assert done.returncode == 0, done.stdout + done.stderr


def compiler() -> list[str]:
    """The command that compiles a template; empty if there is none."""
    if bicep := shutil.which("bicep"):
        return [bicep, "build"]
    az = shutil.which("az")
    if az is None:
        return []
    installed = subprocess.run([az, "bicep", "version"], capture_output=True, check=False)  # noqa: S603 -- found above
    return [az, "bicep", "build", "--file"] if installed.returncode == 0 else []


@pytest.mark.parametrize("template", [MAIN, EVENT_ROUTING], ids=lambda path: path.name)
def test_the_compiler_takes_it(template: Path, tmp_path: Path) -> None:
    command = compiler()
    if not command:
        pytest.skip("neither bicep nor az bicep is installed")
    run(*command, str(template), "--outfile", str(tmp_path / "built.json"))


def test_each_resource_has_the_form_that_microsoft_publishes() -> None:
    folder = os.environ.get("BICEP_CHECKER")
    if not folder:
        pytest.skip("BICEP_CHECKER names no folder with check.py and types.json")
    checker = Path(folder).resolve()
    files = [str(path) for path in TEMPLATES]
    run(sys.executable, str(checker / "check.py"), "--strict-enums", str(checker / "types.json"), *files)
