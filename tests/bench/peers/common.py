"""What the peers share: the database and the cache of the portal, its session engine, no limits."""

import os
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command

HOURS_24 = 24 * 60 * 60


def shared(name: str, urls: str, apps: list[str], middleware: list[str]) -> dict[str, Any]:
    """Settings of a small project. Passwords are hashed in the cheapest way: none is measured."""
    return {
        "SECRET_KEY": "bench",
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": urls,
        "USE_TZ": True,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "STATIC_URL": "static/",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": "127.0.0.1",
                "USER": "postgres",
                "NAME": os.environ["BENCH_DATABASE"],
                "CONN_MAX_AGE": 60,
                "CONN_HEALTH_CHECKS": True,
            }
        },
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": os.environ["BENCH_REDIS"],
                "KEY_PREFIX": name,
            }
        },
        "SESSION_ENGINE": "django.contrib.sessions.backends.cache",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            *apps,
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            *middleware,
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "TEMPLATES": [
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
    }


def prepare(people: int) -> None:
    """Tables, and people `somebody0` … with the password `bench`."""
    call_command("migrate", interactive=False, verbosity=0)
    users = get_user_model().objects
    users.all().delete()
    for number in range(people):
        users.create_user(f"somebody{number}", f"somebody{number}@example.com", "bench")
