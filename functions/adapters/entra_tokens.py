"""What a good token of Microsoft Entra ID says.

Which of the two issuers is in it depends on the application that it is for. From Microsoft's pages "Access tokens in
the Microsoft identity platform" and "Access token claims reference".
"""

from collections.abc import Mapping

from functions.adapters.signing_keys import TokenRules

VERSION_1 = "https://sts.windows.net"


def entra_rules(
    authority: str,
    tenant: str,
    audiences: tuple[str, ...],
    *,
    remedy: str,
    claims: Mapping[str, tuple[str, ...]],
) -> TokenRules:
    """The rules for tokens that this tenant issues for one of the audiences, with these claims in them."""
    return TokenRules(
        issuers=(f"{VERSION_1}/{tenant}/", f"{authority}/{tenant}/v2.0"),
        audiences=audiences,
        keys_url=f"{authority}/{tenant}/discovery/v2.0/keys",
        whose="Entra's",
        remedy=remedy,
        claims=claims,
    )
