"""The tokens with which a viewer reads one session: an expiry and an HMAC over session, expiry and purpose."""

import hmac


def write_read_token(secret: str, session_id: str, expires_at: int) -> str:
    """A token that opens the session's reads until `expires_at`, seconds since 1970."""
    return f"{expires_at}.{sign(secret, session_id, expires_at)}"


def opens(token: str, secret: str, session_id: str, now: int) -> bool:
    """Whether the token opens the session now (seconds since 1970); compared in constant time."""
    expiry, _, signature = token.partition(".")
    if (
        not expiry.isascii()
        or not expiry.isdigit()
        or len(expiry) > len(str(1 << 53))
        or not signature.isascii()
    ):
        return False
    right = hmac.compare_digest(signature, sign(secret, session_id, int(expiry)))
    return right and now < int(expiry)


def sign(secret: str, session_id: str, expires_at: int) -> str:
    """The signature of a read token."""
    return hmac.digest(secret.encode(), f"read\n{session_id}\n{expires_at}".encode(), "sha256").hex()
