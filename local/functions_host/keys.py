"""Function keys, as Azure keeps them in the storage account, here in a JSON file that may change at any time."""

import hmac
import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .app import Function
from .errors import KeysFileError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keys:
    """Accepted keys: the master key, those of the host, and those of each function by its name."""

    master: bytes
    host: tuple[bytes, ...]
    functions: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def admit(self, function: Function, key: bytes) -> bool:
        """Whether `key` opens `function`: its own keys and the host's, or the master key alone for `admin`."""
        level = str(function.trigger.get("authLevel", "function")).lower()
        if level == "anonymous":
            return True
        if level == "admin":
            return self.admit_master(key)
        return _is_one_of(key, (self.master, *self.host, *self.functions.get(function.name, ())))

    def admit_master(self, key: bytes) -> bool:
        """Whether `key` is the master key."""
        return _is_one_of(key, (self.master,))


def _is_one_of(key: bytes, accepted: tuple[bytes, ...]) -> bool:
    # Every key is compared, so the time tells nothing about which one came close.
    return sum(hmac.compare_digest(key, each) for each in accepted) > 0


def read_keys(path: Path) -> Keys:
    """Reads `{"masterKey", "functionKeys": {name: key}, "functions": {function: {name: key}}}`.

    Raises KeysFileError.
    """
    try:
        content = json.loads(path.read_bytes())
        return Keys(
            _key(content["masterKey"]),
            _named_keys(content.get("functionKeys", {})),
            {name: _named_keys(keys) for name, keys in content.get("functions", {}).items()},
        )
    except OSError as error:
        raise KeysFileError(f"The keys file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysFileError(f"The keys file {path} is damaged: {type(error).__name__} {error}.") from error


def _named_keys(keys: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(_key(key) for key in keys.values())


def _key(value: Any) -> bytes:
    if not isinstance(value, str) or not value:
        raise ValueError("a key is empty or not a string")
    return value.encode()


class KeysFile:
    """The keys file, read again whenever it changes. Raises KeysFileError if it cannot be read at first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = self._stat()
        self._keys = read_keys(path)

    def _stat(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - for each request, and twice as fast as Path.stat
        except OSError:
            return None  # read_keys says why
        return found.st_ino, found.st_mtime_ns, found.st_size

    def current(self) -> Keys:
        """The keys now. A file that became unreadable leaves the last keys in force, and the log says so."""
        version = self._stat()
        if version != self._version:
            self._version = version
            try:
                self._keys = read_keys(self._path)
            except KeysFileError as error:
                log.error("%s The keys read before stay in force.", error)  # noqa: TRY400 - a sentence is enough
        return self._keys
