"""The OpenAPI document of the JSON room, as it is served, committed and drawn."""

import json
from functools import cache
from typing import Any

from portal.v1.urls import api

ROOT = "/api/v1/"
# One name for it, whichever prefix the cookie of this installation has.
COOKIE = "__Host-mfa-session"
VERBS = ("get", "post", "put", "patch", "delete")
# As RFC 9110 calls them: until 3.13 Python had their older names.
PHRASES = {"413": "Content Too Large", "422": "Unprocessable Content"}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1, made from the code that answers."""
    made: dict[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(path_prefix=ROOT), default=str)
    )
    made["components"]["securitySchemes"]["PortalSession"]["name"] = COOKIE
    made["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    for _, _, operation in operations(made):
        name = operation["operationId"].removeprefix("portal_api_").removeprefix("portal_")
        operation["operationId"] = name.replace("_api_", "_")
        operation["summary"] = operation.pop("description", operation["summary"]).partition("\n")[0]
        for status in PHRASES.keys() & operation["responses"].keys():
            operation["responses"][status]["description"] = PHRASES[status]
    return made


def as_text() -> str:
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def operations(made: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each operation, in the order they were written."""
    return [
        (path, verb, methods[verb])
        for path, methods in made["paths"].items()
        for verb in VERBS
        if verb in methods
    ]
