"""The front gate for a WSGI server: `gunicorn portal.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

# A client costs tens of milliseconds to build: pay that before the first visitor, not with them.
from accounts.cognito import client  # noqa: E402  (settings must be ready)

client.build_all()
