"""Table Storage on this machine: Azurite's table service."""

import signal
from pathlib import Path

from .child_process import Command
from .errors import MissingToolError
from .node import find_node
from .ports import HOST

AZURITE_TABLE = Path(__file__).parent / "node_modules/azurite/dist/src/table/main.js"

# Published for everyone: learn.microsoft.com/azure/storage/common/storage-connect-azurite
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def connection_string(port: int) -> str:
    """How the Tables SDK finds an Azurite on `port`."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
        f"TableEndpoint=http://{HOST}:{port}/{ACCOUNT};"
    )


def azurite_command(port: int, location: Path | None = None) -> Command:
    """Azurite's table service, in memory, or keeping its tables in `location`. Raises MissingToolError."""
    if not AZURITE_TABLE.exists():
        raise MissingToolError("Azurite is not installed: run `npm ci` in the folder `local`.")
    keeping = ("--location", str(location)) if location else ("--inMemoryPersistence",)
    options = ("--tableHost", HOST, "--tablePort", str(port), "--disableTelemetry", "--skipApiVersionCheck")
    return Command(
        "azurite",
        (find_node(), str(AZURITE_TABLE), *options, *keeping),
        {},
        ready=r"^Azurite Table service successfully started on ",
        # Acknowledged rows survive SIGINT with --location, but not SIGTERM (measured with 3.35.0).
        end_signal=signal.SIGINT,
    )
