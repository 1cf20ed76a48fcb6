"""The deployment package as azd builds it, and the Python packages that Azure's build would put beside it."""

import shutil
import site
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from pathspec import GitIgnoreSpec

from tests.infra.templates import ROOT

IGNORED = GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text().splitlines())


def is_packed(path: str) -> bool:
    """Whether a file of the project, or with a slash at its end a folder, gets into the package."""
    return not IGNORED.match_file(path)


def packed_files() -> list[str]:
    """The files of the package, as paths in the project."""
    found: list[str] = []
    for folder, folders, files in ROOT.walk():
        inside = folder.relative_to(ROOT)
        folders[:] = [name for name in folders if is_packed(f"{(inside / name).as_posix()}/")]
        found += [(inside / name).as_posix() for name in files]
    return sorted(filter(is_packed, found))


def pack(folder: Path) -> None:
    """Write the package into an empty folder."""
    for path in packed_files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, folder / path)


def required(lines: list[str]) -> Iterator[Distribution]:
    """The distributions that requirements name, and those that they need in turn, as they are installed here."""
    waiting = [Requirement(line) for line in lines if line and not line.startswith("#")]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        found = distribution(requirement.name)
        for extra in ["", *requirement.extras]:
            if (found.name, extra) not in seen:
                seen.add((found.name, extra))
                waiting += needs(found, extra)
        yield found


def needs(found: Distribution, extra: str) -> list[Requirement]:
    """What a distribution needs for one of its extras, or for itself."""
    wanted = [Requirement(line) for line in found.requires or []]
    return [each for each in wanted if each.marker is None or each.marker.evaluate({"extra": extra})]


def install(lines: list[str], folder: Path) -> None:
    """Put what the requirements need into the folder, and nothing else that is installed here."""
    roots = [Path(root) for root in site.getsitepackages()]
    for found in required(lines):
        for file in found.files or []:
            source = Path(str(found.locate_file(file)))
            if (
                ".." not in file.parts
                and source.exists()
                and any(source.is_relative_to(root) for root in roots)
            ):
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.is_symlink():
                    target.symlink_to(source)
