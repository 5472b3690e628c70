"""What a host is told after a change: which method, and what became of it (EMB-17)."""

from collections.abc import Mapping
from typing import cast

from django.http import HttpRequest

from accounts.models import AuditRecord

TOLD = "embed_changes"
MOST = 5
# Names of the audit, and the factor and the act of the protocol.
CHANGES: Mapping[str, tuple[str, str]] = {
    "totp_enrolled": ("totp", "added"),
    "sms_enrolled": ("sms", "added"),
    "email_enrolled": ("email", "added"),
    "passkey_added": ("passkey", "added"),
    "passkey_named": ("passkey", "changed"),
    "passkey_deleted": ("passkey", "removed"),
    "passkey_instead_of_code": ("passkey", "changed"),
    "passkey_not_instead_of_code": ("passkey", "changed"),
    "preference_changed": ("preference", "changed"),
    "preference_repaired": ("preference", "changed"),
    "device_forgotten": ("device", "removed"),
    "all_devices_forgotten": ("device", "removed"),
    "device_remembered": ("device", "changed"),
    "device_not_remembered": ("device", "changed"),
}


def note(request: HttpRequest) -> None:
    """Remember what this request has done, for the page that comes next. One query a form."""
    request_id = getattr(request, "request_id", "")
    events = AuditRecord.objects.filter(request_id=request_id, outcome="done")
    found = [CHANGES[name] for name in events.values_list("event", flat=True) if name in CHANGES]
    if found:
        happened = [{"factor": factor, "act": act} for factor, act in found]
        request.session[TOLD] = [*request.session.get(TOLD, []), *happened][-MOST:]


def told(request: HttpRequest) -> list[dict[str, str]]:
    """What no page has told yet; like a message, it is told once."""
    if TOLD not in request.session:
        return []
    return cast("list[dict[str, str]]", request.session.pop(TOLD))
