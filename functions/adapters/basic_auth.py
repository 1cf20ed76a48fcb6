"""HTTP Basic (RFC 7617), by challenge: who comes without credentials is asked for them, and comes again."""

import base64
import binascii
import hmac

from functions.errors import Unauthorized

CHALLENGE = 'Basic realm="verbatim", charset="UTF-8"'
SCHEME = "basic"
REMEDY = "Send the name and password of BANDWIDTH_WEBHOOK_USER and BANDWIDTH_WEBHOOK_PASSWORD as HTTP Basic."


def check_basic(authorization: str | None, expected: tuple[str, str] | None) -> None:
    """Raise Unauthorized unless the header bears the name and password; nothing does where none are expected."""
    given = credentials_of(authorization or "")
    wanted = None if expected is None else ":".join(expected).encode()
    if given is None or wanted is None or not hmac.compare_digest(given, wanted):
        raise Unauthorized("The caller is not known here.", remedy=REMEDY, challenge=CHALLENGE)


def credentials_of(authorization: str) -> bytes | None:
    """The name and password with a colon between them, or none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.casefold() != SCHEME:
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
