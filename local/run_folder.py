"""The folder of one run of the local cloud, for logs, keys and locks."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from .child_process import PROJECT
from .errors import RunFolderError

RUNS = PROJECT / ".local"
KEPT_RUNS = 20


def new_run_dir(runs: Path = RUNS) -> Path:
    """A new folder `run-…` in `runs`; of the old ones only the newest are kept, and those that are in use.

    Raises RunFolderError.
    """
    try:
        runs.mkdir(exist_ok=True)
        _remove_old(runs)
        return Path(tempfile.mkdtemp(prefix=f"run-{datetime.now().astimezone():%Y%m%d-%H%M%S}-", dir=runs))
    except OSError as error:
        raise RunFolderError(f"Logs cannot be kept in {runs}: {error.strerror}.") from error


def _remove_old(runs: Path) -> None:
    for old in sorted(runs.glob("run-*"))[:-KEPT_RUNS]:
        with suppress(FileNotFoundError), _opened(old) as folder:  # another run removes them, too
            if _locks(folder, fcntl.LOCK_EX):
                shutil.rmtree(old, ignore_errors=True)


@contextmanager
def in_use(run_dir: Path) -> Iterator[None]:
    """Meanwhile no other run removes this folder; the system lets go of it even if this process is killed."""
    with _opened(run_dir) as folder:
        _locks(folder, fcntl.LOCK_SH)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY)
    try:
        yield folder
    finally:
        os.close(folder)


def _locks(folder: int, how: int) -> bool:
    try:
        fcntl.flock(folder, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
