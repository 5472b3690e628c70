"""What the pure tests share: no sandbox, no network beyond this machine's loopback."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory

from tests.unit.mint import Mint, running_mint

# Time limits of single examples would only measure how busy this machine is.
hypothesis.settings.register_profile("unit", deadline=None, max_examples=200)
hypothesis.settings.load_profile("unit")


@pytest.fixture
def memory_cache(settings: Any) -> Iterator[None]:
    """Sessions, locks and limits in this process, for tests without a database."""
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "unit",
        },
    }
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session")
def _mint() -> Iterator[Mint]:
    with running_mint() as running:
        yield running


@pytest.fixture
def mint(_mint: Mint, settings: Any) -> Mint:
    """A pool's keys, and tokens signed with them as the portal's own pool would."""
    settings.COGNITO_ISSUER = _mint.issuer
    settings.COGNITO_CLIENT_ID = _mint.client_id
    return _mint


@pytest.fixture
def ask(memory_cache: None, rf: RequestFactory) -> Any:
    """Make a request with a session of its own, as the middleware would hand it to a view."""

    def make(method: str = "get", path: str = "/", *args: Any, **kwargs: Any) -> HttpRequest:
        request: HttpRequest = getattr(rf, method)(path, *args, **kwargs)
        request.session = SessionStore()
        request.session.create()
        return request

    return make
