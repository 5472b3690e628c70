"""django-allauth's `amazon_cognito` provider, as it is, signs people in through the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.hosted import CALLBACK, app_of
from tests.sandbox.kit import PASSWORD


@pytest.mark.parametrize("with_secret", [False, True])
def test_allauth_completes_a_login(make_realm: MakeRealm, with_secret: bool) -> None:
    app = app_of(make_realm(), GenerateSecret=with_secret)
    person = app.realm.person({"given_name": "Ann"}, email=True)
    site = [sys.executable, "-m", "tests.sandbox.allauth_site"]
    given = [app.base, app.realm.client_id, app.realm.secret or "", person.username, PASSWORD]
    done = subprocess.run([*site, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["asked"].startswith(f"{app.base}/oauth2/authorize?")
    assert "code_challenge_method=S256" in told["asked"]
    assert told["landed"].startswith(f"{CALLBACK}?code=")
    assert (told["signed_in"], told["led_to"]) == (True, "/")
    assert (told["uid"], told["email"]) == (person.sub, person.email)
    assert told["extra"]["email_verified"] == "true"
    known = app.server.user.get_user(AccessToken=told["token"])
    assert known["Username"] == person.username
