"""REST operations on connections: who is there, in which group, with which permissions, and closing them."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from local.web_pubsub.connection import Connection
from local.web_pubsub.delivery import close
from local.web_pubsub.errors import RequestRefused
from local.web_pubsub.hub import Hub, without
from local.web_pubsub.permissions import GroupPermission
from local.web_pubsub.rest_answers import connection_of, done, found, invalid, json_answer, number
from local.web_pubsub.service import Service

_PAGE = 200  # connections


async def connection_exists(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Whether the connection is there."""
    return found(request.match_info["connection"] in hub.connections)


async def group_exists(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Whether the group has members."""
    return found(hub.in_group(request.match_info["group"]))


async def user_exists(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Whether the user has connections."""
    return found(hub.of_user(request.match_info["user"]))


async def close_connection(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """Close one connection; it may be gone already."""
    connection = hub.connections.get(request.match_info["connection"])
    return _close(service, request, [] if connection is None else [connection])


async def close_all(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """Close every connection of the hub."""
    return _close(service, request, hub.everyone())


async def close_group(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """Close a group's connections."""
    return _close(service, request, hub.in_group(request.match_info["group"]))


async def close_user(service: Service, hub: Hub, request: web.Request) -> web.Response:
    """Close a user's connections."""
    return _close(service, request, hub.of_user(request.match_info["user"]))


def _close(service: Service, request: web.Request, connections: list[Connection]) -> web.Response:
    for connection in without(connections, request.query.getall("excluded", [])):
        close(service, connection, request.query.get("reason", ""))
    return done()


async def add_connection(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Put a connection into a group."""
    hub.join(connection_of(hub, request), request.match_info["group"])
    return web.Response()


async def remove_connection(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Take a connection out of a group."""
    hub.leave(connection_of(hub, request), request.match_info["group"])
    return done()


async def remove_connection_everywhere(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Take a connection out of every group."""
    connection = hub.connections.get(request.match_info["connection"])
    if connection is not None:
        hub.leave_all(connection)
    return done()


async def add_user(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Put a user's connections into a group."""
    connections = hub.of_user(request.match_info["user"])
    if not connections:
        raise RequestRefused(HTTPStatus.NOT_FOUND, "NotFound", "The user has no connection.", "userId")
    for connection in connections:
        hub.join(connection, request.match_info["group"])
    return web.Response()


async def remove_user(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Take a user's connections out of a group."""
    for connection in hub.of_user(request.match_info["user"]):
        hub.leave(connection, request.match_info["group"])
    return done()


async def remove_user_everywhere(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Take a user's connections out of every group."""
    for connection in hub.of_user(request.match_info["user"]):
        hub.leave_all(connection)
    return done()


async def list_group(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """One page of a group, by connection id; the continuation token is the last id of the page before."""
    after = request.query.get("continuationToken", "")
    members = sorted(hub.in_group(request.match_info["group"]), key=lambda member: member.id)
    rest = [member for member in members if member.id > after]
    top = number(request, "top", len(rest))
    size = min(number(request, "maxpagesize", _PAGE), _PAGE, top)
    page: dict[str, Any] = {"value": [_member(member) for member in rest[:size]]}
    if 0 < size < min(top, len(rest)):
        query = {"continuationToken": rest[size - 1].id, "top": str(top - size)}
        page["nextLink"] = str(request.url.update_query(query))
    return json_answer(page)


def _member(connection: Connection) -> dict[str, str]:
    member = {"connectionId": connection.id}
    return member | {"userId": connection.user_id} if connection.user_id else member


async def grant(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Permit a connection something, in one group or in all."""
    _permission(hub, request).grant(request.query.get("targetName"))
    return web.Response()


async def revoke(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Forbid a connection something, in one group or in all."""
    _permission(hub, request).revoke(request.query.get("targetName"))
    return done()


async def has_permission(_: Service, hub: Hub, request: web.Request) -> web.Response:
    """Whether a connection may do something, in one group or in all."""
    permission = _permission(hub, request)
    group = request.query.get("targetName")
    return found(permission.everywhere if group is None else permission.allows(group))


def _permission(hub: Hub, request: web.Request) -> GroupPermission:
    permissions = connection_of(hub, request).permissions
    by_name = {"joinLeaveGroup": permissions.join_leave, "sendToGroup": permissions.send}
    try:
        return by_name[request.match_info["permission"]]
    except KeyError:
        raise invalid("permission") from None
