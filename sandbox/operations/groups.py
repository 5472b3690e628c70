"""Groups: made, changed, listed, deleted, joined and left. Source: contract 11.2."""

from __future__ import annotations

import base64
import json

from sandbox.core import Call
from sandbox.groups import Group
from sandbox.operations.people import summary
from sandbox.operations.pools import DEFAULT_PAGE, paged
from sandbox.operations.registry import Answer, operation
from sandbox.people import loaded
from sandbox.protocol import refusal

MEMBERS = ("GroupName", "UserPoolId", "Description", "RoleArn", "Precedence")
MOST_OF_ONE_PERSON = 100


@operation("CreateGroup")
def create_group(call: Call) -> Answer:
    """Make a group."""
    pool, name = call.pool(), call.input["GroupName"]
    if call.sandbox.groups.find(pool.id, name):
        raise refusal("group_exists")
    stamp = call.sandbox.clock.stamp()
    group = _given(call) | {"LastModifiedDate": stamp, "CreationDate": stamp}
    call.sandbox.groups.save(group)
    return {"Group": group}


@operation("GetGroup")
def get_group(call: Call) -> Answer:
    """Everything about a group but who is in it."""
    return {"Group": _group(call)}


@operation("UpdateGroup")
def update_group(call: Call) -> Answer:
    """Change what is given of a group."""
    group = _group(call) | _given(call) | {"LastModifiedDate": call.sandbox.clock.stamp()}
    call.sandbox.groups.save(group)
    return {"Group": group}


@operation("DeleteGroup")
def delete_group(call: Call) -> None:
    """Delete a group; its people stay."""
    call.sandbox.groups.remove(_group(call))


@operation("ListGroups")
def list_groups(call: Call) -> Answer:
    """Every group of a pool."""
    page, following = paged(call, call.sandbox.groups.all(call.pool().id))
    return {"Groups": page, **following}


@operation("AdminAddUserToGroup")
def admin_add_user_to_group(call: Call) -> None:
    """Put somebody into a group; the next tokens say so."""
    _, person = call.person()
    group, joined = _group(call), call.sandbox.groups.of(person)
    if group not in joined and len(joined) >= MOST_OF_ONE_PERSON:
        raise refusal("too_many_groups")
    call.sandbox.groups.join(group, person)


@operation("AdminRemoveUserFromGroup")
def admin_remove_user_from_group(call: Call) -> None:
    """Take somebody out of a group."""
    _, person = call.person()
    call.sandbox.groups.leave(_group(call), person)


@operation("AdminListGroupsForUser")
def admin_list_groups_for_user(call: Call) -> Answer:
    """The groups somebody is in."""
    _, person = call.person()
    page, following = paged(call, call.sandbox.groups.of(person))
    return {"Groups": page, **following}


@operation("ListUsersInGroup")
def list_users_in_group(call: Call) -> Answer:
    """The people of a group, without their MFA preference."""
    size = call.input.get("Limit") or DEFAULT_PAGE
    after = _position(call.input.get("NextToken"))
    rows = call.sandbox.groups.people_documents(_group(call), after, size + 1)
    page = rows[:size]
    following = {"NextToken": _token(page[-1][0])} if len(rows) > size else {}
    return {"Users": [summary(loaded(document)) for _, document in page], **following}


def _token(sub: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"sub": sub}).encode()).decode()


def _position(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return str(json.loads(base64.urlsafe_b64decode(token.encode()))["sub"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise refusal("bad_next_token") from None


def _group(call: Call) -> Group:
    return call.sandbox.groups.get(call.pool().id, call.input["GroupName"])


def _given(call: Call) -> Group:
    return {name: call.input[name] for name in MEMBERS if name in call.input}
