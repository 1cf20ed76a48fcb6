"""A hub: its connections, by id, user and group."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from local.web_pubsub.connection import Connection
from local.web_pubsub.counters import Counters

type Members = dict[str, Connection]


@dataclass(slots=True)
class Hub:
    """Connections that can reach each other."""

    name: str
    connections: Members = field(default_factory=dict)
    counters: Counters = field(default_factory=Counters)
    _groups: dict[str, Members] = field(default_factory=dict)
    _users: dict[str, Members] = field(default_factory=dict)

    def add(self, connection: Connection) -> None:
        """Take a connection in, with the groups that it brings."""
        self.counters.connections_opened += 1
        self.connections[connection.id] = connection
        if connection.user_id:
            self._users.setdefault(connection.user_id, {})[connection.id] = connection
        for group in connection.groups:
            self._groups.setdefault(group, {})[connection.id] = connection

    def remove(self, connection: Connection) -> None:
        """Forget a connection."""
        if self.connections.pop(connection.id, None) is None:
            return
        self.counters.connections_closed += 1
        if connection.user_id:
            _take_out(self._users, connection.user_id, connection)
        for group in list(connection.groups):
            self.leave(connection, group)

    def join(self, connection: Connection, group: str) -> None:
        """Put a connection into a group."""
        connection.groups.add(group)
        self._groups.setdefault(group, {})[connection.id] = connection

    def leave(self, connection: Connection, group: str) -> None:
        """Take a connection out of a group; it need not be in it."""
        connection.groups.discard(group)
        _take_out(self._groups, group, connection)

    def leave_all(self, connection: Connection) -> None:
        """Take a connection out of every group."""
        for group in list(connection.groups):
            self.leave(connection, group)

    def everyone(self) -> list[Connection]:
        """All connections."""
        return list(self.connections.values())

    def in_group(self, group: str) -> list[Connection]:
        """A group's connections."""
        return list(self._groups.get(group, {}).values())

    def of_user(self, user_id: str) -> list[Connection]:
        """A user's connections."""
        return list(self._users.get(user_id, {}).values())


def without(connections: Iterable[Connection], excluded: Iterable[str]) -> list[Connection]:
    """The connections but those with the excluded ids."""
    left_out = set(excluded)
    return [connection for connection in connections if connection.id not in left_out]


def _take_out(index: dict[str, Members], key: str, connection: Connection) -> None:
    members = index.get(key)
    if members is None:
        return
    members.pop(connection.id, None)
    if not members:
        del index[key]
