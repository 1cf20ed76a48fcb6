class FunctionsHostError(Exception):
    """The host cannot serve the app; the message is one sentence for a person."""


class AppError(FunctionsHostError):
    """The Function App cannot be indexed, or declares something that this host does not run."""


class ScheduleError(AppError):
    """A timer's schedule is neither NCRONTAB nor `hh:mm:ss`."""


class RouteError(AppError):
    """A route template cannot be read."""


class KeysFileError(FunctionsHostError):
    """The keys file is missing or is not what it should be."""


class OriginError(FunctionsHostError):
    """An allowed origin is none."""


class InvocationError(FunctionsHostError):
    """A function raised; the message is its traceback."""
