"""What is deployed: the app and nothing else, and it starts with requirements.txt alone."""

import asyncio
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from local.child_process import ChildProcess, Command
from local.ports import free_ports
from tests.infra.package import install, is_packed, pack, packed_files
from tests.infra.templates import ROOT

SECRETS = re.compile(
    rb"AccountKey=[\w+/]|AccessKey=[\w+/]|SharedAccess(Key|Signature)=|[?&]sig=|BEGIN [A-Z ]*PRIVATE KEY"
)
SETTINGS = {
    "ACS_CONNECTION_STRING": "endpoint=https://acs.invalid;accesskey=bm9uZQ==",
    "ACS_RESOURCE_ID": "6d889502-3d7a-41a8-befa-d21fd80e8767",
    "COGNITIVE_SERVICES_ENDPOINT": "https://speech.invalid",
    "PUBLIC_URL": "https://app.invalid",
    "WEB_PUBSUB_CONNECTION_STRING": "Endpoint=https://wps.invalid;AccessKey=bm9uZQ==",
}
IMPORT_EVERYTHING = """
import importlib, pkgutil, functions
for module in pkgutil.walk_packages(functions.__path__, "functions."):
    importlib.import_module(module.name)
print(functions.__file__)
"""


@dataclass(frozen=True)
class Deployed:
    """The package, the Python packages of requirements.txt, and what Azure's own worker brings along."""

    app: Path
    packages: Path
    worker: Path

    def python(self, *arguments: str) -> tuple[str, ...]:
        """Python as it is without this environment's packages (-S) and the folder it starts in (-P)."""
        return (sys.executable, "-S", "-P", *arguments)


def on_path(*folders: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(map(str, folders))}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("deployed")
    found = Deployed(folder / "app", folder / "packages", folder / "worker")
    found.app.mkdir()
    pack(found.app)
    install((found.app / "requirements.txt").read_text().splitlines(), found.packages)
    install(["azure-functions-runtime"], found.worker)
    (found.worker / "local").symlink_to(ROOT / "local")
    return found


def test_the_package_holds_the_app_and_nothing_else() -> None:
    assert {path.split("/")[0] for path in packed_files()} == {
        "function_app.py",
        "functions",
        "host.json",
        "requirements.txt",
    }
    assert {Path(path).suffix for path in packed_files()} == {
        ".css",
        ".html",
        ".js",
        ".json",
        ".py",
        ".svg",
        ".ts",
        ".txt",
    }


def test_the_package_holds_all_of_the_app() -> None:
    sources = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "functions").rglob("*") if path.is_file()
    }
    packed = {path for path in packed_files() if path.startswith("functions/")}
    assert packed == {path for path in sources if "__pycache__" not in path}


def test_azd_is_new_enough_to_read_funcignore() -> None:
    azure_yaml = (ROOT / "azure.yaml").read_text()
    assert re.search(r'^requiredVersions:\n  azd: ">= 1\.18\.0"', azure_yaml, re.MULTILINE)


def test_the_package_holds_no_secret() -> None:
    assert [path for path in packed_files() if SECRETS.search((ROOT / path).read_bytes())] == []


@pytest.mark.parametrize(
    "name", ["local.settings.json", ".env", ".azure/dev/.env", "tests/x.py", "local/x.py"]
)
def test_what_may_hold_secrets_is_left_out(name: str) -> None:
    assert not is_packed(name)


async def test_requirements_txt_has_all_that_any_module_imports(deployed: Deployed) -> None:
    process = await asyncio.create_subprocess_exec(
        *deployed.python("-c", IMPORT_EVERYTHING),
        env=on_path(deployed.app, deployed.packages),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert (process.returncode, told.decode().strip()) == (0, str(deployed.app / "functions" / "__init__.py"))


async def test_the_package_starts_and_works(deployed: Deployed, azurite: str, tmp_path: Path) -> None:
    [port] = free_ports(1)
    arguments = deployed.python(
        "-m", "local.functions_host", "--app-dir", str(deployed.app), "--port", str(port)
    )
    settings = SETTINGS | {"TABLES_CONNECTION_STRING": azurite} | on_path(deployed.packages, deployed.worker)
    process = ChildProcess(Command("the deployed package", arguments, settings), tmp_path / "host.log")
    await process.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            async with client.get("/api/health") as health:
                assert (health.status, await health.json()) == (200, {"status": "up"})
            async with client.get("/app") as page:
                assert (page.status, page.content_type) == (200, "text/html")
    finally:
        await process.stop()
