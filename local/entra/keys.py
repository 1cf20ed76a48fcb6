"""The keys that sign tokens, and those that are published."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with its id."""

    private: rsa.RSAPrivateKey = field(default_factory=_new_key)
    key_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def published(self, issuer: str) -> dict[str, Any]:
        """The public half as Entra publishes it (JWK)."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        named = {"kid": self.key_id, "x5t": self.key_id, "use": "sig", "issuer": issuer}
        return {name: public[name] for name in ("kty", "n", "e")} | named

    def public_pem(self) -> bytes:
        """The public half as text."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form)


class Keys:
    """All published keys; the last one signs. `unpublished` is nobody's."""

    def __init__(self) -> None:
        self.all = [SigningKey()]
        self.unpublished = SigningKey()

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self.all[-1]

    def rotate(self, *, withdraw: bool) -> SigningKey:
        """From now on a new key signs; `withdraw` takes the old ones back."""
        kept = [] if withdraw else self.all
        self.all = [*kept, SigningKey()]
        return self.current
