"""One more door, as a module of its own would bring it: for the tests of the choice."""

from django.http import HttpRequest, HttpResponse

from accounts.choices import Choice
from accounts.doors.front import Door


def first_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<h1>The other door</h1><p>{request.GET.get('next', '')}</p>")


DOOR = Door(Choice("With my company account", "We lead you there."), first_page)
