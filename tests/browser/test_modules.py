import subprocess
from pathlib import Path

import pytest

from local.child_process import PROJECT
from local.node import find_node

COMPILER = PROJECT / "local" / "node_modules" / "typescript" / "bin" / "tsc"
CHECKED = "--allowJs --checkJs --noEmit --noUnusedLocals --target es2023 --module nodenext --lib es2023,dom,dom.iterable"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own Node.js and files


@pytest.mark.parametrize(
    "examples", sorted(Path(__file__).parent.glob("*.test.mjs")), ids=lambda path: path.stem
)
def test_the_pages_pure_modules_do_what_their_examples_say(examples: Path) -> None:
    # Node.js before 20.19 has to be told to look whether a file is a module.
    ran = run(find_node(), "--test", "--test-reporter=spec", "--experimental-detect-module", str(examples))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_pages_modules_agree_with_each_other(tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    for path in (PROJECT / "functions" / "web").glob("*.*s"):
        (web / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    checked = run(find_node(), str(COMPILER), *CHECKED.split(), str(web / "app.js"))
    assert checked.returncode == 0, checked.stdout
