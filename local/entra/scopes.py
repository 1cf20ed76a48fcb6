"""What an app may ask for."""

from local.entra.directory import SCOPE, Registration
from local.entra.errors import GrantRefused

OF_OPENID = frozenset({"openid", "profile", "email", "offline_access"})


def read_scopes(text: str, registration: Registration) -> frozenset[str]:
    """The scopes that are asked for. Raises GrantRefused.

    An app that asks for its own API names it by its client id; by `api://…` it is refused [AADSTS90009].
    """
    scopes = frozenset(text.split())
    if not scopes:
        raise GrantRefused("invalid_request", 900144, "The request body must contain 'scope'.")
    for scope in scopes - OF_OPENID:
        _check(scope, registration.client_id)
    return scopes


def _check(scope: str, client_id: str) -> None:
    resource, _, wanted = scope.rpartition("/")
    if resource == f"api://{client_id}":
        raise GrantRefused("invalid_resource", 90009, "An app names itself by its GUID alone.")
    if resource != client_id:
        raise GrantRefused("invalid_resource", 500011, f"The resource '{resource}' is not in the tenant.")
    if wanted not in {SCOPE, ".default"}:
        raise GrantRefused("invalid_scope", 65005, f"The scope '{wanted}' does not exist.")


def opens_api(scopes: frozenset[str]) -> bool:
    """Whether an access token for the app's API was asked for."""
    return bool(scopes - OF_OPENID)
