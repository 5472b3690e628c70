"""What is wrong with the pool, for those who can mend it: `manage.py doctor` as a page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from accounts.doctor import Grade
from accounts.examination import examine
from portal.helpdesk.guards import OperatorRequest, does
from portal.helpdesk.matrix import Act

# How a page shows each grade: what it is called, and the kind of its notice.
SHOWN = {
    Grade.ERROR: (gettext_noop("Does not work"), "danger"),
    Grade.WARNING: (gettext_noop("Works, and is weak"), "warning"),
    Grade.ADVICE: (gettext_noop("Good to know"), "info"),
}


@does(Act.READ_DOCTOR)
@require_GET
def doctor(request: OperatorRequest) -> HttpResponse:
    found = examine()
    grades = [
        {
            "title": _(title),
            "kind": kind,
            "findings": [each for each in found if each.grade is grade],
        }
        for grade, (title, kind) in SHOWN.items()
    ]
    return render(request, "helpdesk/doctor.html", {"grades": grades, "count": len(found)})
