"""The pages about the JSON room: its OpenAPI document, and the same for people to read."""

from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.api.codes import CODES
from accounts.guards import public
from portal.v1 import examples


@dataclass(frozen=True)
class Described:
    """One operation as its page shows it. takes and gives: JSON, indented."""

    anchor: str
    verb: str
    path: str
    tag: str
    summary: str
    parameters: list[dict[str, Any]]
    takes: str
    gives: str


@public
@require_GET
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The document itself, for tools."""
    return JsonResponse(_openapi().document(), json_dumps_params={"ensure_ascii": False})


@public
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The document for people: drawn here, without a script and without asking another host."""
    openapi = _openapi()
    described = [_described(*each) for each in openapi.operations(openapi.document())]
    rooms = [(tag, list(found)) for tag, found in groupby(described, lambda each: each.tag)]
    context = {"rooms": rooms, "codes": CODES.items()}
    return render(request, "api/docs.html", context)


def _openapi() -> Any:
    """Loads the JSON room, where nobody has been there yet (`portal.later`)."""
    return import_module("portal.v1.openapi")


def _described(path: str, verb: str, operation: dict[str, Any]) -> Described:
    name = operation["operationId"]
    shown = examples.of(name)
    return Described(
        anchor=name,
        verb=verb.upper(),
        path=path,
        tag=operation["tags"][0],
        summary=operation["summary"],
        parameters=operation.get("parameters", []),
        takes=shown.get("takes", ""),
        gives=shown.get("gives", ""),
    )
