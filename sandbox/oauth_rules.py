"""Which OAuth settings of a client Cognito refuses. Source: the service model; contract 13.2."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.protocol import refusal
from sandbox.resource_servers import SYSTEM_SCOPES

Document = dict[str, Any]
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
LOCAL_PROVIDER = "COGNITO"
MACHINE_FLOW = "client_credentials"


def check_oauth(settings: Document, scopes: set[str], *, has_secret: bool) -> None:
    """Refuse OAuth settings that contradict each other.

    scopes: every scope the pool knows.
    """
    for member in ("CallbackURLs", "LogoutURLs"):
        for url in settings.get(member, ()):
            check_url(url)
    default = settings.get("DefaultRedirectURI")
    if default is not None and default not in settings.get("CallbackURLs", ()):
        raise refusal("default_redirect", url=default)
    for provider in settings.get("SupportedIdentityProviders", ()):
        if provider != LOCAL_PROVIDER:
            raise refusal("unknown_provider", provider=provider)
    _check_scopes(settings, scopes)
    _check_flows(settings, has_secret=has_secret)


def _check_scopes(settings: Document, scopes: set[str]) -> None:
    for scope in settings.get("AllowedOAuthScopes", ()):
        if scope not in scopes:
            raise refusal("unknown_scope", scope=scope)


def _check_flows(settings: Document, *, has_secret: bool) -> None:
    flows, scopes = settings.get("AllowedOAuthFlows"), settings.get("AllowedOAuthScopes")
    if settings.get("AllowedOAuthFlowsUserPoolClient") and not (flows and scopes):
        raise refusal("oauth_incomplete")
    if not flows:
        return
    if MACHINE_FLOW in flows:
        _check_machine(flows, scopes or [], has_secret=has_secret)
    elif not settings.get("CallbackURLs"):
        raise refusal("no_callback")


def _check_machine(flows: list[str], scopes: list[str], *, has_secret: bool) -> None:
    if len(set(flows)) > 1:
        raise refusal("machine_with_people")
    if not has_secret:
        raise refusal("machine_without_secret")
    for scope in scopes:
        if scope in SYSTEM_SCOPES:
            raise refusal("machine_scope", scope=scope)


def check_url(url: str) -> None:
    """Refuse an address that people or tokens may not be sent to."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise refusal("url_form", url=url) from None
    if not parts.scheme or not (host or parts.path):
        raise refusal("url_form", url=url)
    if "#" in url:
        raise refusal("url_fragment", url=url)
    if parts.scheme == "http" and host not in LOCAL_HOSTS:
        raise refusal("url_http", url=url)
