"""The audit for auditors: search it, read one act whole, take it along as a table."""

import csv
from http import HTTPStatus
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import audit
from portal.helpdesk import trails
from portal.helpdesk.audit_forms import AuditForm
from portal.helpdesk.guards import OperatorRequest, does
from portal.helpdesk.matrix import Act


@does(Act.READ_AUDIT)
@require_GET
def search(request: OperatorRequest) -> HttpResponse:
    form = AuditForm(request.GET)
    if not form.is_valid():
        page = {"form": form, "page": None}
        return render(request, "helpdesk/audit.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    question = form.question()
    audit.audit_read(request.person, "list", question.said())
    found = trails.page_of(settings.COGNITO_USER_POOL_ID, question, form.cleaned_data["before"])
    asked = request.GET.copy()
    asked.pop("before", None)
    context = {"form": form, "page": found, "asked": asked.urlencode()}
    return render(request, "helpdesk/audit.html", context)


@does(Act.READ_AUDIT)
@require_GET
def one(request: OperatorRequest, record: UUID) -> HttpResponse:
    found = trails.whole_act(settings.COGNITO_USER_POOL_ID, record)
    if found is None:
        raise Http404
    audit.audit_read(request.person, "row", {"id": str(record)})
    return render(request, "helpdesk/audit_row.html", {"act": found})


@does(Act.READ_AUDIT)
@require_GET
def table(request: OperatorRequest) -> HttpResponseBase:
    """All that the search finds, for a spreadsheet; times in UTC."""
    form = AuditForm(request.GET)
    if not form.is_valid():
        raise Http404
    question = form.question()
    audit.audit_read(request.person, "table", question.said())
    rows = trails.as_table(settings.COGNITO_USER_POOL_ID, question)
    writer = csv.writer(Echo())
    return StreamingHttpResponse(
        (writer.writerow(row) for row in chain([trails.COLUMNS], rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


class Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line
