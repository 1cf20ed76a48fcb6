"""Tokens of Microsoft Entra ID with which people and their programs open the API."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.adapters.entra_tokens import entra_rules
from functions.adapters.signing_keys import SigningKeys
from functions.errors import Unauthorized
from functions.settings import SignIn

DETAIL = "There is no token that opens this API."
REMEDY = "Sign in, and send a token of Microsoft Entra ID for {scope} as `Authorization: Bearer TOKEN`."


class ApiTokens:
    """Checks them. `clock` tells ms."""

    def __init__(self, sign_in: SignIn, clock: Callable[[], int]) -> None:
        self.remedy = REMEDY.format(scope=sign_in.scope)
        self.challenge = f'Bearer authorization_uri="{sign_in.authorize_url}", scope="{sign_in.scope}"'
        audiences = (sign_in.client_id, f"api://{sign_in.client_id}")
        rules = entra_rules(sign_in.authority, sign_in.tenant, audiences, remedy=self.remedy, claims={})
        self.keys = SigningKeys(rules, clock)

    async def check(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header bears a token that opens the API; Unavailable if none can be judged.

        Whoever is refused hears the same, whatever is wrong; the log has the reason, without the token.
        """
        try:
            claims = await self.keys.check(authorization)
        except Unauthorized as error:
            raise self.refusal() from error
        if not is_granted(claims):
            raise self.refusal() from self.keys.refusal(
                "The token has neither a scope nor a role of this API."
            )

    def refusal(self) -> Unauthorized:
        """The one answer to all that is wrong."""
        return Unauthorized(DETAIL, remedy=self.remedy, challenge=self.challenge)


def is_granted(claims: Mapping[str, Any]) -> bool:
    """Whether a client was let in: with a scope, for a person, or with a role.

    Entra gives any app of the tenant a token for this audience, without a role if none is assigned to it; and an id
    token has the same audience, but names no client that it was given to (`azp`, in v1 `appid`). From Microsoft's
    pages "Secure applications and APIs by validating claims" and "Access token claims reference".
    """
    client = claims.get("azp") or claims.get("appid")
    return bool(client and (claims.get("scp") or claims.get("roles")))
