"""django-two-factor-auth, apps being the one method. As a program it makes tables and people."""

import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from tests.bench.peers import common

settings.configure(
    **common.shared(
        "two-factor",
        __name__,
        [
            "django_otp",
            "django_otp.plugins.otp_static",
            "django_otp.plugins.otp_totp",
            "two_factor",
        ],
        ["django_otp.middleware.OTPMiddleware"],
    ),
    LOGIN_URL="two_factor:login",
    LOGIN_REDIRECT_URL="two_factor:profile",
)
# First the apps, then the views that need them.
application = get_wsgi_application()
from two_factor.urls import urlpatterns as pages  # noqa: E402

urlpatterns = [path("", include(pages))]

if __name__ == "__main__":
    common.prepare(int(sys.argv[1]))
