"""How allauth's login machinery is fitted to a user pool."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts import sessions
from accounts.doors.flow import is_our_path


class PortalAccountAdapter(DefaultAccountAdapter):
    """allauth keeps sessions, stages, `next` and limits; accounts live in the pool."""

    def get_login_stages(self) -> list[str]:
        return ["accounts.doors.flow.ChallengeStage"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """One rule for every `next`; allauth's own stumbles over a broken address."""
        return is_our_path(url or "")

    def get_client_ip(self, request: HttpRequest) -> str:
        """One rule for limits and audit: an address nobody can read has a limit, too (LIM-02)."""
        return sessions.client_address(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Stay silent: our own pages say what happened."""
