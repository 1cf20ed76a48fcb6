"""TLS on this machine: a certificate for 127.0.0.1 that its users trust by `SSL_CERT_FILE`, and sites that use it.

Azure's SDKs send tokens over https only.
"""

import argparse
import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .ports import HOST

LIFETIME = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: a certificate that has signed itself, and its key."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """For those who serve with it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For those who trust it and nobody else."""
        return ssl.create_default_context(cafile=str(self.certificate))


@dataclass(frozen=True, slots=True)
class TlsSite:
    """A second address of a service, with TLS."""

    port: int
    certificate: Certificate

    async def start(self, runner: web.AppRunner) -> None:
        """Serves there what the runner serves."""
        context = self.certificate.server_context()
        await web.TCPSite(runner, HOST, self.port, ssl_context=context, backlog=1024).start()


def make_certificate(folder: Path) -> Certificate:
    """A new certificate in this folder, its key for this user alone."""
    made = Certificate(folder / "certificate.pem", folder / "certificate-key.pem")
    key = ec.generate_private_key(ec.SECP256R1())
    made.key.touch(mode=0o600)
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    made.certificate.write_bytes(_signed_by_itself(key).public_bytes(serialization.Encoding.PEM))
    return made


def _signed_by_itself(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """With the extensions that Python's strict check of a certificate wants to see."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Verbatim's local cloud")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address(HOST))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, hashes.SHA256())
    )


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def add_tls_options(parser: argparse.ArgumentParser) -> None:
    """Where a stand-in serves with TLS, too."""
    parser.add_argument("--tls-port", type=int, help="serves there as well, with TLS")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="PEM")
    parser.add_argument("--certificate-key", type=Path, metavar="FILE", help="PEM")


def tls_site(arguments: argparse.Namespace) -> TlsSite | None:
    """As the command line tells; None if there is to be none."""
    if arguments.tls_port is None:
        return None
    return TlsSite(arguments.tls_port, Certificate(arguments.certificate, arguments.certificate_key))
