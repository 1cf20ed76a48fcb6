"""Schemathesis, run against the app with the contract that the app itself gives."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.end_to_end.cloud import Cloud

PHASES = "examples,coverage,fuzzing"
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", {refused}]

[checks.unsupported_method]
enabled = false  # the Functions host answers 404

[parameters]
{parameters}

[[operations]]
include-path-regex = "/transcript$"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", {refused}, 400]  # some parameters exclude others
"""
type Seen = dict[str, set[int]]
"""The statuses that requests were answered with, by method and path."""


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """What to send where: `only` and `never` are patterns of paths, `without` the methods that are left out.

    With `session_id` that id is sent in every path, else made-up ones. `refused` are the statuses that even a request
    which keeps to the contract may be answered with.
    """

    headers: dict[str, str]
    only: str = "."
    never: str = "^$"
    without: Sequence[str] = ()
    session_id: str = ""
    refused: Sequence[int] = (404, 409, 422, 503)
    examples: int = 8


def written_config(fuzzing: Fuzzing) -> str:
    """The configuration file."""
    parameters = f'"path.id" = "{fuzzing.session_id}"' if fuzzing.session_id else ""
    return CONFIG.format(refused=", ".join(map(str, fuzzing.refused)), parameters=parameters)


async def fuzz(cloud: Cloud, folder: Path, fuzzing: Fuzzing) -> Seen:
    """Sends what the contract allows and what it does not; AssertionError with the report if an answer breaks it."""
    config, har = folder / "schemathesis.toml", folder / "requests.json"
    config.write_text(written_config(fuzzing))
    url = cloud.stack.plan.functions_url
    options = ["--url", url, "--phases", PHASES, "--max-examples", str(fuzzing.examples), "--workers", "1"]
    options += [
        "--request-timeout",
        "60",
        "--suppress-health-check",
        "too_slow",
    ]  # a slow machine breaks no contract
    options += ["--generation-deterministic", "--continue-on-failure", "--warnings", "off", "--no-color"]
    options += ["--include-path-regex", fuzzing.only, "--exclude-path-regex", fuzzing.never]
    options += [word for method in fuzzing.without for word in ("--exclude-method", method)]
    options += [word for name, value in fuzzing.headers.items() for word in ("--header", f"{name}: {value}")]
    options += ["--report", "har", "--report-har-path", str(har)]
    command = ["-m", "schemathesis.cli", "--config-file", str(config), "run", f"{url}/api/openapi.json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, *options, cwd=folder, stdout=PIPE, stderr=STDOUT
    )
    report, _ = await process.communicate()
    assert process.returncode == 0, report.decode()
    return seen_in(har)


def seen_in(har: Path) -> Seen:
    """The statuses in a HAR file."""
    seen: Seen = defaultdict(set)
    for entry in json.loads(har.read_text())["log"]["entries"]:
        request = entry["request"]
        seen[f"{request['method']} {urlsplit(request['url']).path}"].add(entry["response"]["status"])
    return seen
