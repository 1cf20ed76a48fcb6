"""Table Storage on this machine: Azurite's table service."""

import signal
from pathlib import Path

from .child_process import Command
from .errors import MissingToolError
from .node import find_node
from .ports import HOST
from .tls import Certificate

AZURITE_TABLE = Path(__file__).parent / "node_modules/azurite/dist/src/table/main.js"

# Published for everyone: learn.microsoft.com/azure/storage/common/storage-connect-azurite
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def connection_string(port: int, scheme: str = "http") -> str:
    """How the Tables SDK finds an Azurite on `port`."""
    return (
        f"DefaultEndpointsProtocol={scheme};AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
        f"TableEndpoint={scheme}://{HOST}:{port}/{ACCOUNT};"
    )


def azurite_command(
    port: int, location: Path | None = None, certificate: Certificate | None = None
) -> Command:
    """Azurite's table service, in memory, or keeping its tables in `location`. Raises MissingToolError.

    With a certificate it speaks TLS, and takes tokens of Entra beside its key. It looks at what a token says, not at
    its signature (`--oauth basic`).
    """
    if not AZURITE_TABLE.exists():
        raise MissingToolError("Azurite is not installed: run `npm ci` in the folder `local`.")
    keeping = ("--location", str(location)) if location else ("--inMemoryPersistence",)
    options = ("--tableHost", HOST, "--tablePort", str(port), "--disableTelemetry", "--skipApiVersionCheck")
    secure = _with_tls(certificate) if certificate else ()
    return Command(
        "azurite",
        (find_node(), str(AZURITE_TABLE), *options, *keeping, *secure),
        {},
        ready=r"^Azurite Table service successfully started on ",
        # Acknowledged rows survive SIGINT with --location, but not SIGTERM (measured with 3.35.0).
        end_signal=signal.SIGINT,
    )


def _with_tls(certificate: Certificate) -> tuple[str, ...]:
    return ("--oauth", "basic", "--cert", str(certificate.certificate), "--key", str(certificate.key))
