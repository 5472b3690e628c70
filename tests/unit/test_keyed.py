"""Hashes under the secret key."""

import pytest
from django.utils.crypto import salted_hmac

from accounts import keyed


@pytest.mark.parametrize("value", ["", "+447400123456", "нора@example.com", "a" * 200])
def test_a_hash_is_what_django_makes_of_it_each_time(value: str) -> None:
    for key in ("one-key", "another", "one-key"):
        for salt in ("accounts.logs", "portal.factors.drift"):
            whole = salted_hmac(salt, value, secret=key, algorithm="sha256").hexdigest()
            assert keyed.under(key, salt, value) == whole
