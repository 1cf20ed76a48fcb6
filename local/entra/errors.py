class EntraError(Exception):
    """The root of what can go wrong in this stand-in."""


class GrantRefused(EntraError):
    """A request for a code or a token cannot be granted.

    `error` is OAuth's word for it, `number` that of Entra's `AADSTS…` message.
    """

    def __init__(self, error: str, number: int, message: str) -> None:
        super().__init__(f"AADSTS{number}: {message}")
        self.error = error
        self.number = number


class PageRefused(GrantRefused):
    """A request that names no registered place to return to: told on a page, never sent there."""


class OrderRefused(EntraError):
    """A steering request is not understood."""
