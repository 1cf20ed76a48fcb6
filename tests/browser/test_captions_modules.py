import json
import subprocess
from pathlib import Path

import pytest

from local.child_process import PROJECT
from local.node import find_node

WEB = PROJECT / "functions" / "web"
COMPILER = PROJECT / "local" / "node_modules" / "typescript" / "bin" / "tsc"
STRICT = {
    "noEmit": True,
    "strict": True,
    "noImplicitReturns": True,
    "noUnusedLocals": True,
    "allowJs": True,
    "checkJs": True,
    "target": "es2023",
    "lib": ["es2023", "dom", "dom.iterable"],
    "module": "nodenext",
    "types": [],
}
AGREEMENT = """
import * as implementation from "./implementation.js";
import type * as promised from "./captions.js";
export const kept: typeof promised = implementation;
"""
EMBEDDER = """
import {
  connectCaptions, compareLines, keyOf, CaptionsProblem,
  type Caption, type Captions, type CaptionsAccess, type Gap, type Line, type Session,
} from "./captions.js";

async function getAccess(signal: AbortSignal): Promise<CaptionsAccess> {
  const response = await fetch("/captions-access", { method: "POST", signal });
  if (!response.ok) throw new CaptionsProblem("No.", { status: response.status });
  return (await response.json()) as CaptionsAccess;
}

const ids: string[] = [];
export const captions: Captions = connectCaptions({
  baseUrl: "https://captions.example",
  getAccess,
  onCaption: ({ final, segmentId, speaker }: Caption) => {
    if (final && segmentId !== undefined) ids.push(`${segmentId} ${captions.nameOf(speaker.id) ?? "somebody"}`);
  },
  onGap: (gap: Gap) => ids.push(keyOf(gap)),
  onSession: ({ state, error }: Session) => console.log(state === "failed" ? error?.remedy : state),
  onConnection: (connection) => console.log(connection === "ended"),
  onProblem: (problem) => console.log(problem?.code, problem?.remedy),
  signal: AbortSignal.timeout(1000),
});
export const inOrder: Line[] = [...captions.lines].sort(compareLines);
"""
MISTAKES = {
    "a field that no caption has": "export const f = (caption: Caption) => caption.words;",
    "a state that is none": 'export const s = (session: Session) => session.state === "paused";',
    "lines are not to be changed": "captions.lines.pop();",
    "getAccess is needed": 'connectCaptions({ baseUrl: "" });',
}


def compile_in(folder: Path, **files: str) -> subprocess.CompletedProcess[str]:
    """Let the TypeScript compiler check these files, with the module's types beside them."""
    settings = {"compilerOptions": STRICT, "include": ["*.ts", "*.js"]}
    every = {"tsconfig.json": json.dumps(settings), "package.json": '{"type": "module"}'}
    every |= {"captions.d.ts": (WEB / "captions.d.ts").read_text()}
    for name, content in (every | {name.replace("_", "."): text for name, text in files.items()}).items():
        (folder / name).write_text(content)
    command = (find_node(), str(COMPILER), "-p", str(folder))
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own compiler and files


def test_the_module_is_what_its_types_promise(tmp_path: Path) -> None:
    checked = compile_in(
        tmp_path, implementation_js=(WEB / "captions.js").read_text(), agreement_ts=AGREEMENT
    )
    assert checked.returncode == 0, checked.stdout


def test_a_module_that_lacks_something_would_not_pass(tmp_path: Path) -> None:
    less = (WEB / "captions.js").read_text().replace("export function keyOf", "function keyOf")
    checked = compile_in(tmp_path, implementation_js=less, agreement_ts=AGREEMENT)
    assert "Property 'keyOf' is missing" in checked.stdout


def test_a_strict_embedder_compiles(tmp_path: Path) -> None:
    checked = compile_in(tmp_path, embedder_ts=EMBEDDER)
    assert checked.returncode == 0, checked.stdout


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the compiler says of embedders who each made one mistake; all at once, since it takes seconds to begin."""
    files = {f"embedder{number}_ts": EMBEDDER + mistake for number, mistake in enumerate(MISTAKES.values())}
    return compile_in(tmp_path_factory.mktemp("mistaken"), **files).stdout.splitlines()


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=MISTAKES.keys())
def test_an_embedders_mistake_is_found_by_the_compiler(mistaken: list[str], number: int) -> None:
    found = [line for line in mistaken if f"embedder{number}.ts(" in line and "error TS" in line]
    assert len(found) == 1, mistaken


def test_the_module_needs_no_other_file() -> None:
    code = [line for line in (WEB / "captions.js").read_text().splitlines() if not line.startswith(" *")]
    assert [line for line in code if line.startswith("import ") or "import(" in line] == []
