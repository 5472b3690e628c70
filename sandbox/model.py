"""Cognito's own service model, read from botocore's package data without importing botocore."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

SERVICE = "cognito-idp/2016-04-18/service-2.json.gz"
Shape = dict[str, Any]


@lru_cache(maxsize=1)
def service_model() -> dict[str, Any]:
    """The model as botocore ships it: `operations` and `shapes`."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise RuntimeError("botocore is not installed; the sandbox reads its service model")
    path = Path(spec.origin).parent / "data" / SERVICE
    with gzip.open(path) as file:
        return cast(dict[str, Any], json.load(file))


def operation_names() -> list[str]:
    """Every operation of the service, in alphabetical order."""
    return sorted(service_model()["operations"])


def shape(name: str) -> Shape:
    """One shape of the model."""
    return cast(Shape, service_model()["shapes"][name])


def input_shape_name(operation: str) -> str | None:
    """Name of the input shape of an operation."""
    found = service_model()["operations"][operation].get("input")
    return found["shape"] if found else None


def output_shape_name(operation: str) -> str | None:
    """Name of the output shape of an operation."""
    found = service_model()["operations"][operation].get("output")
    return found["shape"] if found else None


def has_output(operation: str) -> bool:
    """Whether an operation answers with a body at all."""
    return output_shape_name(operation) is not None


def needs_signature(operation: str) -> bool:
    """Whether AWS wants a SigV4 signature (and IAM permission) for it."""
    return bool(service_model()["operations"][operation].get("authtype") != "none")
