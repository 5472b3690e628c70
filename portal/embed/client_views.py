"""Where administrators register the applications that may embed the portal.

The pages are the helpdesk's neighbours, not a frame's: no frame ever shows them.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from accounts.guards import recently_authenticated
from accounts.sessions import PersonRequest
from portal.embed import client_services as services
from portal.embed import clients
from portal.embed.administrators import administrators_only
from portal.embed.client_forms import PAGE, ChangeForm, ClientForm, KeyForm
from portal.embed.client_services import Outdated
from portal.embed.clients import NotRegistered
from portal.embed.models import EmbedClient

LIST = "embed_clients:list"
OUTDATED = gettext_noop("Meanwhile somebody changed this application. Here is how it stands now.")


@administrators_only
@require_GET
def index(request: PersonRequest) -> HttpResponse:
    shown = [
        {"client": client, "pages": [_(PAGE[page]) for page in client.pages]}
        for client in clients.registered()
    ]
    return render(request, "embed/clients/list.html", {"shown": shown, "is_on": settings.EMBED})


@administrators_only
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PersonRequest) -> HttpResponseBase:
    form = ClientForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            return _key_page(request, typed["name"], services.add(request.person, **typed))
        except NotRegistered as refused:
            form.add_error("name", str(refused))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "embed/clients/add.html", {"form": form}, status=status)


@administrators_only
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PersonRequest, client: str) -> HttpResponseBase:
    """Type, look at what will be different, and confirm it."""
    found = _found(client)
    form = ChangeForm(request.POST if request.method == "POST" else None, initial=_typed(found))
    if not form.is_valid():
        context = {"client": found, "form": form}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "embed/clients/change.html", context, status=status)
    typed = form.cleaned_data
    if typed["was"] != clients.state_of(found):
        return _outdated(request)
    differs = _difference(found, typed["origins"], typed["pages"])
    if any(differs.values()) and not typed["is_confirmed"]:
        context = {"client": found, "typed": typed, "differs": differs}
        return render(request, "embed/clients/change_confirm.html", context)
    return _changed(request, found, typed, is_different=any(differs.values()))


def _typed(client: EmbedClient) -> dict[str, Any]:
    return {
        "origins": "\n".join(client.origins),
        "pages": client.pages,
        "was": clients.state_of(client),
    }


def _difference(client: EmbedClient, origins: list[str], pages: list[str]) -> dict[str, list[str]]:
    return {
        "gone": [each for each in client.origins if each not in origins],
        "new": [each for each in origins if each not in client.origins],
        "hidden": [_(PAGE[each]) for each in client.pages if each not in pages],
        "shown": [_(PAGE[each]) for each in pages if each not in client.pages],
    }


def _changed(
    request: PersonRequest, client: EmbedClient, typed: dict[str, Any], *, is_different: bool
) -> HttpResponseBase:
    if not is_different:
        messages.info(
            request, _("Nothing was different: {name} stays as it is.").format(name=client.name)
        )
        return redirect(LIST)
    try:
        services.change(request.person, client, origins=typed["origins"], pages=typed["pages"])
    except Outdated:
        return _outdated(request)
    messages.success(request, _("{name} is changed.").format(name=client.name))
    return redirect(LIST)


@administrators_only
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def make_key(request: PersonRequest, client: str) -> HttpResponseBase:
    found, form = _found(client), KeyForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return render(request, "embed/clients/make_key.html", _of_keys(found))
    try:
        key = services.make_key(request.person, found, form.cleaned_data["newest"])
    except Outdated:
        return _outdated(request)
    return _key_page(request, found.name, key)


@administrators_only
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def end_older(request: PersonRequest, client: str) -> HttpResponseBase:
    found, form = _found(client), KeyForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return render(request, "embed/clients/end_older.html", _of_keys(found))
    try:
        services.end_older_keys(request.person, found, form.cleaned_data["newest"])
    except Outdated:
        return _outdated(request)
    messages.success(request, _("Only the newest key of {name} works now.").format(name=found.name))
    return redirect(LIST)


@administrators_only
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PersonRequest, client: str) -> HttpResponseBase:
    found = _found(client)
    if request.method != "POST":
        return render(request, "embed/clients/remove.html", {"client": found})
    services.remove(request.person, found)
    messages.success(request, _("{name} is removed.").format(name=found.name))
    return redirect(LIST)


def _found(name: str) -> EmbedClient:
    found = clients.registered_as(name)
    if found is None:
        raise Http404
    return found


def _of_keys(client: EmbedClient) -> dict[str, Any]:
    return {"client": client, "keys": list(client.keys.all())}


def _key_page(request: PersonRequest, name: str, key: str) -> HttpResponse:
    """The key is in the answer to this POST and nowhere else: no link, no cache holds it."""
    return render(request, "embed/clients/key.html", {"name": name, "key": key})


def _outdated(request: PersonRequest) -> HttpResponseBase:
    messages.info(request, _(OUTDATED))
    return redirect(LIST)
