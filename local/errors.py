class LocalCloudError(Exception):
    """The local cloud cannot run; the message says why and, where it helps, what to do."""


class ChildDiedError(LocalCloudError):
    """A process of the local cloud ended although nobody asked it to; the message has its last log lines."""


class NotReadyError(LocalCloudError):
    """A process of the local cloud did not say in time that it is ready."""


class RunFolderError(LocalCloudError):
    """There is no room for a run's logs: the project's folder cannot be written to."""


class MissingToolError(LocalCloudError):
    """Something that has to be installed is not."""
