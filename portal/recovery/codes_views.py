"""The pages of recovery codes: how many are left, and the one page that shows them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import recovery_codes
from accounts.guards import recently_authenticated, signed_in
from accounts.sessions import PersonRequest
from portal.recovery import codes as services
from portal.recovery.switch import where_it_can_be_done, where_it_is_offered

FEW = 3


@signed_in
@require_GET
@where_it_can_be_done
def codes(request: PersonRequest) -> HttpResponse:
    """How many are left, and what they do; never the codes themselves (REC-02)."""
    state = recovery_codes.state_of(request.person)
    context = {
        "state": state,
        "used": recovery_codes.HOW_MANY - state.left if state else 0,
        "few": state is not None and state.left <= FEW,
        "how_many": recovery_codes.HOW_MANY,
    }
    return render(request, "recovery/codes.html", context)


@signed_in
@recently_authenticated
@require_POST
@where_it_can_be_done
def make(request: PersonRequest) -> HttpResponseBase:
    """They are in the answer to this POST and nowhere else: no link, no cache holds them."""
    made = services.make(request.person)
    context = {"codes": made.codes, "plain": "\n".join(made.codes), "replaced": made.replaced}
    return render(request, "recovery/codes_made.html", context)


@signed_in
@recently_authenticated
@sensitive_post_parameters("codes")
@require_POST
@where_it_is_offered
def download(request: PersonRequest) -> HttpResponseBase:
    """The codes of the page as a file, for browsers with and without script."""
    shown = request.POST.getlist("codes")[: recovery_codes.HOW_MANY]
    text = services.as_file(request.person, shown, settings.PORTAL_NAME, settings.PORTAL_URL)
    if not text:
        messages.info(request, _("Those codes cannot be shown again. You can make new ones here."))
        return redirect("recovery:codes")
    name = services.file_name(request.person.username, settings.PORTAL_NAME)
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": str(content_disposition_header(True, name))},
    )


@signed_in
@recently_authenticated
@require_POST
@where_it_is_offered
def kept(request: PersonRequest) -> HttpResponseBase:
    services.keep(request.person)
    messages.success(request, _("Good. Your recovery codes are ready if you ever need one."))
    return redirect("recovery:codes")
