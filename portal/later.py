"""Rooms that are loaded when somebody first enters them.

The JSON room is a thousand classes that say what goes in and out: half of what a start takes, and a
third of the memory, for portals where no program ever asks. Where one may, `portal.wsgi` loads it
before the workers are made, which then share it. The styleguide is a tenth, and shut but in a demo;
so are the helpdesk and the frames together where they are off: their pages say no by themselves,
whoever knocks, and are loaded to say so.
"""

from typing import Any

from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern


class LaterResolver(URLResolver):
    """Django asks every room for all its addresses as soon as one address is looked up: this one
    tells its name then, and its addresses when they are asked for."""

    _is_entered = False

    def _populate(self) -> None:
        if self._is_entered:
            super()._populate()

    @property
    def reverse_dict(self) -> Any:
        self._is_entered = True
        return super().reverse_dict

    @property
    def namespace_dict(self) -> Any:
        self._is_entered = True
        return super().namespace_dict

    @property
    def app_dict(self) -> Any:
        self._is_entered = True
        return super().app_dict


def later(route: str, module: str, *, app_name: str, namespace: str) -> LaterResolver:
    """As `path(route, include(module))`, without loading the module."""
    pattern = RoutePattern(route, is_endpoint=False)
    return LaterResolver(pattern, module, app_name=app_name, namespace=namespace)


def room(route: str, module: str, name: str, is_open: bool) -> URLResolver:
    """A room that settings open or shut: loaded at once, or when somebody knocks.

    name: the `app_name` of the module.
    """
    if is_open:
        return path(route, include(module))
    return later(route, module, app_name=name, namespace=name)
