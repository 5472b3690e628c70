"""Audit rows in the Open Cybersecurity Schema Framework, for whoever collects them.

Class, activity and status by OCSF 1.8.0: Account Change (3001), Authentication (3002) and Entity
Management (3004). Nobody is named beyond their `sub`; what operators wrote stays in the portal.
Source: https://schema.ocsf.io/1.8.0
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import AuditRecord

VERSION = "1.8.0"
ACCOUNT_CHANGE, AUTHENTICATION, ENTITY_MANAGEMENT = 3001, 3002, 3004
CLASS_NAME = {
    ACCOUNT_CHANGE: "Account Change",
    AUTHENTICATION: "Authentication",
    ENTITY_MANAGEMENT: "Entity Management",
}
IAM = 3
OTHER, INFORMATIONAL, LOW, MEDIUM = 99, 1, 2, 3
Outcome = AuditRecord.Outcome
# (status_id, status): an intention is neither a success nor a failure yet.
STATUS = {
    Outcome.DONE: (1, "Success"),
    Outcome.REFUSED: (2, "Failure"),
    Outcome.UNKNOWN: (0, "Unknown"),
    Outcome.INTENDED: (99, "Intended"),
}
# auth_factor.factor_type_id, by Cognito's name of the method.
FACTOR_TYPE = {"SMS_MFA": (1, "SMS"), "SOFTWARE_TOKEN_MFA": (7, "OTP"), "EMAIL_OTP": (8, "Email")}
PASSKEY = (10, "WebAuthn")
APP = "SOFTWARE_TOKEN_MFA"
# Which method an event is about, where its row need not say so.
FACTOR_OF = {"helpdesk_remove_app": APP, "bulk_app_removed": APP}
# What was asked for before and after says whether a method went on or off.
OF_PREFERENCE = frozenset({"preference_changed", "preference_repaired"})


@dataclass(frozen=True)
class Activity:
    """One activity of a class, by its number and name there."""

    class_uid: int
    id: int
    name: str


LOGON = Activity(AUTHENTICATION, 1, "Logon")
LOGOFF = Activity(AUTHENTICATION, 2, "Logoff")
FACTOR_ON = Activity(ACCOUNT_CHANGE, 10, "MFA Factor Enable")
FACTOR_OFF = Activity(ACCOUNT_CHANGE, 11, "MFA Factor Disable")
PASSWORD_RESET = Activity(ACCOUNT_CHANGE, 4, "Password Reset")
ENABLED = Activity(ACCOUNT_CHANGE, 2, "Enable")
DISABLED = Activity(ACCOUNT_CHANGE, 5, "Disable")
LOCKED = Activity(ACCOUNT_CHANGE, 9, "Lock")
UNLOCKED = Activity(ACCOUNT_CHANGE, 12, "Unlock")
READ = Activity(ENTITY_MANAGEMENT, 2, "Read")
DELETED = Activity(ENTITY_MANAGEMENT, 4, "Delete")
ACTIVITY: Mapping[str, Activity] = {
    "signed_in": LOGON,
    "reauthenticated": LOGON,
    "helpdesk_entered": LOGON,
    "embed_opened": LOGON,
    "embed_closed": LOGOFF,
    "signed_out": LOGOFF,
    "signed_out_everywhere": LOGOFF,
    "session_ended": LOGOFF,
    "other_sessions_ended": LOGOFF,
    "bulk_sessions_ended": LOGOFF,
    "helpdesk_left": LOGOFF,
    "totp_enrolled": FACTOR_ON,
    "sms_enrolled": FACTOR_ON,
    "email_enrolled": FACTOR_ON,
    "passkey_added": FACTOR_ON,
    "passkey_instead_of_code": FACTOR_ON,
    "passkey_deleted": FACTOR_OFF,
    "passkey_not_instead_of_code": FACTOR_OFF,
    "bulk_turned_off": FACTOR_OFF,
    "bulk_app_removed": FACTOR_OFF,
    "recovery_begun": FACTOR_OFF,
    "helpdesk_turn_off": FACTOR_OFF,
    "helpdesk_remove_app": FACTOR_OFF,
    "helpdesk_reset_password": PASSWORD_RESET,
    "helpdesk_enable": ENABLED,
    "helpdesk_disable": DISABLED,
    "helpdesk_end_sessions": LOGOFF,
    "helpdesk_reveal": READ,
    "helpdesk_freeze": LOCKED,
    "helpdesk_lift_freeze": UNLOCKED,
    "password_reset": PASSWORD_RESET,
    "password_was_reset": PASSWORD_RESET,
    "password_reset_asked": PASSWORD_RESET,
    "account_confirmed": ENABLED,
    "helpdesk_searched": READ,
    "helpdesk_looked": READ,
    "audit_read": READ,
    "audit_purged": DELETED,
}
# An act of several steps has no activity of its own there: each step is told by its name.
MEDIUM_EVENTS = frozenset(
    {"alarm_raised", "glass_broken", "call_denied", "drift_found", "helpdesk_takeover"}
)


def activity_of(event: str) -> Activity:
    """What an event is called there; what has no name of its own is named by ours."""
    return ACTIVITY.get(event, Activity(ACCOUNT_CHANGE, OTHER, event))


def _moved(row: AuditRecord) -> tuple[Activity | None, tuple[str, ...]]:
    """Which methods a preference turned off, or else on; an outcome asks its intention."""
    detail = (row.completes.detail if row.completes else {}) | row.detail
    if row.event not in OF_PREFERENCE or not {"before", "asked"} <= set(detail):
        return None, ()
    before, after = (detail[name]["activated"] for name in ("before", "asked"))
    gone = tuple(each for each in before if each not in after)
    added = tuple(each for each in after if each not in before)
    if gone:
        return FACTOR_OFF, gone
    return (FACTOR_ON, added) if added else (None, ())


def event_of(row: AuditRecord) -> dict[str, Any]:
    """One row as one event."""
    moved, methods = _moved(row)
    activity = moved or activity_of(row.event)
    status_id, status = STATUS[Outcome(row.outcome)]
    return {
        "activity_id": activity.id,
        "activity_name": activity.name,
        "category_name": "Identity & Access Management",
        "category_uid": IAM,
        "class_name": CLASS_NAME[activity.class_uid],
        "class_uid": activity.class_uid,
        "type_uid": activity.class_uid * 100 + activity.id,
        "type_name": f"{CLASS_NAME[activity.class_uid]}: {activity.name}",
        "time": int(row.created_at.timestamp() * 1000),
        "severity_id": _severity(row),
        "status_id": status_id,
        "status": status,
        **_status_detail(row),
        "metadata": _metadata(row),
        "actor": _actor(row),
        **_whom(row, activity),
        **_where(row),
        **_factors(row, activity, methods),
        "unmapped": _unmapped(row),
    }


def _severity(row: AuditRecord) -> int:
    if row.event in MEDIUM_EVENTS:
        return MEDIUM
    return LOW if row.outcome == Outcome.REFUSED else INFORMATIONAL


def _status_detail(row: AuditRecord) -> dict[str, str]:
    reason = row.detail.get("reason") if row.outcome != Outcome.DONE else None
    return {"status_detail": str(reason)} if reason else {}


def _metadata(row: AuditRecord) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": {"name": "Cognito MFA Portal", "vendor_name": "Cognito MFA Portal"},
        "uid": str(row.id),
        "correlation_uid": str(row.completes_id or row.id),
        "event_code": row.event,
        "log_name": "audit",
        "log_provider": settings.PORTAL_URL,
        "sequence": row.number,
        "tenant_uid": row.pool_id,
    }


def _actor(row: AuditRecord) -> dict[str, Any]:
    session = {"session": {"uid": row.session_hash}} if row.session_hash else {}
    return {"user": {"uid": row.actor}, **session}


def _whom(row: AuditRecord, activity: Activity) -> dict[str, Any]:
    user = {"uid": row.sub or row.actor}
    if activity.class_uid == ENTITY_MANAGEMENT:
        entity = {"name": "audit", "type": "audit"}
        looked_at = {"uid": row.sub, "name": "account", "type": "account"}
        return {"entity": looked_at if row.event.startswith("helpdesk_") else entity}
    if activity.class_uid == AUTHENTICATION:
        return {"user": user, "service": {"name": settings.PORTAL_NAME, "uid": row.pool_id}}
    return {"user": user}


def _where(row: AuditRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.client_address and row.client_address != "unknown":
        found["src_endpoint"] = {"ip": row.client_address}
    if row.request_id:
        found["http_request"] = {"uid": row.request_id}
    return found


def _factors(row: AuditRecord, activity: Activity, methods: tuple[str, ...]) -> dict[str, Any]:
    if activity.class_uid == ENTITY_MANAGEMENT:
        return {}
    named = methods or (row.factor or FACTOR_OF.get(row.event, ""),)
    known = [FACTOR_TYPE[each] for each in named if each in FACTOR_TYPE]
    if row.event.startswith("passkey_"):
        known = [PASSKEY]
    told = [{"factor_type_id": number, "factor_type": name} for number, name in known]
    return {"auth_factors": told} if told else {}


def _unmapped(row: AuditRecord) -> dict[str, Any]:
    """What the framework has no place for: the chain, and the rest of an operator's act."""
    said = {
        "pool_id": row.pool_id,
        "number": row.number,
        "previous": row.previous,
        "hash": row.hash,
        "seal": row.seal,
        "ticket": row.ticket,
        "caller_check": row.caller_check,
        "approval": row.approval,
    }
    return {**{name: value for name, value in said.items() if value}, "detail": row.detail}
