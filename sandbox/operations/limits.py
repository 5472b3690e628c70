"""Provisioned request rates: read, and raised where they can be. Source: contract 12."""

from __future__ import annotations

import json
from typing import Any

from sandbox.core import Call
from sandbox.operations.registry import Answer, operation
from sandbox.protocol import refusal
from sandbox.quota_rates import CATEGORIES


@operation("GetProvisionedLimit")
def get_provisioned_limit(call: Call) -> Answer:
    """The rate of a category, and the one that costs nothing."""
    return {"Limit": _described(call, _category(call))}


@operation("UpdateProvisionedLimit")
def update_provisioned_limit(call: Call) -> Answer:
    """Raise the rate of an adjustable category, at once."""
    name, wanted = _category(call), call.input["RequestedLimitValue"]
    known = CATEGORIES[name]
    if not known.adjustable:
        raise refusal("limit_not_adjustable", category=name)
    if wanted < known.rate:
        raise refusal("limit_below_default", category=name, default=int(known.rate))
    if wanted > known.rate * call.sandbox.switches.provisioned_limit_ceiling_factor:
        raise refusal("limit_above_ceiling", category=name)
    sandbox = call.sandbox
    provisioned = sandbox.quotas.provisioned | {name: wanted}
    sandbox.set_meta("provisioned_limits", json.dumps(provisioned))
    sandbox.quotas.provisioned = provisioned
    return {"Limit": _described(call, name)}


def _category(call: Call) -> str:
    name: str = call.input["LimitDefinition"]["Attributes"].get("Category", "")
    if name not in CATEGORIES:
        raise refusal("unknown_limit", category=name)
    return name


def _described(call: Call, name: str) -> dict[str, Any]:
    free = int(CATEGORIES[name].rate)
    return {
        "LimitDefinition": {"LimitClass": "API_CATEGORY", "Attributes": {"Category": name}},
        "ProvisionedLimitValue": call.sandbox.quotas.provisioned.get(name, free),
        "FreeLimitValue": free,
    }
