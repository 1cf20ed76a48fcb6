"""Every error of this service.

VerbatimError
├── InputRefused        what a caller sent is wrong
├── Conflict            what was asked cannot be had just now
├── KeyReused           an Idempotency-Key came with another request before
├── NotFound            there is no such thing
├── NotAcceptable       there is no such form of it
├── Unauthorized        the caller did not prove who it is
├── FrameRefused        a frame of the transcript socket is not understood
├── StateDamaged        a socket's connection state is not what was set
├── SettingsInvalid     the deployment's settings are wrong
├── Unavailable         a service we need does not answer
├── CallRefused         the call's provider answered a command with an error
├── RowExists           a row that was to be new is there already
└── RowChanged          somebody else saved first
"""


class VerbatimError(Exception):
    """Anything that this service raises on purpose."""


class InputRefused(VerbatimError):
    """What a caller sent is wrong in `field`; `remedy` says what to send instead."""

    def __init__(self, detail: str, *, field: str, remedy: str, code: str = "invalid-input") -> None:
        super().__init__(detail)
        self.field = field
        self.remedy = remedy
        self.code = code


class Conflict(VerbatimError):
    """What was asked cannot be had in the state that things are in; `remedy` says when it can."""

    def __init__(self, detail: str, *, remedy: str) -> None:
        super().__init__(detail)
        self.remedy = remedy


class KeyReused(VerbatimError):
    """The Idempotency-Key belongs to another request."""


class NotFound(VerbatimError):
    """There is no such thing, or no longer; `field` named it."""

    def __init__(
        self, detail: str, *, field: str = "id", remedy: str = "Check the id: GET /api/sessions lists them."
    ) -> None:
        super().__init__(detail)
        self.field = field
        self.remedy = remedy


class NotAcceptable(VerbatimError):
    """What was asked for cannot be had in the form that `field` asks for; `remedy` lists those that there are."""

    def __init__(self, detail: str, *, field: str, remedy: str) -> None:
        super().__init__(detail)
        self.field = field
        self.remedy = remedy


class Unauthorized(VerbatimError):
    """The caller did not prove who it is; `field` should have proved it, `challenge` asks for it in HTTP's words."""

    def __init__(
        self,
        detail: str,
        *,
        field: str = "Authorization",
        remedy: str = "Send what you were given, unchanged.",
        challenge: str = "Bearer",
    ) -> None:
        super().__init__(detail)
        self.field = field
        self.challenge = challenge
        self.remedy = remedy


class FrameRefused(VerbatimError):
    """A frame is not one that this service understands; `fault` names the kind."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class StateDamaged(VerbatimError):
    """The connection state that came back is not what was set."""


class SettingsInvalid(VerbatimError):
    """The deployment's settings are wrong; the message lists every mistake."""


class Unavailable(VerbatimError):
    """A service we need does not answer in time."""


class CallRefused(VerbatimError):
    """A command was answered with an error that a repeat will not change; the numbers are ACS's.

    `reason` is the word of a provider that has words instead of numbers.
    """

    def __init__(self, message: str, *, code: int, sub_code: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.sub_code = sub_code
        self.reason = reason


class RowExists(VerbatimError):
    """A row that was to be new is there already."""


class RowChanged(VerbatimError):
    """Somebody else saved first."""
