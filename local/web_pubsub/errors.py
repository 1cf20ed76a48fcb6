class WebPubSubError(Exception):
    """The root of what can go wrong in this stand-in."""


class TokenRefused(WebPubSubError):
    """A token is missing, forged, expired or meant for another audience."""


class MalformedMessage(WebPubSubError):
    """A client's frame is not a message of its subprotocol."""


class UnsupportedContentType(WebPubSubError):
    """A body's content type is none of text, JSON and octet-stream."""


class EventFailed(WebPubSubError):
    """The event handler did not answer a blocking event with a success; `status` goes to the client."""

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


class ReplayFull(WebPubSubError):
    """A reliable client has left too much unacknowledged."""


class RequestRefused(WebPubSubError):
    """A REST request cannot be carried out; `status` and `code` go to the caller."""

    def __init__(self, status: int, code: str, message: str, target: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.target = target
