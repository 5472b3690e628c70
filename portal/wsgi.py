"""The front gate for a WSGI server: `gunicorn portal.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

# A client costs tens of milliseconds to build and the pages a second to load: pay that before the
# first visitor, and once for all workers, which then share the memory it takes.
from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402  (settings must be ready)
from django.core.cache import caches  # noqa: E402
from django.template import Engine  # noqa: E402
from django.urls import get_resolver  # noqa: E402
from django.utils import translation  # noqa: E402

from accounts.cognito import client  # noqa: E402

client.build_all()
# What a page is drawn with: loaded now, and by no worker for itself.
drawing = Engine.get_default()
drawing.template_loaders, drawing.template_context_processors  # noqa: B018
get_resolver().reverse_dict  # noqa: B018  (looking loads every page and its address)
with translation.override(settings.LANGUAGE_CODE):
    translation.gettext("")  # looking loads the words
# What a session is asked for with; nothing is asked yet, since no worker may share a connection.
import_module(settings.MESSAGE_STORAGE.rpartition(".")[0])
for name in caches:
    caches[name]
if settings.API_CLIENTS or settings.HELPDESK_API_CLIENTS:
    import_module("portal.v1.urls")
