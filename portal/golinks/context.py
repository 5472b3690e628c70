"""What every page knows of the application that somebody came from."""

from typing import Any

from django.http import HttpRequest

from portal.golinks import errands


def page(request: HttpRequest) -> dict[str, Any]:
    """The host to go back to, where a guard let somebody in who was sent here."""
    person = getattr(request, "person", None)
    if person is None or errands.is_over(request):
        return {"go_back": ""}
    errand = errands.find(request, person)
    return {"go_back": errand.host if errand else ""}
