"""A Django site of one file that lets django-allauth sign people in through Amazon Cognito.

It knows no more than a site in production would: the domain, a client, its scopes. Run by
test_allauth.py in a process of its own, because the portal's settings fill this one. Usage:

    python -m tests.sandbox.allauth_site DOMAIN_URL CLIENT_ID CLIENT_SECRET USERNAME PASSWORD
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.conf import settings


def configure(domain: str, client_id: str, secret: str) -> None:
    """What a site's settings file would hold."""
    settings.configure(
        SECRET_KEY="only for this test",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "allauth",
            "allauth.account",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.amazon_cognito",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        LOGIN_REDIRECT_URL="/",
        SOCIALACCOUNT_STORE_TOKENS=True,
        SOCIALACCOUNT_PROVIDERS={
            "amazon_cognito": {
                "DOMAIN": domain,
                "APPS": [{"client_id": client_id, "secret": secret}],
                "SCOPE": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
                "OAUTH_PKCE_ENABLED": True,
            }
        },
    )
    django.setup()


def urls() -> list[Any]:
    from django.urls import include, path  # noqa: PLC0415 - after the settings

    return [path("accounts/", include("allauth.urls"))]


def sign_in(domain: str, username: str, password: str) -> dict[str, Any]:
    """From the site to the domain and back; what the site knows then."""
    from allauth.socialaccount.models import SocialAccount, SocialToken  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from tests.sandbox.hosted import Browser  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    site = Client(HTTP_HOST="localhost:8000")
    sent = site.post("/accounts/amazon-cognito/login/")
    browser = Browser(domain)
    browser.open(sent["Location"])
    landed = browser.send(username=username, password=password).landed
    back = site.get(landed.removeprefix("http://localhost:8000"))
    account = SocialAccount.objects.select_related("user").get()
    return {
        "asked": sent["Location"],
        "landed": landed,
        "led_to": back["Location"],
        "signed_in": "_auth_user_id" in site.session,
        "uid": account.uid,
        "email": account.user.email,
        "extra": account.extra_data,
        "token": SocialToken.objects.get().token,
    }


if __name__ == "__main__":
    domain, client_id, secret, username, password = sys.argv[1:]
    configure(domain, client_id, secret)
    urlpatterns = urls()
    sys.modules[settings.ROOT_URLCONF] = sys.modules["__main__"]
    print(json.dumps(sign_in(domain, username, password)))
