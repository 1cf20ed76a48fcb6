"""An audit fails for what is known of a package; for what nobody could be asked about, only where that is required."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.child_process import PROJECT
from tests.audit.report import read_report

GOOD = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
BAD = {
    "name": "jinja2",
    "version": "2.4",
    "vulns": [
        {"id": "PYSEC-2014-8", "fix_versions": ["2.7.3"], "aliases": [], "description": "…"},
        {"id": "PYSEC-2099-1", "fix_versions": [], "aliases": [], "description": "…"},
    ],
}
SKIPPED = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1.0)"}
NOBODY = "http://127.0.0.1:9"


def test_what_is_known_of_a_package_is_told_with_the_version_that_mends_it() -> None:
    verdict = read_report(json.dumps({"dependencies": [GOOD, BAD], "fixes": []}))
    assert (verdict.unasked, verdict.asked) == ([], 2)
    assert [line.partition(". ")[0] for line in verdict.vulnerable] == [
        "jinja2 2.4: PYSEC-2014-8",
        "jinja2 2.4: PYSEC-2099-1",
    ]
    assert "Take 2.7.3" in verdict.vulnerable[0]
    assert "No version" in verdict.vulnerable[1]


def test_a_package_that_was_skipped_was_not_asked_about() -> None:
    verdict = read_report(json.dumps({"dependencies": [GOOD, SKIPPED], "fixes": []}))
    assert verdict == ([], ["ours"], 1)


@pytest.mark.parametrize("text", ["", "No known vulnerabilities found", "[]", "{}", '{"dependencies": [1]}'])
def test_anything_else_is_no_report(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_report(text)


@pytest.mark.parametrize(("arguments", "status"), [((), 0), (("--required",), 1)])
def test_without_a_network_it_says_so(arguments: tuple[str, ...], status: int, tmp_path: Path) -> None:
    nowhere = {**os.environ, "HTTPS_PROXY": NOBODY, "https_proxy": NOBODY, "NO_PROXY": "", "no_proxy": ""}
    nowhere |= {
        "PIP_CACHE_DIR": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }  # `make audit` left answers there
    audit = subprocess.run(  # noqa: S603 -- our own interpreter
        [sys.executable, "-m", "tests.audit", *arguments],
        cwd=PROJECT,
        env=nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert audit.stdout.startswith("audit: PyPI could not be asked about any package."), audit.stderr
    assert audit.returncode == status
