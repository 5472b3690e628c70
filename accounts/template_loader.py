"""Templates are kept compiled, once for each language and map of addresses.

So what is the same for all who speak one language in one map is text there: sentences (see
`accounts.templatetags.languages`), addresses and files (`accounts.templatetags.constants`).
"""

from typing import Any

from django.template.base import Template
from django.template.loaders import cached
from django.urls import get_urlconf
from django.utils.translation import get_language

from accounts.templatetags.pages import joined


class Loader(cached.Loader):
    """Django's own, which knows a template by where and in which language it was compiled, too."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        kept = self.get_template_cache.get(self.cache_key(template_name, skip))
        if isinstance(kept, Template):
            return kept
        found: Template = super().get_template(template_name, skip)
        found.nodelist = joined(found.nodelist)
        return found

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        key: str = super().cache_key(template_name, skip)
        return f"{get_language()} {get_urlconf()} {key}"
