"""django-allauth with its MFA pages. Run as a program it makes tables and people."""

import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from tests.bench.peers import common

settings.configure(
    **common.shared(
        "allauth",
        __name__,
        ["allauth", "allauth.account", "allauth.mfa"],
        ["allauth.account.middleware.AccountMiddleware"],
    ),
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    LOGIN_REDIRECT_URL="/2fa/",
    ACCOUNT_LOGIN_METHODS={"username"},
    ACCOUNT_EMAIL_VERIFICATION="none",
    ACCOUNT_RATE_LIMITS=False,
    ACCOUNT_REAUTHENTICATION_TIMEOUT=common.HOURS_24,
    # A person needs no verified address here, as in the other projects.
    MFA_ALLOW_UNVERIFIED_EMAIL=True,
    # A code of the step before counts: nobody here waits for the next one.
    MFA_TOTP_TOLERANCE=1,
)
# First the apps, then the views that need them.
application = get_wsgi_application()
urlpatterns = [path("", include("allauth.urls"))]

if __name__ == "__main__":
    common.prepare(int(sys.argv[1]))
