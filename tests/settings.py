"""The portal's own settings, with the few values a test run needs.

Nothing is switched off: the same middleware, guards and limits as everywhere. DATABASE_URL,
CACHE_URL and TASKS_URL choose other engines. The address of the sandbox is known only once it
runs: see conftest.py.
"""

import os
from urllib.parse import urlsplit

os.environ.setdefault("PORTAL_SECRET_KEY", "only-for-tests-" + "0123456789abcdef" * 4)
os.environ.setdefault("PORTAL_TOKEN_KEYS", "b25seS1mb3ItdGVzdHMtLTAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("PORTAL_URL", "http://localhost")
os.environ.setdefault("PORTAL_NAME", "Demo sign-in")
os.environ.setdefault("COGNITO_USER_POOL_ID", "eu-central-1_Optional1")
os.environ.setdefault("COGNITO_CLIENT_ID", "demoportaloptional00000001")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "sandbox")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "sandbox")

# Redis has no schemas: each test process takes a database of its own there.
if os.environ.get("CACHE_URL", "").startswith("redis"):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["CACHE_URL"] = os.environ["CACHE_URL"].rstrip("/") + f"/{worker}"
# RQ beside it: the databases from the eighth on.
if os.environ.get("TASKS_URL"):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    # A process of xdist has what the first one made of it.
    of_its_own = urlsplit(os.environ["TASKS_URL"])._replace(path=f"/{8 + int(worker)}")
    os.environ["TASKS_URL"] = of_its_own.geturl()

from portal.settings import *  # noqa: F403

# SRP takes two thirds of a sign-in's time: tests of sign-in ask for it (by_srp), as browsers do.
COGNITO_SIGN_IN_FLOW = "USER_PASSWORD_AUTH"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    # No collectstatic before a test run.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
