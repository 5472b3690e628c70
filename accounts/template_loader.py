"""Templates are kept compiled, once for each language (see `accounts.templatetags.languages`)."""

from typing import Any

from django.template.loaders import cached
from django.utils.translation import get_language


class Loader(cached.Loader):
    """Django's own, which knows a template by the language it was compiled in as well."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        key: str = super().cache_key(template_name, skip)
        return f"{get_language()} {key}"
