"""What pip-audit found, in its JSON report."""

import json
from typing import Any, NamedTuple


class Verdict(NamedTuple):
    """A line for each known vulnerability, and the packages that nobody could be asked about."""

    vulnerable: list[str]
    unasked: list[str]
    asked: int


def read_report(text: str) -> Verdict:
    """The verdict of a report. Raises ValueError if it is none."""
    try:
        packages: list[dict[str, Any]] = json.loads(text)["dependencies"]
        unasked = [one["name"] for one in packages if "skip_reason" in one]
        lines = [line_of(one, found) for one in packages for found in one.get("vulns", ())]
    except (KeyError, TypeError) as error:
        raise ValueError("This is not a report of pip-audit.") from error
    return Verdict(lines, unasked, len(packages) - len(unasked))


def line_of(package: dict[str, Any], found: dict[str, Any]) -> str:
    """A vulnerability and what to do about it."""
    fixed = ", ".join(found["fix_versions"])
    remedy = (
        f"Take {fixed}: raise it in requirements.txt or pyproject.toml, then `make lock`." if fixed else ""
    )
    return (
        f"{package['name']} {package['version']}: {found['id']}. {remedy or 'No version is without it yet.'}"
    )
