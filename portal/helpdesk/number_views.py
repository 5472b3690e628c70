"""The numbers for a manager, as pictures, tables and one file."""

import csv
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from portal.helpdesk import numbers
from portal.helpdesk.audit_forms import PeriodForm
from portal.helpdesk.guards import OperatorRequest, does
from portal.helpdesk.matrix import Act

USUAL = 30


@does(Act.READ_NUMBERS)
@require_GET
def page(request: OperatorRequest) -> HttpResponse:
    form, now = PeriodForm(request.GET or {"days": USUAL}), datetime.now(UTC)
    days = form.cleaned_data["days"] if form.is_valid() else USUAL
    context = {
        "form": form,
        "days": days,
        "tables": numbers.tables(settings.COGNITO_USER_POOL_ID, now, days),
        "waiting": numbers.waiting(settings.COGNITO_USER_POOL_ID, now),
    }
    return render(request, "helpdesk/numbers.html", context, status=422 if form.errors else 200)


@does(Act.READ_NUMBERS)
@require_GET
def table(request: OperatorRequest) -> HttpResponse:
    form = PeriodForm(request.GET or {"days": USUAL})
    days = form.cleaned_data["days"] if form.is_valid() else USUAL
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="numbers.csv"'},
    )
    rows = csv.writer(response)
    rows.writerow(
        (pgettext("column", "what"), pgettext("column", "by"), pgettext("column", "number"))
    )
    found = numbers.tables(settings.COGNITO_USER_POOL_ID, datetime.now(UTC), days)
    rows.writerows(numbers.as_rows(found))
    return response
