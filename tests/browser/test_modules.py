import subprocess
from pathlib import Path

import pytest

from local.node import find_node


@pytest.mark.parametrize(
    "examples", sorted(Path(__file__).parent.glob("*.test.mjs")), ids=lambda path: path.stem
)
def test_the_pages_pure_modules_do_what_their_examples_say(examples: Path) -> None:
    # Node.js before 20.19 has to be told to look whether a file is a module.
    command = (find_node(), "--test", "--test-reporter=spec", "--experimental-detect-module", str(examples))
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own Node.js and file
    assert ran.returncode == 0, ran.stdout + ran.stderr
