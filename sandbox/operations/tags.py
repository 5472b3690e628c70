"""Tags of user pools."""

from __future__ import annotations

from sandbox.core import ACCOUNT, Call
from sandbox.operations.registry import Answer, operation
from sandbox.pools import Pool
from sandbox.protocol import refusal

MOST = 50
RESERVED = "aws:"


@operation("TagResource")
def tag_resource(call: Call) -> Answer:
    """Add tags to a pool, or give known ones another value."""
    pool, given = _resource(call), call.input["Tags"]
    if any(name.lower().startswith(RESERVED) for name in given):
        raise refusal("reserved_tag")
    tags = _tags(pool) | given
    if len(tags) > MOST:
        raise refusal("too_many_tags")
    _store(call, pool, tags)
    return {}


@operation("UntagResource")
def untag_resource(call: Call) -> Answer:
    """Take tags away; one that is not there does no harm."""
    pool, gone = _resource(call), call.input["TagKeys"]
    _store(call, pool, {name: each for name, each in _tags(pool).items() if name not in gone})
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(call: Call) -> Answer:
    """The tags of a pool."""
    return {"Tags": _tags(_resource(call))}


def _resource(call: Call) -> Pool:
    """The pool that ResourceArn names."""
    arn: str = call.input["ResourceArn"]
    start = f"arn:aws:cognito-idp:{call.sandbox.region}:{ACCOUNT}:userpool/"
    if not arn.startswith(start):
        raise refusal("bad_arn", arn=arn)
    return call.sandbox.pools.get(arn.removeprefix(start))


def _tags(pool: Pool) -> dict[str, str]:
    return dict(pool.settings.get("UserPoolTags", {}))


def _store(call: Call, pool: Pool, tags: dict[str, str]) -> None:
    settings = {**pool.settings, "UserPoolTags": tags}
    document = {**pool.document, "settings": settings, "modified": call.sandbox.clock.stamp()}
    call.sandbox.pools.save(pool.id, document)
