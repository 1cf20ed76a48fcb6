class EventGridError(Exception):
    """The root of what can go wrong in this stand-in."""


class RequestRefused(EventGridError):
    """A request cannot be carried out; `status` and `code` go to the caller."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class NotValidated(EventGridError):
    """A subscriber did not prove that it wants the events; the message is the reason."""


class NothingThere(NotValidated):
    """A subscriber was asked and gave no answer at all, as when it is still starting."""


class MalformedEvent(EventGridError):
    """An event does not keep to its topic's schema."""
