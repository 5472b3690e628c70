"""Libraries that other libraries load, and that a server of the portal never asks anything.

Each is loaded as ever once something of it is asked for; until then a place is kept for it, which
costs nothing. Together they are a tenth of a start, and 7 MiB of what all processes hold.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import Lock
from types import ModuleType
from typing import Any

_giving_way = Lock()


class Place(ModuleType):
    """In a library's place until something of it is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, asked: str) -> Any:
        # Of several threads one gives way; the others wait for the import, as for any.
        with _giving_way:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        library = import_module(self.__name__)
        # A part of it that was loaded by itself is a part of it still.
        for name, part in vars(self).items():
            vars(library).setdefault(name, part)
        return getattr(library, asked)


class _Parts(MetaPathFinder):
    """Who asks for a part first makes its library give way, which may load the part by itself."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        loaded = sys.modules.get(fullname)
        # With a target, it is to be loaded anew.
        return None if loaded is None or target else ModuleSpec(fullname, _AsItIs(loaded))


class _AsItIs(Loader):
    """There is one of each part, and not a second beside it."""

    def __init__(self, loaded: ModuleType) -> None:
        self.loaded, self.spec = loaded, loaded.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.loaded

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec


_parts = _Parts()


def keep_place(name: str, **known: Any) -> None:
    """Called before anybody loads it. known: what of it can be had without it."""
    if name in sys.modules:
        return
    if _parts not in sys.meta_path:
        sys.meta_path.insert(0, _parts)
    place = sys.modules[name] = Place(name)
    vars(place).update(known)


def keep_places() -> None:
    # pycognito's, for calls of its own: the portal has it compute, and makes the calls itself.
    keep_place("boto3")
    keep_place("requests")
    # Django's, which lays out SQL for people with it.
    keep_place("sqlparse")
