"""Signed-in people of a running portal, made with its own settings, as its doors would.

Reads lines `KIND COUNT LASTING` and answers each with a line of JSON: their session keys. A proof
counts for five minutes, and here for LASTING seconds more.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.conf import settings  # noqa: E402  (settings must be ready)
from django.contrib.auth import login  # noqa: E402
from django.http import HttpRequest  # noqa: E402

from accounts import sessions  # noqa: E402
from accounts.cognito import tokens  # noqa: E402
from accounts.models import Person  # noqa: E402
from tests.bench import signing  # noqa: E402

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
Session = import_module(settings.SESSION_ENGINE).SessionStore


def sign_in(key: str, kind: str, lasting: int = 0) -> str:
    """Open a session as a sign-in does; its key."""
    text = signing.access_token(
        key,
        issuer=settings.COGNITO_ISSUER,
        client=settings.COGNITO_CLIENT_ID,
        kind=kind,
        lasting=lasting,
    )
    token = tokens.verified(text)
    request = HttpRequest()
    request.session = Session()
    login(
        request,
        Person.objects.known_as(settings.COGNITO_USER_POOL_ID, token.sub),
        backend=BACKEND,
    )
    sessions.keep(request, tokens.Tokens(token))
    request.session.save()
    return str(request.session.session_key)


def main(key_file: str) -> None:
    key = Path(key_file).read_text()
    for line in sys.stdin:
        kind, count, lasting = line.split()
        keys = [sign_in(key, kind, int(lasting)) for _ in range(int(count))]
        sys.stdout.write(json.dumps(keys) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
