"""What a connection may do with groups: roles at connect, grants and revocations later. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_WILDCARD = re.compile(r"\*\*|\*|\?")
_MEANING = {"**": ".*", "*": "[^.]*", "?": "[^.]"}


@dataclass(slots=True)
class GroupPermission:
    """One action (join and leave, or send) for all groups, for named ones and for patterns."""

    everywhere: bool = False
    named: dict[str, bool] = field(default_factory=dict)
    patterns: list[re.Pattern[str]] = field(default_factory=list)

    def allows(self, group: str) -> bool:
        """Whether the action may be done in this group."""
        named = self.named.get(group)
        if named is not None:
            return named
        return self.everywhere or any(pattern.fullmatch(group) for pattern in self.patterns)

    def grant(self, group: str | None) -> None:
        """Allow the action in one group, or (None) in all."""
        if group is not None:
            self.named[group] = True
            return
        self.everywhere = True
        self.named.clear()

    def revoke(self, group: str | None) -> None:
        """Forbid the action in one group, or (None) in all."""
        if group is not None:
            self.named[group] = False
            return
        self.everywhere = False
        self.named.clear()
        self.patterns.clear()


@dataclass(slots=True)
class Permissions:
    """What one connection may do."""

    join_leave: GroupPermission
    send: GroupPermission


def permissions_of(roles: Iterable[str]) -> Permissions:
    """The permissions that a token's or a connect answer's roles give; unknown roles give none."""
    roles = list(roles)
    return Permissions(
        join_leave=_permission(roles, "webpubsub.joinLeaveGroup"),
        send=_permission(roles, "webpubsub.sendToGroup"),
    )


def wildcard(pattern: str) -> re.Pattern[str]:
    """`*` stays within a dot-separated part, `**` crosses parts, `?` is one character but a dot."""
    cut, expression = 0, ""
    for found in _WILDCARD.finditer(pattern):
        expression += re.escape(pattern[cut : found.start()]) + _MEANING[found.group()]
        cut = found.end()
    return re.compile(expression + re.escape(pattern[cut:]), re.DOTALL)


def _permission(roles: list[str], role: str) -> GroupPermission:
    # Only the plural takes patterns: a `*` in the singular is literal.
    one, many = f"{role}.", f"{role}s."
    return GroupPermission(
        everywhere=role in roles,
        named={given.removeprefix(one): True for given in roles if given.startswith(one)},
        patterns=[wildcard(given.removeprefix(many)) for given in roles if given.startswith(many)],
    )
