"""Addresses of pages, looked up once: Django walks its map anew for each of them.

A process serves one map for the portal and one for each kind of frame, under no prefix
(PORTAL_URL has no path), so an address without a value of anybody's is always the same.
"""

from functools import lru_cache
from uuid import UUID

from django.urls import get_urlconf
from django.urls import reverse as looked_up

# More than there are pages; what is asked with an id of somebody's does not belong here.
MOST = 1024
# Stands for others while an address is looked up; nothing has it.
SOME_ID = UUID(int=0)


def reverse(name: str, *args: str) -> str:
    """As Django's, for names and words of our own: no ids."""
    return in_map(get_urlconf(), "", name, *args)


def of(name: str, which: UUID) -> str:
    """Of a page about one thing: all but its id is looked up once."""
    return reverse(name, str(SOME_ID)).replace(str(SOME_ID), str(which))


@lru_cache(MOST)
def in_map(urlconf: str | None, current_app: str, name: str, *args: str) -> str:
    """The address in one map of pages. current_app: the namespace of the page that asks."""
    return looked_up(name, urlconf=urlconf, args=args, current_app=current_app)
