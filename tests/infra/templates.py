"""What the tests ask the Bicep templates. They are read as text: the compiler is a program that few machines have."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
TEMPLATES = sorted(INFRA.rglob("*.bicep"))
MAIN = INFRA / "main.bicep"
EVENT_ROUTING = INFRA / "event-routing.bicep"
PARAMETER = re.compile(
    r"(?P<decorators>(?:^@.*\n)*)^param (?P<name>\w+) (?P<type>\w+)(?:\[\])?(?: = (?P<default>.*))?$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a template; `default` as it is written there."""

    name: str
    type: str
    decorators: str
    default: str | None

    def limit(self, decorator: str) -> int:
        """What `@minValue` or `@maxValue` says."""
        found = re.search(rf"@{decorator}\((\d+)\)", self.decorators)
        assert found, f"{self.name} has no @{decorator}"
        return int(found[1])


def parameters(template: Path) -> dict[str, Parameter]:
    """The template's parameters by their names."""
    found = PARAMETER.finditer(template.read_text())
    return {
        each["name"]: Parameter(each["name"], each["type"], each["decorators"], each["default"])
        for each in found
    }


def given_parameters() -> dict[str, object]:
    """What main.parameters.json gives for each parameter."""
    content = json.loads((INFRA / "main.parameters.json").read_text())
    return {name: given["value"] for name, given in content["parameters"].items()}


def app_settings() -> dict[str, str]:
    """The settings that the functions get, each with the expression that makes it."""
    block = re.search(r"^    settings: \{\n(.*?)^    \}", MAIN.read_text(), re.MULTILINE | re.DOTALL)
    assert block
    lines = [line.strip().split(": ", 1) for line in block[1].splitlines()]
    return dict(lines)


def strings(name: str, text: str) -> list[str]:
    """The quoted texts of the array that `name` is."""
    block = re.search(rf"\b{name}\b(?: =|:) \[(.*?)\]", text, re.DOTALL)
    assert block, f"there is no array {name}"
    return re.findall(r"'([^']*)'", block[1])
