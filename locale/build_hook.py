"""Compiles the catalogues before a wheel is made of them."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg]
    """The whole folder goes into the wheel (`force-include`), what git ignores as well."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, str(Path(self.root, "locale")))
        from catalogues import compile_all

        compile_all()
