"""`python -m tests.audit`: whether vulnerabilities are known of the packages that are pinned.

PyPI tells. Where it does not answer, this says so and is content, unless the answer is required, as in CI.
"""

import argparse
import subprocess
import sys

from local.child_process import PROJECT
from tests.audit.report import Verdict, read_report

PINNED = PROJECT / "requirements-dev.lock"
"""What runs in Azure is among it, at the versions that the tests ran with."""
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(PINNED), "--disable-pip", "--require-hashes"),
    *("--vulnerability-service", "pypi", "--timeout", "10", "--progress-spinner", "off", "--format", "json"),
)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail if PyPI does not tell of every package")
    return parser.parse_args()


def ask() -> Verdict | str:
    """The verdict on the pinned packages, or why there is none."""
    asked = subprocess.run(COMMAND, capture_output=True, text=True, check=False)  # noqa: S603 -- our own interpreter
    try:
        return read_report(asked.stdout)
    except ValueError:
        return (asked.stderr.strip().splitlines() or ["pip-audit said nothing."])[-1]


def tell(verdict: Verdict | str) -> bool:
    """Print the verdict; whether PyPI told of every package."""
    if isinstance(verdict, str):
        print(f"audit: PyPI could not be asked about any package. {verdict}")
        return False
    for line in verdict.vulnerable:
        print(f"audit: {line}")
    if verdict.asked:
        print(f"audit: {len(verdict.vulnerable)} known vulnerabilities in {verdict.asked} packages")
    if verdict.unasked:
        print(
            f"audit: nothing was learnt of {len(verdict.unasked)} packages: PyPI does not tell of them here."
        )
    return not verdict.unasked


def main() -> int:
    """0 if nothing is known against the packages, as far as that had to be learnt."""
    required = parse_arguments().required
    verdict = ask()
    complete = tell(verdict)
    vulnerable = isinstance(verdict, Verdict) and bool(verdict.vulnerable)
    return int(vulnerable or (required and not complete))


if __name__ == "__main__":
    sys.exit(main())
